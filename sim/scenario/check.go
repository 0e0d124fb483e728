package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// Views have drifted apart if a pair of them disagrees in the same way each time,
// for longer than any message is under way. All earlier requests must have ended,
// and all faults be noticed, before the views are compared.
const (
	settleTime   = 15 * time.Second
	settleChecks = 3
	settlePause  = 5 * time.Second
)

// drift is a pair of views that disagree: a holds out arcs to b, and b knows of in.
type drift struct {
	a, b     messages.PeerID
	protocol string
	out, in  int
}

// settle lets a simulated world rest without faults, and compares the views: rule
// 2 of arcs, whatever a protocol does.
func (r *runner) settle() error {
	if r.world.Name() != "sim" {
		return nil
	}
	r.phase = "check"
	wait := settleTime + r.s.Network.Detection
	var drifted map[drift]bool
	for range settleChecks {
		if err := r.until(r.world.Elapsed() + wait); err != nil {
			if r.ctx.Err() != nil {
				return nil // all was measured before
			}
			return err
		}
		wait = settlePause
		p, err := r.glance()
		if err != nil {
			return err
		}
		found := map[drift]bool{}
		for _, d := range p.drifts(r.s) {
			if drifted == nil || drifted[d] {
				found[d] = true
			}
		}
		if drifted = found; len(drifted) == 0 {
			return nil
		}
	}
	var one drift
	for d := range drifted { // the first in the order of the peers
		if one.protocol == "" || d.a.Less(one.a) || d.a == one.a && d.b.Less(one.b) {
			one = d
		}
	}
	return fmt.Errorf("%d pairs of views have drifted apart: %s holds %d arcs of %s to %s, which knows of %d",
		len(drifted), one.a, one.out, one.protocol, one.b, one.in)
}

// drifts compares the outviews with the inviews.
func (p *picture) drifts(s *Scenario) []drift {
	var all []drift
	for _, protocol := range s.protocolsOf() {
		name := protocol.Name
		if p.tables != nil {
			for _, d := range p.tables.Drifts(name) {
				all = append(all, drift{d.From, d.To, name, d.Out, d.In})
			}
			continue
		}
		for _, mine := range p.snapshots {
			for a := range mine.Views[name].Out.All() {
				in := 0
				if i, alive := p.index[a.Peer]; alive {
					in = p.snapshots[i].Views[name].In.Count(mine.ID)
				}
				if in != a.Count {
					all = append(all, drift{mine.ID, a.Peer, name, a.Count, in})
				}
			}
			for a := range mine.Views[name].In.All() {
				out := 0
				if i, alive := p.index[a.Peer]; alive {
					out = p.snapshots[i].Views[name].Out.Count(mine.ID)
				}
				if out == 0 {
					all = append(all, drift{a.Peer, mine.ID, name, 0, a.Count})
				}
			}
		}
	}
	return all
}

// Command is the command that runs the scenario again.
func (s *Scenario) Command(world string) string {
	program := s.Program
	if program == "" {
		program = "n2n sim"
	}
	words := []string{
		program + " run", quoted(s.Source), "--peers " + strconv.Itoa(s.Peers), "--cycles " + strconv.Itoa(s.Cycles),
		"--seed " + strconv.FormatUint(s.Seed, 10),
	}
	if world != "sim" {
		words = append(words, "--world "+world)
	} else {
		words = append(words, "--detail "+s.Detail)
	}
	if s.Workers > 1 {
		words = append(words, "--workers "+strconv.Itoa(s.Workers))
	}
	for _, set := range s.Sets {
		words = append(words, "--set "+quoted(set))
	}
	return strings.Join(words, " ")
}

// quoted quotes a word for a shell, if it needs that.
func quoted(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(c rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+%@", c)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
