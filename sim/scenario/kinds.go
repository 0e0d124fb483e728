package scenario

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

// Kind is a protocol that scenarios can name.
type Kind struct {
	// Name is the kind's, as in protocols: [{name: …}].
	Name string
	// Overlay: its arcs can be what is measured. The first protocol of a scenario
	// is one of these.
	Overlay bool
	// Sampled: it runs beside a peer-sampling protocol. When it is set in the place
	// of another one (--set protocol=), that one runs beside it.
	Sampled bool
	// New makes the protocol with its settings. Every setting is to be read, so
	// that it is known.
	New func(*Settings) (Instance, error)
}

// Instance is a protocol with its settings, which every peer of a scenario runs.
type Instance struct {
	Protocol protocols.Protocol
	// Period is the time between two exchanges of an overlay protocol, above 0.
	Period time.Duration
	// Target is the metric target_fraction's: it returns to whom the i-th of the
	// living peers is to hold arcs. Nil: what the overlay is to become is not known.
	Target func(peers []messages.PeerID) func(i int) []messages.PeerID
	// Publish makes the event that lets the protocol broadcast a payload, and
	// Delivered reads what it emits for it. Nil: it broadcasts nothing. Its counts
	// of metrics duplicates, delivered and published are those of redundancy.
	Publish   func(payload []byte) any
	Delivered func(event any) (payload []byte, hops int, ok bool)
	// Estimate reads what a protocol emits that estimates the number of peers. Nil:
	// it does not.
	Estimate func(event any) (peers float64, ok bool)
}

// Kinds returns those of the protocols that ship.
func Kinds() []Kind {
	return []Kind{
		{Name: "spray", Overlay: true, New: newSpray},
		{Name: "tman", Overlay: true, Sampled: true, New: newTMan},
		{Name: "hyparview", Overlay: true, New: newHyParView},
		{Name: "broadcast", New: newBroadcast},
		{Name: "plumtree", New: newPlumtree},
		{Name: "cyclon", Overlay: true, New: newCyclon},
		{Name: "unicast", New: newUnicast},
		{Name: "fullmesh", Overlay: true, New: newFullMesh},
		{Name: "size", New: newSize},
	}
}

func newSpray(s *Settings) (Instance, error) {
	c := spray.DefaultConfig()
	s.Text("name", &c.Name)
	s.Number("a", &c.A)
	s.Number("b", &c.B)
	s.Duration("period", &c.Period)
	s.Duration("deadline", &c.Deadline)
	s.Int("max_joins", &c.MaxJoins)
	p, err := spray.New(c)
	return Instance{Protocol: p, Period: c.Period}, err
}

func newBroadcast(s *Settings) (Instance, error) {
	c := broadcast.DefaultConfig()
	c.Over = s.Overlay()
	s.Text("name", &c.Name)
	s.Text("over", &c.Over)
	s.Int("max_payload", &c.MaxPayload)
	s.Int("remember", &c.Remember)
	s.Duration("period", &c.Period)
	s.Duration("patience", &c.Patience)
	s.Duration("window", &c.Window)
	s.Duration("history", &c.History)
	s.Int("keep", &c.Keep)
	p, err := broadcast.New(c)
	return broadcasting(p), err
}

// broadcasting is a protocol that speaks the shared vocabulary of broadcasting.
func broadcasting(p protocols.Protocol) Instance {
	return Instance{
		Protocol: p,
		Publish:  func(payload []byte) any { return messages.Publish{Payload: payload} },
		Delivered: func(event any) ([]byte, int, bool) {
			d, ok := event.(messages.Delivered)
			return d.Payload, d.Hops, ok
		},
	}
}

// Settings are the options of a protocol in a scenario. Each method reads one of
// them, leaving what it is read into as it is when the scenario does not say.
type Settings struct {
	overlay string
	place   string
	given   map[string]value
	known   []string
	err     error
}

// Overlay is the name of the overlay protocol that runs on the same peers.
func (s *Settings) Overlay() string { return s.overlay }

// Text reads a name.
func (s *Settings) Text(key string, into *string) {
	s.read(key, func(v value) error { *into = v.text; return nil })
}

// Number reads a number.
func (s *Settings) Number(key string, into *float64) {
	s.read(key, func(v value) error { return v.number(into, -math.MaxFloat64) })
}

// Int reads a whole number.
func (s *Settings) Int(key string, into *int) {
	s.read(key, func(v value) error { return v.whole(into, 0, math.MaxInt32) })
}

// Duration reads a duration.
func (s *Settings) Duration(key string, into *time.Duration) {
	s.read(key, func(v value) error { return v.duration(into) })
}

func (s *Settings) read(key string, read func(value) error) {
	s.known = append(s.known, key)
	if v, ok := s.given[key]; ok && s.err == nil {
		var m *Mistake
		if err := read(v); errors.As(err, &m) {
			s.err = mistake(m.Place, "%s: %s", key, m.What)
		}
	}
}

// instance makes the protocol, or says which setting is wrong.
func (k Kind) instance(s *Settings) (Instance, error) {
	made, err := k.New(s)
	if s.err != nil {
		return Instance{}, s.err
	}
	for _, key := range sortedKeys(s.given) {
		if !slices.Contains(s.known, key) {
			return Instance{}, mistake(s.given[key].place, "%s has no option %q, %s", k.Name, key, oneOf(s.known))
		}
	}
	if err == nil {
		err = made.Protocol.Validate()
	}
	if err != nil {
		return Instance{}, mistake(s.blamed(), "%v", err)
	}
	return made, nil
}

// blamed is the place of the last setting that was given from outside the file,
// or else of the protocol.
func (s *Settings) blamed() string {
	place := s.place
	for _, key := range sortedKeys(s.given) {
		if p := s.given[key].place; isSet(p) {
			place = p
		}
	}
	return place
}
