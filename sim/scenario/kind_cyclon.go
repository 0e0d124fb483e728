package scenario

import "github.com/n2n-overlay/n2n/protocols/cyclon"

func newCyclon(s *Settings) (Instance, error) {
	c := cyclon.DefaultConfig()
	s.Text("name", &c.Name)
	s.Int("view", &c.View)
	s.Int("shuffle", &c.Shuffle)
	s.Int("walk", &c.Walk)
	s.Duration("period", &c.Period)
	s.Duration("deadline", &c.Deadline)
	p, err := cyclon.New(c)
	return Instance{Protocol: p, Period: c.Period}, err
}
