package scenario

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim"
)

// The bounds of a scenario's numbers.
const (
	maxPeers  = 10_000_000
	maxCycles = 1_000_000
	// minPayload is what a broadcast needs to be told from others.
	minPayload = 8
	maxPayload = 64 << 10
)

// decoder makes a scenario of a file and the values set from outside.
type decoder struct {
	s     *Scenario
	kinds []catalog.Kind
	sets  []*set
	file  *file

	protocols []protocolEntry
	groups    []groupEntry
	cycle     *value
	every     *value
}

// protocolEntry is a protocol as the file names it.
type protocolEntry struct {
	kind  string
	place string
	given map[string]value
}

// setting is a value that can also be set from outside.
type setting struct {
	name string
	read func(value) error
}

// networkSettings are those of the network.
func networkSettings(n *sim.Network) []setting {
	return []setting{
		{"latency", func(v value) error { return v.latency(&n.Latency) }},
		{"loss", func(v value) error { return v.fraction(&n.Loss) }},
		{"retransmit", func(v value) error { return v.duration(&n.Retransmit) }},
		{"bandwidth", func(v value) error { return v.number(&n.Bandwidth, 0) }},
		{"setup_round_trips", func(v value) error { return v.whole(&n.SetupRoundTrips, 0, 100) }},
		{"setup_failure", func(v value) error { return v.fraction(&n.SetupFailure) }},
		{"unreachable", func(v value) error { return v.fraction(&n.Unreachable) }},
		{"detection", func(v value) error { return v.duration(&n.Detection) }},
	}
}

// peerSettings are those of every peer.
func peerSettings(c *actors.Config) []setting {
	return []setting{
		{"linger", func(v value) error { return v.duration(&c.Linger) }},
	}
}

// settings reads a mapping of them.
func settings(what string, all []setting) func(node) error {
	var keys []key
	for _, s := range all {
		keys = append(keys, key{s.name, one(s.read)})
	}
	return func(n node) error { return n.mapping(what, keys...) }
}

func (d *decoder) scenario(root node) error {
	d.file = root.file
	s := d.s
	s.Measure = Measure{Every: 1, Metrics: MetricNames(), Own: true}
	s.Peer = actors.DefaultConfig()
	seed := func(v value) error {
		var n int
		err := v.whole(&n, 0, math.MaxInt)
		s.Seed = uint64(n)
		return err
	}
	var peers, cycles node
	err := root.mapping("a scenario",
		key{"name", one(func(v value) error { s.Name = v.text; return nil })},
		key{"doc", one(func(v value) error { s.Doc = strings.TrimSpace(v.text); return nil })},
		key{"parameters", d.parameters},
		key{"peers", func(n node) error {
			peers = n
			return one(func(v value) error { return v.whole(&s.Peers, 1, maxPeers) })(n)
		}},
		key{"cycles", func(n node) error {
			cycles = n
			return one(func(v value) error { return v.whole(&s.Cycles, 1, maxCycles) })(n)
		}},
		key{"seed", one(seed)},
		key{"detail", one(func(v value) error { s.Detail = v.text; return s.knownDetail(v.place) })},
		key{"cycle", one(func(v value) error { d.cycle = &v; return nil })},
		key{"protocols", d.protocolList},
		key{"groups", d.groupList},
		key{"network", settings("network", networkSettings(&s.Network))},
		key{"peer", settings("peer", peerSettings(&s.Peer))},
		key{"phases", d.phases},
		key{"measure", func(n node) error {
			return n.mapping("measure",
				key{"every", one(func(v value) error { return v.whole(&s.Measure.Every, 1, maxCycles) })},
				key{"metrics", d.metrics})
		}},
	)
	if err != nil {
		return err
	}
	for _, missing := range []struct {
		name string
		is   bool
	}{{"name", s.Name == ""}, {"peers", peers.Node == nil}, {"protocols", len(d.protocols) == 0}, {"phases", len(s.Phases) == 0}} {
		if missing.is {
			return mistake(root.place(), "the scenario has no %s", missing.name)
		}
	}
	if err := d.applySets(); err != nil {
		return err
	}
	if err := d.instances(); err != nil {
		return err
	}
	if err := d.makeGroups(); err != nil {
		return err
	}
	return d.check(root, cycles)
}

