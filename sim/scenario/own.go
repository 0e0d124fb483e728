package scenario

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/protocols"
)

// told is the protocol that a phase names, by its name or its kind's.
func (s *Scenario) told(p Phase) *Instance {
	for i := range s.Protocols {
		if s.Protocols[i].Protocol.Name == p.Protocol || s.Protocols[i].Kind.Name == p.Protocol {
			return &s.Protocols[i]
		}
	}
	return nil
}

// tellable checks a phase that tells peers something.
func (s *Scenario) tellable(p Phase) error {
	to := s.told(p)
	if to == nil {
		var names []string
		for _, p := range s.Protocols {
			names = append(names, p.Protocol.Name)
		}
		return mistake(p.place, "tell: the scenario has no protocol %q, %s", p.Protocol, oneOf(names))
	}
	if to.Tell == nil {
		return mistake(p.place, "tell: %s can be told nothing", p.Protocol)
	}
	if _, err := to.Tell(p.What); err != nil {
		return mistake(p.place, "tell: %s cannot be told %q: %v", p.Protocol, p.What, err)
	}
	return nil
}

// tell tells something to a fraction of the peers, evenly over a time.
func (r *runner) tell(p Phase) error {
	to := r.s.told(p)
	peers := slices.Clone(r.alive)
	r.random.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	peers = peers[:int(math.Round(p.Fraction*float64(len(peers))))]
	over := p.Over.of(r.s.Cycle)
	var actions []action
	for i, n := range peers {
		actions = append(actions, action{spread(over, i, len(peers)), func() error {
			event, err := to.Tell(p.What)
			if err == nil {
				_ = r.peers[n].Tell(to.Protocol.Name, event) // the peer may be ending
			}
			return err
		}})
	}
	return r.play(over, actions)
}

// protocolsOf are the protocols of the next peer that starts. It goes to the group that lacks
// most, those of no group being one, so that all have their fractions at any time.
func (r *runner) protocolsOf() []protocols.Protocol {
	best, most, rest := 0, math.Inf(-1), 1.0
	lacks := func(i int, fraction float64) {
		if lack := fraction*float64(r.started) - float64(r.grouped[i]); lack > most {
			best, most = i, lack
		}
	}
	for i, g := range r.s.Groups {
		lacks(i, g.Fraction)
		rest -= g.Fraction
	}
	lacks(len(r.s.Groups), rest)
	r.grouped[best]++
	if best == len(r.s.Groups) {
		return r.s.protocolsOf()
	}
	return r.s.Groups[best].Protocols
}

// noteValues keeps the last numbers that a peer's protocol emitted.
func (r *runner) noteValues(peer int, p Instance, event any) {
	p.Values(event, func(name string, x float64) {
		key := p.Protocol.Name + "." + name
		if r.values[key] == nil {
			r.values[key] = map[int]float64{}
		}
		r.values[key][peer] = x
	})
}

// ownMetrics adds what protocols count and emit: of those that do not ship, or as it was
// asked for.
func (r *runner) ownMetrics(l *list, sums map[string]float64) {
	add := func(name string, x float64) {
		protocol, _, _ := strings.Cut(name, ".")
		if finite(x) && (slices.Contains(r.own, protocol) || l.wants(name)) {
			l.metrics = append(l.metrics, Metric{name, x})
		}
	}
	for _, name := range sortedKeys(sums) {
		if strings.Contains(name, ".") {
			add(name, sums[name])
		}
	}
	for _, name := range sortedKeys(r.values) {
		var last []float64
		for _, peer := range r.alive {
			if x, ok := r.values[name][peer]; ok {
				last = append(last, x)
			}
		}
		if len(last) == 0 {
			continue
		}
		add(name+"_mean", stat.Mean(last, nil))
		add(name+"_stddev", stat.PopStdDev(last, nil))
		add(name+"_min", slices.Min(last))
		add(name+"_max", slices.Max(last))
	}
}

// count finds out which counters are summed up.
func (r *runner) count() {
	r.counters = []string{"revived", "introductions"}
	if b := r.s.broadcaster(); b != nil {
		for _, name := range []string{"duplicates", "delivered", "published"} {
			r.counters = append(r.counters, b.Protocol.Name+"."+name)
		}
	}
	for _, name := range r.s.Measure.Metrics {
		if strings.Contains(name, ".") && !slices.Contains(r.counters, name) {
			r.counters = append(r.counters, name)
		}
	}
	shipped := catalog.Shipped()
	for _, p := range r.s.Protocols {
		if _, ships := catalog.Named(shipped, p.Kind.Name); !ships && r.s.Measure.Own {
			r.own = append(r.own, p.Protocol.Name)
		}
	}
}

// countsOf adds the counters of a peer that are summed up.
func (r *runner) countsOf(counters, into map[string]float64) {
	for _, name := range r.counters {
		if x, ok := counters[name]; ok {
			into[name] += x
		}
	}
	for _, protocol := range r.own {
		for name, x := range counters {
			if strings.HasPrefix(name, protocol+".") && !slices.Contains(r.counters, name) {
				into[name] += x
			}
		}
	}
}
