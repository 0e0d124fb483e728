package scenario

import (
	"errors"

	"github.com/n2n-overlay/n2n/catalog"
)

// Instance is a protocol with its options, which every peer of a scenario runs.
type Instance struct {
	catalog.Kind
	catalog.Made
}

// instance makes a protocol that the file names, along the arcs of the overlay.
func (d *decoder) instance(entry protocolEntry, overlay string) (Instance, error) {
	kind, _ := catalog.Named(d.kinds, entry.kind)
	given := map[string]string{}
	for key, v := range entry.given {
		given[key] = v.text
	}
	made, err := kind.Make(overlay, given)
	if wrong := (*catalog.OptionError)(nil); errors.As(err, &wrong) {
		place := entry.given[wrong.Key].place
		if wrong.Key == "" {
			place = entry.blamed()
		}
		return Instance{}, &Mistake{Place: place, What: wrong.What}
	}
	return Instance{kind, made}, err
}

// blamed is the place of the last option that was given from outside the file, or
// else of the protocol.
func (e protocolEntry) blamed() string {
	place := e.place
	for _, key := range sortedKeys(e.given) {
		if p := e.given[key].place; isSet(p) {
			place = p
		}
	}
	return place
}
