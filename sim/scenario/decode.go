package scenario

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

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
	kinds []Kind
	sets  []*set
	file  *file

	protocols []protocolEntry
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

func (d *decoder) network(n node) error {
	var keys []key
	for _, s := range networkSettings(&d.s.Network) {
		keys = append(keys, key{s.name, one(s.read)})
	}
	return n.mapping("network", keys...)
}

func (d *decoder) scenario(root node) error {
	d.file = root.file
	s := d.s
	s.Measure = Measure{Every: 1, Metrics: MetricNames()}
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
		key{"cycle", one(func(v value) error { d.cycle = &v; return nil })},
		key{"protocols", d.protocolList},
		key{"network", d.network},
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
	return d.check(root, cycles)
}

func (d *decoder) parameters(n node) error {
	pairs, err := n.pairs("parameters")
	if err != nil {
		return err
	}
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
	}
	return nil
}

// reserved are the keys that can be set in every scenario.
func (d *decoder) reserved() []string {
	keys := []string{"protocol", "broadcaster", "cycle", "every"}
	for _, k := range networkSettings(&sim.Network{}) {
		keys = append(keys, k.name)
	}
	return keys
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
		if _, ok := d.kind(entry.kind); !ok {
			return mistake(entry.place, "there is no protocol %q, %s", entry.kind, oneOf(d.kindNames()))
		}
		d.protocols = append(d.protocols, entry)
	}
	return nil
}

