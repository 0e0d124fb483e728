package lab_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/messages"
)

var programs = flag.Int("programs", 400, "how many random programs to run against the rules of arcs")

// modelRest is how long it takes at most until nothing is under way: to notice a
// lost connection, to try again, to linger and to close.
const modelRest = 60 * time.Second

// modelKinds are what has to happen in at least one of two hundred programs.
var modelKinds = []string{
	"glare", "refusal", "revival", "cancelled close proposal", "crash during a job", "restart",
}

// TestModel runs random programs over two to eight peers in simulated worlds, and
// checks the rules of arcs after each line, and again once nothing is in flight.
// A program that breaks one is made as short as possible and printed as a script
// of the lab.
func TestModel(t *testing.T) {
	workers := min(runtime.GOMAXPROCS(0), *programs)
	setFlag(t, "rapid.checks", fmt.Sprint((*programs+workers-1)/workers))
	setFlag(t, "rapid.steps", "16")
	setFlag(t, "rapid.nofailfile", "true")
	var (
		mu     sync.Mutex
		ran    int
		tally  = map[string]int{}
		failed atomic.Bool
	)
	t.Run("programs", func(t *testing.T) {
		for n := range workers {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				found := false
				rapid.Check(t, func(rt *rapid.T) {
					if failed.Load() && !found {
						return // another has found something
					}
					p := newProgram(rt)
					if err := p.run(); err != nil {
						failed.Store(true)
						found = true
						rt.Fatalf("%s\nafter this script, to be given to n2n lab:\n\n%s\n", p.named(err), p.script())
					}
					mu.Lock()
					defer mu.Unlock()
					ran++
					for kind := range p.happened {
						tally[kind]++
					}
				})
			})
		}
	})
	t.Logf("%d programs, among them with", ran)
	for _, kind := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%8d %s", tally[kind], kind)
	}
	for _, kind := range modelKinds {
		if tally[kind]*200 <= ran && !t.Failed() {
			t.Errorf("only %d of %d programs had a %s, too few to say anything about it", tally[kind], ran, kind)
		}
	}
}

// setFlag sets a flag of rapid's for this test.
func setFlag(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set(name, before) }) // it was valid before
}

// program is one run of random lines.
type program struct {
	*writer
	world    *observed
	lab      *lab.Lab
	parser   lab.Parser
	lines    []string
	silent   map[string]bool
	held     [][]string
	happened map[string]bool
}

func newProgram(t *rapid.T) *program {
	w, err := lab.Sim(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	world := &observed{
		World: w, sent: map[string]*text{}, linger: time.Hour, limit: 10 * time.Second,
		crashed: map[messages.PeerID]bool{}, left: map[messages.PeerID]bool{},
	}
	names := strings.Fields("a b c d e f g h")[:rapid.IntRange(2, 8).Draw(t, "peers")]
	return &program{
		writer: &writer{T: t, peers: names}, world: world, lab: lab.New(world),
		silent: map[string]bool{}, happened: map[string]bool{},
	}
}

// run runs the program to its end, and says which rule it broke.
func (p *program) run() error {
	// The views name the protocols, so that every peer starts with them.
	lines := []string{
		"views as chat", "views as files",
		"set linger " + p.word("SPAN"), "set deadline " + p.word("LIMIT"), "peers " + strings.Join(p.peers, " "),
	}
	if err := p.do(lines...); err != nil {
		return err
	}
	// Repeat lets rapid leave out single steps of a program that fails.
	var err error
	p.Repeat(map[string]func(*rapid.T){"step": func(*rapid.T) {
		if err == nil {
			err = p.do(p.step()...)
		}
	}})
	if err != nil {
		return err
	}
	return p.rest()
}

// rest ends the faults, waits until nothing is under way, and checks.
func (p *program) rest() error {
	lines := []string{"server start", "repair"}
	for _, pair := range p.held {
		lines = append(lines, "release "+strings.Join(pair, " "))
	}
	for _, name := range slices.Sorted(maps.Keys(p.silent)) {
		lines = append(lines, "restart "+name)
	}
	if err := p.do(append(lines, "await")...); err != nil {
		return err
	}
	p.lines = append(p.lines, "wait "+modelRest.String())
	if err := p.world.pass(modelRest); err != nil {
		return err
	}
	for _, name := range modelProtocols {
		p.lines = append(p.lines, "views as "+name)
	}
	if err := p.world.checkNow(); err != nil {
		return err
	}
	if err := p.world.checkAtRest(); err != nil {
		return err
	}
	for _, s := range p.world.living() {
		snapshot, _ := s.snapshot()
		p.count(snapshot)
	}
	return p.lab.Close()
}

// named tells of an error with the names of peers for their ids.
func (p *program) named(err error) string {
	var names []string
	for _, s := range p.world.starts {
		for _, name := range p.peers {
			if p.lab.ID(name) == s.id {
				names = append(names, s.id.String(), name, s.id.Short(), name)
			}
		}
	}
	return strings.NewReplacer(names...).Replace(err.Error())
}

func (p *program) script() string { return strings.Join(p.lines, "\n") }

// do does lines, and checks after each what holds at every moment.
func (p *program) do(lines ...string) error {
	for _, line := range lines {
		p.lines = append(p.lines, line)
		s, err := p.parser.Line(len(p.lines), line)
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		p.foresee(s)
		if _, err := p.lab.Do(context.Background(), *s); err != nil {
			return err
		}
		if err := p.world.checkNow(); err != nil {
			return err
		}
	}
	return nil
}

// foresee notes what a line is about to change.
func (p *program) foresee(s *lab.Statement) {
	switch s.Verb {
	case "set":
		if s.Name == "deadline" {
			p.world.limit = s.Duration
		} else {
			p.world.linger = min(p.world.linger, s.Duration)
		}
	case "hold":
		p.held = append(p.held, s.Peers)
		p.world.cut = true
	case "silence":
		p.silent[s.Peers[0]] = true
		p.world.cut = true
	case "partition", "server":
		p.world.cut = true
	case "crash", "restart", "leave":
		p.ends(s)
	}
}

// ends looks at a peer that is about to end, for the last time.
func (p *program) ends(s *lab.Statement) {
	id := p.lab.ID(s.Peers[0])
	switch s.Verb {
	case "leave":
		p.world.left[id] = true
	case "restart":
		delete(p.silent, s.Peers[0])
		p.world.crashed[id] = true
	default:
		p.world.crashed[id] = true
	}
	for _, peer := range p.world.living() {
		if peer.id != id {
			continue
		}
		snapshot, _ := peer.snapshot()
		p.count(snapshot)
		held := snapshot.Held
		if s.Verb != "leave" && held["jobs"]+held["served"]+held["relays"]+held["invitations"] > 0 {
			p.happened["crash during a job"] = true
		}
		if s.Verb == "restart" && len(snapshot.Connections) > 0 {
			p.happened["restart"] = true
		}
	}
}

// modelCounts are the sums of peers that tell that something happened.
var modelCounts = map[string]string{
	"glares": "glare", "arcs_refused": "refusal", "revived": "revival", "proposals_cancelled": "cancelled close proposal",
}

// count notes what happened to a peer so far.
func (p *program) count(snapshot actors.Snapshot) {
	for sum, kind := range modelCounts {
		if snapshot.Counters[sum] > 0 {
			p.happened[kind] = true
		}
	}
}
