package sim

import "testing"

func TestPlacesOfDeliveriesAreBounded(t *testing.T) {
	k := &worker{}
	for range maxFree + 100 {
		k.release(&delivery{})
	}
	if len(k.free) != maxFree {
		t.Errorf("%d places are kept, want %d", len(k.free), maxFree)
	}
	if first := k.free[maxFree-1]; k.delivery(delivery{}) != first || len(k.free) != maxFree-1 {
		t.Error("a place that is kept is not used again")
	}
}
