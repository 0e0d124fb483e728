package scenario

import "github.com/n2n-overlay/n2n/protocols/size"

func newSize(s *Settings) (Instance, error) {
	c := size.DefaultConfig()
	c.Over = s.Overlay()
	s.Text("name", &c.Name)
	s.Text("over", &c.Over)
	s.Number("a", &c.A)
	s.Number("b", &c.B)
	s.Duration("period", &c.Period)
	s.Int("window", &c.Window)
	p, err := size.New(c)
	return Instance{
		Protocol: p,
		Estimate: func(event any) (float64, bool) {
			e, ok := event.(size.Estimate)
			return e.N, ok
		},
	}, err
}
