package lab_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// wire is messages by kind and by what carries them.
type wire = map[string]int

// handshake is what a new connection costs beside its signals, with one arc.
var handshake = wire{"ordered Hello": 2, "ordered Proof": 2, "ordered Arcs": 1}

// costs are lines of one script, and what each of them sends in all.
var costs = []struct {
	line string
	sent wire
}{
	{"peers a b c", wire{}},
	{"connect a b", and(handshake, wire{"direct Offer": 1, "direct Answer": 1})},
	// Another arc on a living connection: one message, no offer.
	{"connect a b", wire{"ordered Arcs": 1}},
	{"connect b a", wire{"ordered Arcs": 1}},
	{"connect a b x3 as chat", wire{"ordered Arcs": 3}},
	{"connect b c", and(handshake, wire{"direct Offer": 1, "direct Answer": 1})},
	// An introduction: the request, the offer and the answer over two hops each,
	// the outcome; beside that, what the new connection says for itself.
	{"introduce b a c", and(handshake, wire{"ordered Introduction": 1, "ordered Offer": 2, "ordered Answer": 2, "ordered Outcome": 1})},
	// Of two that are connected there is nothing to offer.
	{"introduce b a c", wire{"ordered Introduction": 1, "ordered Arcs": 1, "ordered Outcome": 1}},
	{"introduce b c a as chat", wire{"ordered Introduction": 1, "ordered Arcs": 1, "ordered Outcome": 1}},
	{"invite c a", wire{"ordered Introduction": 1, "ordered Arcs": 1, "ordered Outcome": 1}},
	{"lock a b", wire{}},
	{"disconnect a b", wire{"ordered Arcs": 1}},
	{"disconnect a b", wire{}},
	{"unlock a b", wire{}},
	{"send c a hello", wire{"ordered BytesValue": 1}},
	{"drop b a", wire{"ordered ArcsRefused": 1}},
	// A connection that lingers is revived as cheaply.
	{"disconnect b a", wire{"ordered Arcs": 1}},
	{"drop b a as chat", wire{"ordered ArcsRefused": 1}},
	{"connect b a", wire{"ordered Arcs": 1}},
	{"introduce a a a", wire{}},
	{"leave b", wire{"ordered Leave": 2}},
}

func and(a, b wire) wire {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}

func TestCosts(t *testing.T) {
	for name, in := range map[string]func(*testing.T) worlds.World{"sim": simulated, "wrtc": overWebRTC} {
		t.Run(name, func(t *testing.T) {
			var script strings.Builder
			for _, c := range costs {
				script.WriteString(c.line + "\n")
			}
			statements, err := lab.Parse("costs", strings.NewReader(script.String()))
			if err != nil {
				t.Fatal(err)
			}
			counted := count(in(t))
			l := lab.New(counted)
			defer func() { _ = l.Close() }()
			if err := l.Prepare(statements); err != nil {
				t.Fatal(err)
			}
			before := counted.wires()
			for i, s := range statements {
				if _, err := l.Do(context.Background(), s); err != nil {
					t.Fatal(err)
				}
				now := counted.wires()
				if sent := since(before, now); !maps.Equal(sent, costs[i].sent) {
					t.Errorf("%s: sent %v, want %v", s.Text, sent, costs[i].sent)
				}
				before = now
			}
		})
	}
}

// since is what was sent between two counts.
func since(before, now wire) wire {
	sent := wire{}
	for kind, n := range now {
		if n -= before[kind]; n != 0 {
			sent[kind] = n
		}
	}
	return sent
}
