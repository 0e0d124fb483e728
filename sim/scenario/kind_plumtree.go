package scenario

import "github.com/n2n-overlay/n2n/protocols/plumtree"

func newPlumtree(s *Settings) (Instance, error) {
	c := plumtree.DefaultConfig()
	c.Over = s.Overlay()
	s.Text("name", &c.Name)
	s.Text("over", &c.Over)
	s.Duration("arc_delay", &c.ArcDelay)
	s.Int("max_payload", &c.MaxPayload)
	s.Int("remember", &c.Remember)
	s.Duration("window", &c.Window)
	s.Int("keep", &c.Keep)
	s.Duration("announce_delay", &c.AnnounceDelay)
	s.Duration("ihave_timeout", &c.IHaveTimeout)
	s.Duration("graft_timeout", &c.GraftTimeout)
	s.Int("threshold", &c.Threshold)
	p, err := plumtree.New(c)
	return broadcasting(p), err
}
