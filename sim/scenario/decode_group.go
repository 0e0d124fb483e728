package scenario

import (
	"maps"
	"slices"
	"strings"
)

// groupEntry is a group as the file has it.
type groupEntry struct {
	place    string
	fraction float64
	options  map[string]value // by protocol.option
}

// groupList reads the peers whose protocols have other options.
func (d *decoder) groupList(n node) error {
	all, err := n.list()
	if err != nil {
		return err
	}
	sum := 0.0
	for _, n := range all {
		g := groupEntry{place: n.place(), fraction: -1, options: map[string]value{}}
		err := n.mapping("a group",
			key{"fraction", one(func(v value) error { return v.fraction(&g.fraction) })},
			key{"options", g.read},
		)
		switch {
		case err != nil:
			return err
		case g.fraction < 0:
			return mistake(g.place, "a group: expected a value for fraction")
		case len(g.options) == 0:
			return mistake(g.place, "a group: expected options, such as spray.a: 2")
		}
		if sum += g.fraction; sum > 1+1e-9 {
			return mistake(g.place, "groups: expected fractions that sum up to at most 1, they are %.3g here", sum)
		}
		d.groups = append(d.groups, g)
	}
	return nil
}

// read reads the options of a group.
func (g groupEntry) read(n node) error {
	pairs, err := n.pairs("options")
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if g.options[p.name], err = p.value.scalar(); err != nil {
			return within(p.name, err)
		}
	}
	return nil
}

// makeGroups makes the protocols of the groups, with the options that the others have but for
// those of the group.
func (d *decoder) makeGroups() error {
	for _, g := range d.groups {
		made := Group{Fraction: g.fraction, Options: map[string]string{}}
		overlay := ""
		for i, entry := range d.protocols {
			instance, err := d.instance(g.apply(entry, d.options(entry.kind), made.Options), overlay)
			if err != nil {
				return err
			}
			if instance.Protocol.Name != d.s.Protocols[i].Protocol.Name {
				return mistake(g.place, "a group cannot give %s another name: its peers would not speak with the others", entry.kind)
			}
			if i == 0 {
				overlay = instance.Protocol.Name
			}
			made.Protocols = append(made.Protocols, instance.Protocol)
		}
		for _, key := range sortedKeys(g.options) {
			if _, used := made.Options[key]; !used {
				return mistake(g.options[key].place, "no protocol of the scenario has an option %q, %s", key, oneOf(d.protocolOptions()))
			}
		}
		d.s.Groups = append(d.s.Groups, made)
	}
	return nil
}

// apply returns a protocol with the options of the group, and notes those that it used.
func (g groupEntry) apply(entry protocolEntry, options []string, used map[string]string) protocolEntry {
	entry.given = maps.Clone(entry.given)
	for key, v := range g.options {
		kind, option, _ := strings.Cut(key, ".")
		if kind == entry.kind && slices.Contains(options, option) {
			entry.given[option], entry.place = v, g.place
			used[key] = v.text
		}
	}
	return entry
}

// protocolOptions lists the options of all protocols, as protocol.option.
func (d *decoder) protocolOptions() []string {
	var names []string
	for _, p := range d.protocols {
		for _, option := range d.options(p.kind) {
			names = append(names, p.kind+"."+option)
		}
	}
	return names
}