func (d *decoder) kind(name string) (Kind, bool) {
	for _, k := range d.kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

func (d *decoder) kindNames() []string {
	var names []string
	for _, k := range d.kinds {
		names = append(names, k.Name)
	}
	return names
}

func (d *decoder) metrics(n node) error {
	all, err := n.list()
	if err != nil {
		return err
	}
	d.s.Measure.Metrics = nil
	for _, n := range all {
		v, err := n.scalar()
		if err != nil {
			return err
		}
		if !slices.Contains(MetricNames(), v.text) {
			return mistake(v.place, "there is no metric %q, %s", v.text, oneOf(MetricNames()))
		}
		d.s.Measure.Metrics = append(d.s.Measure.Metrics, v.text)
	}
	return nil
}

func (d *decoder) phases(n node) error {
	all, err := n.list()
	if err != nil {
		return err
	}
	for _, n := range all {
		p, err := d.phase(n)
		if err != nil {
			return err
		}
		d.s.Phases = append(d.s.Phases, p)
	}
	return nil
}

func (d *decoder) phase(n node) (Phase, error) {
	pairs, err := n.pairs("a phase")
	if err != nil {
		return Phase{}, err
	}
	if len(pairs) != 1 {
		return Phase{}, mistake(n.place(), "expected one phase, such as run: {cycles: 10}")
	}
	p := Phase{Kind: pairs[0].name, Fraction: math.NaN(), Leave: 0.5, Payload: 64, place: pairs[0].key.place()}
	fraction := key{"fraction", one(func(v value) error { return v.fraction(&p.Fraction) })}
	cycles := key{"cycles", one(func(v value) error { return v.whole(&p.Cycles, 1, maxCycles) })}
	payload := key{"payload", one(func(v value) error { return v.whole(&p.Payload, minPayload, maxPayload) })}
	broadcasts := key{"broadcasts", one(func(v value) error { return v.number(&p.Broadcasts, 0) })}
	var keys, needed []key
	switch p.Kind {
	case phaseJoin:
		keys = []key{fraction, {"over", one(func(v value) error { return v.span(&p.Over) })}, {"pace", one(p.pace)}}
	case phaseRun:
		keys, needed = []key{cycles, broadcasts, payload}, []key{cycles}
	case phaseCrash, phaseLeave:
		keys, needed = []key{fraction}, []key{fraction}
	case phaseChurn:
		rate := key{"rate", one(func(v value) error { return v.fraction(&p.Rate) })}
		leave := key{"leave", one(func(v value) error { return v.fraction(&p.Leave) })}
		keys, needed = []key{cycles, rate, leave, broadcasts, payload}, []key{cycles, rate}
	case phasePartition:
		fractions := key{"fractions", p.groups}
		keys, needed = []key{cycles, fractions, broadcasts, payload}, []key{cycles, fractions}
	case phaseBroadcast:
		rate := key{"rate", broadcasts.read}
		keys, needed = []key{cycles, rate, payload}, []key{cycles, rate}
	default:
		return p, mistake(p.place, "there is no phase %q, %s", p.Kind, oneOf([]string{
			phaseJoin, phaseRun, phaseCrash, phaseLeave, phaseChurn, phasePartition, phaseBroadcast,
		}))
	}
	if err := pairs[0].value.mapping(p.Kind, keys...); err != nil {
		return p, err
	}
	given, _ := pairs[0].value.pairs(p.Kind)
	for _, k := range needed {
		if !slices.ContainsFunc(given, func(g pair) bool { return g.name == k.name }) {
			return p, mistake(p.place, "%s: expected a value for %s", p.Kind, k.name)
		}
	}
	return p, nil
}

func (p *Phase) pace(v value) error {
	switch v.text {
	case "even", "growing":
		p.Growing = v.text == "growing"
		return nil
	default:
		return v.expected("even or growing")
	}
}

func (p *Phase) groups(n node) error {
	all, err := n.list()
	if err != nil {
		return err
	}
	sum := 0.0
	for i, n := range all {
		v, err := n.scalar()
		if err != nil {
			return err
		}
		f := 1 - sum
		if v.text != "rest" || i != len(all)-1 {
			if err := v.fraction(&f); err != nil {
				return err
			}
		}
		p.Fractions = append(p.Fractions, f)
		sum += f
	}
	if len(p.Fractions) < 2 || sum > 1+1e-9 {
		return mistake(n.place(), "expected at least two fractions that sum up to at most 1")
	}
	return nil
}

// instances makes the protocols, the overlay first.
func (d *decoder) instances() error {
	overlay := ""
	for i, entry := range d.protocols {
		k, _ := d.kind(entry.kind)
		if i == 0 && !k.Overlay {
			return mistake(entry.place, "expected an overlay protocol first, %s is none", entry.kind)
		}
		made, err := k.instance(&Settings{overlay: overlay, place: entry.place, given: entry.given})
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

// check looks at what concerns several parts of the scenario.
func (d *decoder) check(root, cycles node) error {
	s := d.s
	if err := s.Network.Validate(); err != nil {
		return mistake(d.blamedNetwork(root), "%v", err)
	}
	s.Cycle = s.Protocols[0].Period
	if d.cycle != nil {
		if err := within("cycle", d.cycle.duration(&s.Cycle)); err != nil {
			return err
		}
		if s.Cycle <= 0 {
			return mistake(d.cycle.place, "cycle: expected a duration above 0")
		}
	}
	if d.every != nil {
		if err := within("every", d.every.whole(&s.Measure.Every, 1, maxCycles)); err != nil {
			return err
		}
	}
	sum, joined := 0, 0.0
	for _, p := range s.Phases {
		sum += p.Cycles
		switch {
		case p.Kind != phaseJoin && joined == 0:
			return mistake(p.place, "expected a join before the first %s: nobody is there yet", p.Kind)
		case p.Kind == phaseJoin && joined >= 1-1e-9:
			return mistake(p.place, "join: all peers have entered before")
		case p.Kind == phaseJoin && math.IsNaN(p.Fraction):
			joined = 1
		case p.Kind == phaseJoin:
			if joined += p.Fraction; joined > 1+1e-9 {
				return mistake(p.place, "join: expected fractions that sum up to at most 1, they are %.3g here", joined)
			}
		}
		if p.Broadcasts > 0 && s.broadcaster() == nil {
			return mistake(p.place, "%s: expected a protocol such as broadcast among the protocols, to publish messages", p.Kind)
		}
	}
	switch {
	case sum == 0:
		return mistake(root.place(), "expected at least one phase that takes cycles")
	case sum > maxCycles:
		return mistake(root.place(), "expected at most %d cycles, the phases have %d", maxCycles, sum)
	case cycles.Node != nil && s.Cycles != sum:
		return mistake(cycles.place(), "cycles: expected the sum of the phases' cycles, %d, not %d", sum, s.Cycles)
	}
	s.Cycles = sum
	if total := s.Duration(); total < 0 || total > 200*365*24*time.Hour {
		return mistake(root.place(), "expected a scenario of at most 200 years, it takes %v", total)
	}
	return nil
}

// blamedNetwork is the place of the network's last override, or of the file's.
func (d *decoder) blamedNetwork(root node) string {
	place := root.place()
	pairs, _ := root.pairs("a scenario")
	for _, p := range pairs {
		if p.name == "network" {
			place = p.key.place()
		}
	}
	for _, set := range d.sets {
		for _, k := range networkSettings(&sim.Network{}) {
			if k.name == set.key {
				place = set.place
			}
		}
	}
	return place
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
