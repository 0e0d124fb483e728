package lab_test

import (
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

var programs = flag.Int("programs", 400, "how many random programs to run against the rules of arcs")

// modelMany is how many programs are enough to say how often something happens.
const modelMany = 10000

// modelKinds are what has to happen in more than one of two hundred programs.
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
	setFlag(t, "rapid.shrinktime", "5s") // the rest is left to shorten
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
				var found *program
				defer func() {
					if found != nil {
						t.Errorf("a rule is broken, as this script for n2n lab shows:\n\n%s", found.shorten())
					}
				}()
				rapid.Check(t, func(rt *rapid.T) {
					if failed.Load() && found == nil {
						return // another has found something
					}
					p := drawProgram(rt)
					if err := p.run(); err != nil {
						failed.Store(true)
						found = p
						rt.Fatalf("%s", p.named(err))
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
		if ran >= modelMany && tally[kind]*200 <= ran && !t.Failed() {
			t.Errorf("only %d of %d programs had a %s, too few to say anything about it", tally[kind], ran, kind)
		}
	}
}

// TestModelScripts: what happens to a program happens to its script as well.
func TestModelScripts(t *testing.T) {
	setFlag(t, "rapid.checks", "30")
	setFlag(t, "rapid.nofailfile", "true")
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProgram(rt)
		if err := p.run(); err != nil {
			rt.Fatalf("%s", p.script(p.named(err)))
		}
		var got strings.Builder
		for _, result := range p.results {
			fmt.Fprintln(&got, result)
		}
		script := p.script("")
		want := strings.ReplaceAll(finished(t, simulated(t), script, false), "wait "+modelRest.String()+": ok\n", "")
		if want, _ = strings.CutSuffix(want, want[strings.LastIndex(want, "views:"):]); got.String() != want {
			rt.Fatalf("the program gave\n%s\nits script\n%s", got.String(), want)
		}
	})
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
