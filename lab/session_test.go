package lab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

// run runs a script in the simulated world.
func run(t *testing.T, script string, asJSON bool) string {
	t.Helper()
	return finished(t, simulated(t), script, asJSON)
}

func TestJSON(t *testing.T) {
	got := run(t, `peers a b c

connect a b x2 &
join a room1
join b room1
await
lock a b
connect a a
disconnect b a as chat
views
send b a <hello> & you
events a
events b
events b
leave b
events a
views
`, true)
	want := `{"line":1,"verb":"peers","ok":true}
{"line":4,"verb":"join","ok":true,"contact":null}
{"line":5,"verb":"join","ok":true,"contact":"a"}
{"line":3,"verb":"connect","ok":true}
{"line":6,"verb":"await","ok":true}
{"line":7,"verb":"lock","ok":true}
{"line":8,"verb":"connect","ok":false,"error":"self"}
{"line":9,"verb":"disconnect","ok":false,"error":"no_arc"}
{"line":10,"verb":"views","ok":true,"peers":{"a":{"out":{"b":2},"in":{},"locks":{"b":1},"pending":[],"connections":["b"],"lingering":[]},"b":{"out":{},"in":{"a":2},"locks":{},"pending":[],"connections":["a"],"lingering":[]},"c":{"out":{},"in":{},"locks":{},"pending":[],"connections":[],"lingering":[]}}}
{"line":11,"verb":"send","ok":true}
{"line":12,"verb":"events","ok":true,"events":[{"type":"arc_opened","protocol":"lab","peer":"b","dir":"out"},{"type":"arc_opened","protocol":"lab","peer":"b","dir":"out"},{"type":"failed","protocol":"lab","peer":"a","op":"open","error":"self"},{"type":"received","protocol":"lab","peer":"b","payload":"<hello> & you"}]}
{"line":13,"verb":"events","ok":true,"events":[{"type":"arc_opened","protocol":"lab","peer":"a","dir":"in"},{"type":"arc_opened","protocol":"lab","peer":"a","dir":"in"},{"type":"failed","protocol":"chat","peer":"a","op":"close","error":"no_arc"}]}
{"line":14,"verb":"events","ok":true,"events":[]}
{"line":15,"verb":"leave","ok":true}
{"line":16,"verb":"events","ok":true,"events":[{"type":"peer_down","protocol":"lab","peer":"b","out":2,"cause":"left"},{"type":"arc_closed","protocol":"lab","peer":"b","dir":"out","cause":"left"},{"type":"arc_closed","protocol":"lab","peer":"b","dir":"out","cause":"left"}]}
{"line":17,"verb":"views","ok":true,"peers":{"a":{"out":{},"in":{},"locks":{},"pending":[],"connections":[],"lingering":[]},"c":{"out":{},"in":{},"locks":{},"pending":[],"connections":[],"lingering":[]}}}
`
	compare(t, "json", want, got)
}

// TestSameBytes: a script in the simulated world gives the same bytes every
// time, also where protocols draw random numbers.
func TestSameBytes(t *testing.T) {
	script := "peers p1 p2 p3 p4 p5 p6\n"
	for _, p := range []string{"p1", "p2", "p3", "p4", "p5", "p6"} {
		script += "join " + p + " room\nrun " + p + " spray period=1s a=1.5\n"
	}
	script += "wait 10s\nviews as spray\ncrash p2\nwait 20s\nviews as spray\n"
	for _, p := range []string{"p1", "p3"} {
		script += "events " + p + "\n"
	}
	first := run(t, script, true)
	for range 3 {
		if again := run(t, script, true); again != first {
			t.Fatalf("another run gave other bytes:\n%s\nthan:\n%s", again, first)
		}
	}
	if !strings.Contains(first, `"type":"arc_closed","protocol":"spray"`) {
		t.Error("nothing happened: " + first)
	}
}

