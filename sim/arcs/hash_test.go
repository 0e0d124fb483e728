package arcs_test

import (
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/cyclon"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/sim"
	"github.com/n2n-overlay/n2n/sim/arcs"
)

// turbulent is a run in which peers enter, leave, crash and are cut off.
func turbulent(t *testing.T, seed uint64, workers int) (hash string, totals arcs.Totals, emitted int) {
	t.Helper()
	w, err := arcs.New(arcs.Config{Seed: seed, Workers: workers, Trace: true, Network: sim.Network{
		Latency: sim.Latency{Kind: "lognormal", Mean: 50 * time.Millisecond, Sigma: 0.5},
		Loss:    0.02, SetupFailure: 0.02, Bandwidth: 1 << 20, Unreachable: 0.1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var run []*protocols.Protocol
	add := func(p protocols.Protocol, err error) {
		if err != nil {
			t.Fatal(err)
		}
		run = append(run, &p)
	}
	add(spray.New(spray.DefaultConfig()))
	add(cyclon.New(cyclon.DefaultConfig()))
	add(broadcast.New(broadcast.DefaultConfig()))
	config := actors.DefaultConfig()
	var peers []*arcs.Peer
	pass := func(d time.Duration) {
		t.Helper()
		if err := w.Run(d); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 60 {
		p, err := w.Start(sim.NewIdentity(seed, uint64(i)).ID(), &config, run...)
		if err != nil {
			t.Fatal(err)
		}
		for _, protocol := range []string{"", "broadcast"} {
			if _, err := p.Subscribe(protocol, func(any) { emitted++ }); err != nil {
				t.Fatal(err)
			}
		}
		p.Enter("room")
		peers = append(peers, p)
		pass(700 * time.Millisecond)
	}
	tell := func(p *arcs.Peer) {
		t.Helper()
		if err := p.Tell("broadcast", messages.Publish{Payload: []byte("hello")}); err != nil {
			t.Fatal(err)
		}
	}
	pass(time.Minute)
	tell(peers[1])
	peers[2].Leave()
	peers[3].Crash()
	pass(time.Minute)
	var left, right []messages.PeerID
	for i, p := range peers[4:] {
		if i%2 == 0 {
			left = append(left, p.ID())
		} else {
			right = append(right, p.ID())
		}
	}
	if err := w.Partition(left, right); err != nil {
		t.Fatal(err)
	}
	w.Silence(peers[5].ID())
	pass(40 * time.Second)
	w.Repair()
	w.Speak(peers[5].ID())
	if _, err := w.Start(peers[3].ID(), &config, run...); err != nil {
		t.Fatal(err)
	}
	tell(peers[7])
	pass(2 * time.Minute)
	return w.TraceHash(), w.Totals(), emitted
}

func TestWorkersDoNotChangeTheRun(t *testing.T) {
	hash, totals, emitted := turbulent(t, 1, 1)
	for _, workers := range []int{1, 2, 3, 7} {
		h, n, e := turbulent(t, 1, workers)
		if h != hash || n != totals || e != emitted {
			t.Errorf("%d workers: hash %.8s, totals %+v, %d emitted; one: %.8s, %+v, %d", workers, h, n, e, hash, totals, emitted)
		}
	}
	if h, _, _ := turbulent(t, 2, 1); h == hash {
		t.Error("another seed gives the same hash")
	}
	if totals.Events < 10_000 || emitted < 100 {
		t.Errorf("little happened: %+v, %d emitted", totals, emitted)
	}
}
