package several

import "slices"

// recent is a map that forgets its oldest entry when it is full.
type recent[K comparable, V any] struct {
	limit   int
	entries map[K]V
	order   []K // of the entries, oldest first
}

func newRecent[K comparable, V any](limit int) *recent[K, V] {
	return &recent[K, V]{limit: limit, entries: make(map[K]V)}
}

func (r *recent[K, V]) get(key K) (V, bool) {
	value, ok := r.entries[key]
	return value, ok
}

// put sets an entry. An existing entry keeps its age.
func (r *recent[K, V]) put(key K, value V) {
	if _, ok := r.entries[key]; !ok {
		if len(r.order) >= r.limit {
			delete(r.entries, r.order[0])
			r.order = r.order[1:]
		}
		r.order = append(r.order, key)
	}
	r.entries[key] = value
}

func (r *recent[K, V]) remove(key K) {
	if _, ok := r.entries[key]; ok {
		delete(r.entries, key)
		i := slices.Index(r.order, key)
		r.order = slices.Delete(r.order, i, i+1)
	}
}