func TestTalk(t *testing.T) {
	var out, talk bytes.Buffer
	l := lab.New(simulated(t))
	lines := `help
peers c
peers a
connect a c
connect a z
connect a b as chat
peers b
connect b a as chat
views as chat
quit
views
`
	if err := l.Talk(context.Background(), strings.NewReader(lines), &talk, lab.Output{Out: &out}); err != nil {
		t.Fatal(err)
	}
	want := `peers c: ok
peers a: ok
connect a c: ok
peers b: ok
connect b a as chat: ok
views as chat:
  a: in b:1, connections b c
  b: out a:1, connections a
  c: connections a
`
	compare(t, "talk", want, out.String())
	for _, said := range []string{"> ", lab.Help(), `> there is no peer "z", only a c; expected: connect A B [xN]`} {
		if !strings.Contains(talk.String(), said) {
			t.Errorf("said:\n%s\nwithout: %s", talk.String(), said)
		}
	}
	ids := []string{l.ID("a").String(), l.ID("b").String(), l.ID("c").String()}
	if !slices.IsSorted(ids) {
		t.Errorf("ids do not sort as names: %v", ids)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestTalkInJSON(t *testing.T) {
	var out bytes.Buffer
	l := lab.New(simulated(t))
	if err := l.Talk(context.Background(), strings.NewReader("peers a\nconect a\npeers b"), io.Discard, lab.Output{Out: &out, JSON: true}); err != nil {
		t.Fatal(err)
	}
	compare(t, "talk", `{"line":1,"verb":"peers","ok":true}
{"line":2,"verb":"conect","ok":false,"error":"bad_script"}
{"line":3,"verb":"peers","ok":true}
`, out.String())
	_ = l.Close()
}

// TestNames: ids sort as names do, whatever the order in which they are given.
func TestNames(t *testing.T) {
	names := []string{"m", "z", "a", "m1", "m10", "m2", "B", "b", "0", "zz", "n"}
	for _, world := range []func(*testing.T) worlds.World{simulated, overWebRTC} {
		l := lab.New(world(t))
		for i := range names {
			s, err := lab.Parse("x", strings.NewReader("peers "+names[i]))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Do(context.Background(), s[0]); err != nil {
				t.Fatal(err)
			}
		}
		sorted := slices.Sorted(slices.Values(names))
		if !slices.IsSortedFunc(sorted, func(a, b string) int { return l.ID(a).Compare(l.ID(b)) }) {
			t.Errorf("ids do not sort as names")
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// called is a function as a writer.
type called func(written []byte)

func (c called) Write(written []byte) (int, error) {
	c(written)
	return len(written), nil
}

// TestInterrupt: what is done ends a script within a verb, and the lab in order.
func TestInterrupt(t *testing.T) {
	for name, world := range map[string]func(*testing.T) worlds.World{"sim": simulated, "wrtc": overWebRTC} {
		t.Run(name, func(t *testing.T) {
			script, err := lab.Parse("x", strings.NewReader("peers a b\nconnect a b\nwait 1000000h &\nwait 1000000h"))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			l := lab.New(world(t))
			var out bytes.Buffer
			connected := called(func(line []byte) {
				if bytes.Contains(line, []byte("connect")) {
					time.AfterFunc(300*time.Millisecond, cancel)
				}
			})
			if err := l.Run(ctx, script, lab.Output{Out: io.MultiWriter(&out, connected)}); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			compare(t, "interrupt", "peers a b: ok\nconnect a b: ok\n", out.String())
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAsJSON: every line of --json is one object with its line and verb.
func TestAsJSON(t *testing.T) {
	for line := range strings.Lines(run(t, "peers a\nviews\nevents a\nawait\nset linger 1s\n", true)) {
		var r struct {
			Line int
			Verb string
			OK   bool
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Line == 0 || r.Verb == "" || !r.OK {
			t.Errorf("%s: %+v %v", line, r, err)
		}
	}
}
