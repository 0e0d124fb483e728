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
	lines    []string
	results  []lab.Result
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
		World: w, sent: map[string]*text{}, newest: map[text]string{}, linger: time.Hour, limit: 10 * time.Second,
		crashed: map[messages.PeerID]bool{}, left: map[messages.PeerID]bool{},
	}
	names := strings.Fields("a b c d e f g h")[:rapid.SampledFrom([]int{2, 3, 3, 3, 4, 4, 5, 6, 7, 8}).Draw(t, "peers")]
	return &program{
		writer: &writer{T: t, peers: names, steps: rapid.SampledFrom(modelMoods).Draw(t, "mood")}, world: world, lab: lab.New(world),
		silent: map[string]bool{}, happened: map[string]bool{},
	}
}

// run runs the program to its end, and says which rule it broke.
func (p *program) run() error {
	err := p.play()
	if closed := p.lab.Close(); err == nil {
		err = closed
	}
	if err == nil && p.world.broken != "" {
		err = errors.New(p.world.broken)
	}
	return err
}

func (p *program) play() error {
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
