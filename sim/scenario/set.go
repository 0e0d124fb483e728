package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/n2n-overlay/n2n/catalog"
)

// set is a value that replaces one of the scenario's.
type set struct {
	key string
	value
	used bool
}

const setPlace = "--set "

func isSet(place string) bool { return strings.HasPrefix(place, setPlace) }

// readSets reads k=v. If a key is given twice, the last counts.
func readSets(given []string) ([]*set, error) {
	var sets []*set
	for _, text := range given {
		k, v, ok := strings.Cut(text, "=")
		k, v = strings.TrimSpace(k), strings.TrimSpace(v)
		if !ok || k == "" || v == "" {
			return nil, mistake(setPlace+text, "expected KEY=VALUE")
		}
		sets = slices.DeleteFunc(sets, func(s *set) bool { return s.key == k })
		sets = append(sets, &set{key: k, value: value{v, setPlace + text}})
	}
	return sets, nil
}

// applySets replaces what the file says. The parameters were replaced when they
// were read.
func (d *decoder) applySets() error {
	for _, s := range d.sets {
		if err := d.replace(s); err != nil {
			return err
		}
	}
	for _, s := range d.sets {
		switch {
		case s.used:
			continue
		case s.key == "cycle":
			d.cycle, s.used = &s.value, true
			continue
		case s.key == "every":
			d.every, s.used = &s.value, true
			continue
		}
		for _, n := range d.worldSettings() {
			if n.name == s.key {
				s.used = true
				if err := n.read(s.value); err != nil {
					return within(s.key, err)
				}
			}
		}
		kind, option, ok := strings.Cut(s.key, ".")
		for i := range d.protocols {
			if ok && d.protocols[i].kind == kind && slices.Contains(d.options(kind), option) {
				d.protocols[i].given[option], s.used = s.value, true
			}
		}
		switch {
		case s.used:
		case slices.Contains([]string{"peers", "cycles", "detail"}, s.key):
			return mistake(s.place, "%s has an option of its own, use --%s %s", s.key, s.key, s.text)
		default:
			return &Mistake{Place: s.place, What: fmt.Sprintf("the scenario has no value %q, %s", s.key, oneOf(d.valid())), Unknown: s.key}
		}
	}
	return nil
}

// replace puts another protocol in the place of the overlay (protocol), or of the
// first one that is none (broadcaster).
func (d *decoder) replace(s *set) error {
	if s.key != "protocol" && s.key != "broadcaster" {
		return nil
	}
	s.used = true
	k, ok := catalog.Named(d.kinds, s.text)
	place := 0
	if s.key == "broadcaster" {
		place = slices.IndexFunc(d.protocols, func(p protocolEntry) bool {
			k, _ := catalog.Named(d.kinds, p.kind)
			return !k.Overlay
		})
	}
	switch {
	case !ok:
		return mistake(s.place, "there is no protocol %q, %s", s.text, oneOf(catalog.Names(d.kinds)))
	case place < 0:
		return mistake(s.place, "the scenario has no protocol that broadcasts, to be replaced with %s", s.text)
	case s.key == "broadcaster" && k.Overlay:
		return mistake(s.place, "expected a protocol that broadcasts, %s is an overlay protocol", s.text)
	}
	if replaced := d.protocols[place]; replaced.kind != s.text {
		d.protocols[place] = protocolEntry{kind: s.text, place: s.place, given: map[string]value{}}
		if before, _ := catalog.Named(d.kinds, replaced.kind); k.Sampled && !before.Sampled {
			d.protocols = slices.Insert(d.protocols, 1, replaced)
		}
	}
	return nil
}

// options lists the options of a kind of protocol.
func (d *decoder) options(kind string) []string {
	k, _ := catalog.Named(d.kinds, kind)
	return k.Keys()
}

// valid lists all that can be set.
func (d *decoder) valid() []string {
	names := append(sortedKeys(d.file.parameters), d.reserved()...)
	return append(names, d.protocolOptions()...)
}
