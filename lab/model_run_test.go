package lab_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/messages"
)

// modelRest is how long it takes at most until nothing is under way: to notice a
// lost connection, to try again, to linger and to close.
const modelRest = 60 * time.Second

// program is one run of random lines.
type program struct {
	*writer
	world    *observed
	lab      *lab.Lab
	parser   lab.Parser
	head     []string // what it starts with
	body     []string // the steps
	lines    []string // all that was done
	results  []lab.Result
	silent   map[string]bool
	held     [][]string
	happened map[string]bool
}

// modelPeers are the names of a program's peers, as many as it has.
var modelPeers = strings.Fields("a b c d e f g h")

// drawProgram draws what a program starts with.
func drawProgram(t *rapid.T) *program {
	peers := modelPeers[:rapid.SampledFrom([]int{2, 3, 3, 3, 4, 4, 5, 6, 7, 8}).Draw(t, "peers")]
	w := &writer{T: t, peers: peers, steps: rapid.SampledFrom(modelMoods).Draw(t, "mood")}
	// The views name the protocols, so that every peer starts with them.
	return newProgram(w, []string{
		"views as chat", "views as files",
		"set linger " + w.word("SPAN"), "set deadline " + w.word("LIMIT"), "peers " + strings.Join(peers, " "),
	})
}

func newProgram(w *writer, head []string) *program {
	simulated, err := lab.Sim(slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err) // the network of a lab makes sense
	}
	world := &observed{
		World: simulated, sent: map[string]*text{}, newest: map[text]string{}, linger: time.Hour, limit: 10 * time.Second,
		crashed: map[messages.PeerID]bool{}, left: map[messages.PeerID]bool{},
	}
	return &program{
		writer: w, head: head, world: world, lab: lab.New(world), silent: map[string]bool{}, happened: map[string]bool{},
	}
}

// run draws the steps of the program, runs it to its end, and says which rule it
// broke.
func (p *program) run() error {
	return p.play(func() error {
		// Repeat lets rapid leave out single steps of a program that fails.
		var err error
		p.Repeat(map[string]func(*rapid.T){"step": func(*rapid.T) {
			if err == nil {
				step := p.step()
				p.body = append(p.body, step...)
				err = p.do(step...)
			}
		}})
		return err
	})
}

// play runs the program, of which steps does the body.
func (p *program) play(steps func() error) error {
	err := p.do(p.head...)
	if err == nil {
		err = steps()
	}
	if err == nil {
		err = p.rest()
	}
	if closed := p.lab.Close(); err == nil {
		err = closed
	}
	if err == nil && p.world.broken != "" {
		err = errors.New(p.world.broken)
	}
	return err
}

// shorten leaves lines out of the body of a program that breaks a rule, as long
// as it breaks one, and returns what is left as a script.
func (p *program) shorten() string {
	script := ""
	breaks := func(body []string) bool {
		again := newProgram(&writer{peers: p.peers}, p.head)
		err := again.play(func() error { return again.do(body...) })
		if err != nil {
			script = again.script(again.named(err))
		}
		return err != nil
	}
	body := p.body
	if !breaks(body) {
		return "only together with what is not in the script: " + p.script("")
	}
	for size := (len(body) + 1) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(body); {
			if shorter := slices.Delete(slices.Clone(body), at, at+size); breaks(shorter) {
				body = shorter
			} else {
				at += size
			}
		}
	}
	breaks(body)
	return script
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
	if err := p.do("views as chat", "views as files", "views"); err != nil {
		return err
	}
	for _, s := range p.world.living() {
		snapshot, _ := s.snapshot()
		p.count(snapshot)
	}
	return p.world.checkAtRest()
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

// script is the program for n2n lab, with what is known of it in a comment.
func (p *program) script(comment string) string {
	comment = "# " + strings.ReplaceAll(comment, "\n", "\n# ")
	return comment + "\n" + strings.Join(p.lines, "\n") + "\nviews\n"
}

// do does lines, and checks after each what holds at every moment.
func (p *program) do(lines ...string) error {
	for _, line := range lines {
		p.lines = append(p.lines, line)
		s, err := p.parser.Line(len(p.lines), line)
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		p.foresee(s)
		results, err := p.lab.Do(context.Background(), *s)
		p.results = append(p.results, results...)
		if err != nil {
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
			p.world.hasty = p.world.hasty || s.Duration < ampleTime
		} else {
			p.world.linger = min(p.world.linger, s.Duration)
		}
	case "hold":
		p.held = append(p.held, s.Peers)
		p.world.cut = true
	case "silence":
		p.silent[s.Peers[0]] = true
		p.world.cut = true
	case "remove":
		p.world.removed = true
	case "partition":
		p.world.cut = true
	case "server":
		p.world.cut = p.world.cut || !s.Up
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