func (d *decoder) parameters(n node) error {
	pairs, err := n.pairs("parameters")
	if err != nil {
		return err
	}
	d.s.parameters = map[string]string{}
	for _, p := range pairs {
		if slices.Contains(d.reserved(), p.name) || strings.Contains(p.name, ".") {
			return mistake(p.key.place(), "a parameter cannot be named %q", p.name)
		}
		v, err := p.value.scalar()
		if err != nil {
			return within(p.name, err)
		}
		for _, set := range d.sets {
			if set.key == p.name {
				v, set.used = set.value, true
			}
		}
		d.file.parameters[p.name] = v
		d.s.parameters[p.name] = v.text
	}
	return nil
}

// reserved are the keys that can be set in every scenario.
func (d *decoder) reserved() []string {
	keys := []string{"protocol", "broadcaster", "cycle", "every"}
	for _, s := range d.worldSettings() {
		keys = append(keys, s.name)
	}
	return keys
}

// worldSettings are those that can be set by their name alone.
func (d *decoder) worldSettings() []setting {
	return append(networkSettings(&d.s.Network), peerSettings(&d.s.Peer)...)
}

func (d *decoder) protocolList(n node) error {
	all, err := n.list()
	if err != nil {
		return err
	}
	for _, n := range all {
		entry := protocolEntry{place: n.place(), given: map[string]value{}}
		if name, ok := scalar(n.Node); ok {
			entry.kind = name
		} else {
			pairs, err := n.pairs("a protocol")
			if err != nil {
				return err
			}
			if len(pairs) != 1 {
				return mistake(n.place(), "expected one protocol with its options, such as spray: {a: 1}")
			}
			entry.kind = pairs[0].name
			options, err := pairs[0].value.pairs(entry.kind)
			if err != nil {
				return err
			}
			for _, o := range options {
				if entry.given[o.name], err = o.value.scalar(); err != nil {
					return within(o.name, err)
				}
			}
		}
		if _, ok := catalog.Named(d.kinds, entry.kind); !ok {
			return mistake(entry.place, "there is no protocol %q, %s", entry.kind, oneOf(catalog.Names(d.kinds)))
		}
		d.protocols = append(d.protocols, entry)
	}
	return nil
}

func (d *decoder) metrics(n node) error {
	all, err := n.list()
	if err != nil {
		return err
	}
	d.s.Measure.Metrics, d.s.Measure.Own = nil, false
	for _, n := range all {
		v, err := n.scalar()
		if err != nil {
			return err
		}
		if !slices.Contains(MetricNames(), v.text) && !d.ofProtocol(v.text) {
			return mistake(v.place, "there is no metric %q, %s", v.text, oneOf(MetricNames()))
		}
		d.s.Measure.Metrics = append(d.s.Measure.Metrics, v.text)
	}
	return nil
}

// ofProtocol reports whether a metric can be one that a protocol counts or emits.
func (d *decoder) ofProtocol(metric string) bool {
	protocol, name, dotted := strings.Cut(metric, ".")
	if !dotted || name == "" {
		return false
	}
	_, known := catalog.Named(d.kinds, protocol)
	return known || slices.ContainsFunc(d.protocols, func(p protocolEntry) bool { return p.given["name"].text == protocol })
}

// instances makes the protocols, the overlay first.
func (d *decoder) instances() error {
	overlay := ""
	for i, entry := range d.protocols {
		if k, _ := catalog.Named(d.kinds, entry.kind); i == 0 && !k.Overlay {
			return mistake(entry.place, "expected an overlay protocol first, %s is none", entry.kind)
		}
		made, err := d.instance(entry, overlay)
		if err != nil {
			return err
		}
		if i == 0 {
			overlay = made.Protocol.Name
		}
		for _, other := range d.s.Protocols {
			if other.Protocol.Name == made.Protocol.Name {
				return mistake(entry.place, "two protocols are named %q", made.Protocol.Name)
			}
		}
		d.s.Protocols = append(d.s.Protocols, made)
	}
	for i, made := range d.s.Protocols {
		for _, seen := range made.Protocol.Sees {
			if !slices.ContainsFunc(d.s.Protocols, func(o Instance) bool { return o.Protocol.Name == seen }) {
				return mistake(d.protocols[i].place, "%s runs over %q, which is none of the scenario's protocols", made.Protocol.Name, seen)
			}
		}
	}
	return nil
}

// protocolsOf says which protocols a peer of the scenario runs.
func (s *Scenario) protocolsOf() []protocols.Protocol {
	all := make([]protocols.Protocol, len(s.Protocols))
	for i, p := range s.Protocols {
		all[i] = p.Protocol
	}
	return all
}

// String is a line about the scenario.
func (s *Scenario) String() string {
	return fmt.Sprintf("%s: %d peers, %d cycles of %v", s.Name, s.Peers, s.Cycles, s.Cycle)
}
