package scenario

import (
	"math"
	"slices"
)

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
	over := key{"over", one(func(v value) error { return v.span(&p.Over) })}
	cycles := key{"cycles", one(func(v value) error { return v.whole(&p.Cycles, 1, maxCycles) })}
	payload := key{"payload", one(func(v value) error { return v.whole(&p.Payload, minPayload, maxPayload) })}
	broadcasts := key{"broadcasts", one(func(v value) error { return v.number(&p.Broadcasts, 0) })}
	var keys, needed []key
	switch p.Kind {
	case phaseJoin:
		keys = []key{fraction, over, {"pace", one(p.pace)}}
	case phaseRun:
		keys, needed = []key{cycles, broadcasts, payload}, []key{cycles}
	case phaseCrash, phaseLeave:
		keys, needed = []key{fraction, over}, []key{fraction}
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
	case phaseTell:
		p.Fraction = 1
		protocol := key{"protocol", one(func(v value) error { p.Protocol = v.text; return nil })}
		what := key{"what", one(func(v value) error { p.What = v.text; return nil })}
		keys, needed = []key{protocol, what, fraction, over}, []key{protocol, what}
	default:
		return p, mistake(p.place, "there is no phase %q, %s", p.Kind, oneOf([]string{
			phaseJoin, phaseRun, phaseCrash, phaseLeave, phaseChurn, phasePartition, phaseBroadcast, phaseTell,
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
