package scenario

import "github.com/n2n-overlay/n2n/protocols/fullmesh"

func newFullMesh(s *Settings) (Instance, error) {
	c := fullmesh.DefaultConfig()
	s.Text("name", &c.Name)
	s.Int("max_members", &c.MaxMembers)
	s.Duration("period", &c.Period)
	p, err := fullmesh.New(c)
	return Instance{Protocol: p, Period: c.Period}, err
}
