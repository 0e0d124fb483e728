package scenario

import "github.com/n2n-overlay/n2n/protocols/hyparview"

func newHyParView(s *Settings) (Instance, error) {
	c := hyparview.DefaultConfig()
	s.Text("name", &c.Name)
	s.Int("active", &c.Active)
	s.Int("passive", &c.Passive)
	s.Int("arwl", &c.ARWL)
	s.Int("prwl", &c.PRWL)
	s.Int("ka", &c.ShuffleActive)
	s.Int("kp", &c.ShufflePassive)
	s.Int("shuffle_ttl", &c.ShuffleTTL)
	s.Duration("period", &c.Period)
	s.Duration("deadline", &c.Deadline)
	s.Int("max_joins", &c.MaxJoins)
	p, err := hyparview.New(c)
	return Instance{Protocol: p, Period: c.Period}, err
}
