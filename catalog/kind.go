package catalog

import (
	"fmt"
	"time"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/hyparview"
	"github.com/n2n-overlay/n2n/protocols/plumtree"
	"github.com/n2n-overlay/n2n/protocols/size"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/protocols/tman"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

// Kind is a protocol that can be named.
type Kind struct {
	// Name is the name of the kind. The protocol that it makes can have another name.
	Name string
	// Overlay tells that the protocol's arcs are an overlay, which other protocols
	// use.
	Overlay bool
	// Sampled tells that it needs a peer-sampling protocol beside it.
	Sampled bool
	// Broadcasts tells that it obeys messages.Publish, emits messages.Delivered,
	// and counts published, delivered and duplicates.
	Broadcasts bool
	// Estimate reads the number of peers from an event, if the event estimates it. Nil:
	// the protocol does not estimate.
	Estimate func(event any) (peers float64, ok bool)
	// Values reads the numbers of an event that the protocol emits, and calls value for each,
	// with a name of [a-z0-9_]. Scenarios measure the last numbers of all peers, and
	// leave out what comes of them that is infinite or not a number. Nil: there are none.
	Values func(event any, value func(name string, x float64))
	// Tell makes an event for the protocol of a text, as phases of scenarios tell it. Nil: it
	// can be told nothing.
	Tell func(text string) (event any, err error)
	// New makes the protocol. over names the overlay whose arcs it uses; empty: the
	// protocol's default.
	New func(over string, options Options) (Made, error)
}

// Options sets the fields of Configs, which are pointers to structs, to the given
// options. Fields says which fields have options.
type Options func(configs ...any) error

// Made is a protocol with its options.
type Made struct {
	Protocol protocols.Protocol
	// Config is the Config of the protocol, such as a spray.Config.
	Config any
	// Options are the values of the options, by key: texts, numbers, and times as texts.
	// Make sets them.
	Options map[string]any
	// Period is the time between two exchanges of an overlay protocol, above 0.
	Period time.Duration
	// Target returns the peers to which the i-th of the given peers should hold
	// arcs in the end. Nil: that is not known.
	Target func(peers []messages.PeerID) func(i int) []messages.PeerID
}

// Shipped returns the kinds of the protocols that ship.
func Shipped() []Kind {
	return []Kind{
		{Name: "spray", Overlay: true, New: From(spray.DefaultConfig, spray.New)},
		{Name: "tman", Overlay: true, Sampled: true, New: newTMan},
		{Name: "hyparview", Overlay: true, New: From(hyparview.DefaultConfig, hyparview.New)},
		{Name: "broadcast", Broadcasts: true, New: From(broadcast.DefaultConfig, broadcast.New)},
		{Name: "plumtree", Broadcasts: true, New: From(plumtree.DefaultConfig, plumtree.New)},
		{Name: "cyclon", Overlay: true, New: From(cyclon.DefaultConfig, cyclon.New)},
		{Name: "unicast", New: From(unicast.DefaultConfig, unicast.New)},
		{Name: "fullmesh", Overlay: true, New: From(fullmesh.DefaultConfig, fullmesh.New)},
		{Name: "size", New: From(size.DefaultConfig, size.New), Estimate: func(event any) (float64, bool) {
			e, ok := event.(size.Estimate)
			return e.N, ok
		}},
	}
}

// Named finds the kind of a name.
func Named(kinds []Kind, name string) (Kind, bool) {
	for _, k := range kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Names lists the names of kinds.
func Names(kinds []Kind) []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return names
}

// From returns the New of a protocol that is made of a Config. The field Over, if
// there is one, names the overlay, and the field Period is the protocol's period.
func From[Config any](defaults func() Config, build func(Config) (protocols.Protocol, error)) func(string, Options) (Made, error) {
	return func(over string, options Options) (Made, error) {
		config := defaults()
		var period time.Duration
		for field, into := range Fields(&config) {
			if into, ok := into.(*string); ok && field.Name == "Over" && over != "" {
				*into = over
			}
		}
		if err := options(&config); err != nil {
			return Made{}, err
		}
		for field, from := range Fields(&config) {
			if from, ok := from.(*time.Duration); ok && field.Name == "Period" {
				period = *from
			}
		}
		made := Made{Config: config, Period: period}
		var err error
		if made.Protocol, err = build(config); err == nil {
			err = made.Protocol.Validate()
		}
		return made, err
	}
}

// newTMan has the option rank, the name of a ranking method, beside those of its Config.
func newTMan(over string, options Options) (Made, error) {
	var rank tman.Rank
	named := struct{ Rank string }{"ring"}
	build := func(c tman.Config) (protocols.Protocol, error) {
		var err error
		if rank, err = tman.ByName(named.Rank); err != nil {
			return protocols.Protocol{}, fmt.Errorf("%s: %w", "Rank", err) // the field by its name, as Validate does
		}
		c.Rank = rank
		return tman.New(c)
	}
	made, err := From(tman.DefaultConfig, build)(over, func(configs ...any) error {
		return options(append([]any{&named}, configs...)...)
	})
	if err != nil {
		return made, err
	}
	config := made.Config.(tman.Config)
	config.Rank = rank
	made.Config = config
	if _, circular := rank.(tman.Circular); circular { // with the other methods, only a peer knows its descriptor
		made.Target = func(peers []messages.PeerID) func(int) []messages.PeerID {
			all := make([]tman.Descriptor, len(peers))
			for i, id := range peers {
				all[i].Peer = id
			}
			return config.Target(all)
		}
	}
	return made, nil
}
