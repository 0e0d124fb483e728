package scenario

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/n2n-overlay/n2n/catalog"
)

//go:embed scenarios/*.yaml
var shipped embed.FS

// Options say which scenario to load and what to change in it.
type Options struct {
	// Scenario is the name of a scenario that ships, or a path to a .yaml file.
	Scenario string
	// Peers and Cycles replace the scenario's unless they are 0. Cycles stretches
	// its phases.
	Peers, Cycles int
	// Seed replaces the scenario's unless it is nil.
	Seed *uint64
	// Detail and Workers replace the scenario's unless they are empty and 0.
	Detail  string
	Workers int
	// Sets are further values, KEY=VALUE.
	Sets []string
	// Program is how a user calls the program whose command run runs scenarios. Empty: n2n sim.
	Program string
	// Kinds are the protocols that it can name. Nil: those that ship.
	Kinds []catalog.Kind
}

// Load reads and checks a scenario. An error in it is a Mistake.
func Load(o Options) (*Scenario, error) {
	name, text, err := read(o.Scenario)
	if err != nil {
		return nil, err
	}
	return Decode(name, text, o)
}

// Decode reads a scenario from the text of a file.
func Decode(name string, text []byte, o Options) (*Scenario, error) {
	root, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	sets, err := readSets(o.Sets)
	if err != nil {
		return nil, err
	}
	kinds := o.Kinds
	if kinds == nil {
		kinds = catalog.Shipped()
	}
	sum := sha256.Sum256(text)
	s := &Scenario{Source: o.Scenario, Program: o.Program, Sets: o.Sets, Seed: 1, hash: hex.EncodeToString(sum[:])}
	if err := (&decoder{s: s, kinds: kinds, sets: sets}).scenario(root); err != nil {
		return nil, err
	}
	if o.Seed != nil {
		s.Seed = *o.Seed
	}
	switch {
	case o.Peers < 0 || o.Peers > maxPeers:
		return nil, mistake("--peers", "expected 1 to %d peers, not %d", maxPeers, o.Peers)
	case o.Peers > 0:
		s.Peers = o.Peers
	}
	if o.Cycles < 0 || o.Cycles > maxCycles || o.Cycles > 0 && !s.stretch(o.Cycles) {
		return nil, mistake("--cycles", "expected %d to %d cycles, not %d: every phase needs one", s.longPhases(), maxCycles, o.Cycles)
	}
	if o.Detail != "" {
		s.Detail = o.Detail
	}
	s.Workers = o.Workers
	if err := s.detail(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Scenario) longPhases() int {
	n := 0
	for _, p := range s.Phases {
		if p.takesCycles() {
			n++
		}
	}
	return n
}

// read finds a scenario by its name, or by its path if the name looks like one.
func read(source string) (name string, text []byte, err error) {
	if strings.HasSuffix(source, ".yaml") || strings.HasSuffix(source, ".yml") || strings.ContainsAny(source, `/\`) {
		text, err := os.ReadFile(source)
		var at *fs.PathError
		if errors.As(err, &at) {
			return "", nil, mistake(source, "the file cannot be read: %v", at.Err)
		}
		return source, text, err
	}
	file := source + ".yaml"
	text, err = shipped.ReadFile(path.Join("scenarios", file))
	if err != nil {
		return "", nil, mistake(fmt.Sprintf("%q", source), "no such scenario ships, %s, or the path of a .yaml file", oneOf(names()))
	}
	return file, text, nil
}

// Text returns the text of a scenario that ships, or of a file.
func Text(source string) ([]byte, error) {
	_, text, err := read(source)
	return text, err
}

// order is that of List: from the simplest on.
var order = []string{"steady", "flash-crowd", "churn", "crash", "partition"}

func names() []string { return append([]string(nil), order...) }

// List returns the scenarios that ship.
func List() ([]*Scenario, error) {
	var all []*Scenario
	for _, name := range order {
		s, err := Load(Options{Scenario: name})
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
