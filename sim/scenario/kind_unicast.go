package scenario

import "github.com/n2n-overlay/n2n/protocols/unicast"

func newUnicast(s *Settings) (Instance, error) {
	c := unicast.DefaultConfig()
	c.Over = s.Overlay()
	s.Text("name", &c.Name)
	s.Text("over", &c.Over)
	s.Int("max_payload", &c.MaxPayload)
	s.Int("max_requests", &c.MaxRequests)
	s.Duration("deadline", &c.Deadline)
	s.Duration("max_deadline", &c.MaxDeadline)
	p, err := unicast.New(c)
	return Instance{Protocol: p}, err
}
