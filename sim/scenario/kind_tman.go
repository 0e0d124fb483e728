package scenario

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/tman"
)

func newTMan(s *Settings) (Instance, error) {
	c := tman.DefaultConfig()
	rank := "ring"
	s.Text("name", &c.Name)
	s.Text("rank", &rank)
	s.Text("sampling", &c.Sampling)
	s.Int("view", &c.View)
	s.Int("sample", &c.Sample)
	s.Int("psi", &c.Psi)
	s.Int("tabu", &c.Tabu)
	s.Int("known", &c.Known)
	s.Duration("period", &c.Period)
	s.Duration("deadline", &c.Deadline)
	s.Duration("ttl", &c.TTL)
	s.Duration("forget", &c.Forget)
	var err error
	if c.Rank, err = tman.ByName(rank); err != nil {
		return Instance{}, err
	}
	p, err := tman.New(c)
	made := Instance{Protocol: p, Period: c.Period}
	if _, circular := c.Rank.(tman.Circular); circular { // of others, peers have descriptors that only they know
		made.Target = func(peers []messages.PeerID) func(int) []messages.PeerID {
			all := make([]tman.Descriptor, len(peers))
			for i, id := range peers {
				all[i].Peer = id
			}
			return c.Target(all)
		}
	}
	return made, err
}
