package lab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/lab"
	"github.com/n2n-overlay/n2n/sim/worlds"
)

var scripts = flag.Uint64("scripts", 40, "how many random scripts to run in both worlds; five times as many with faults in the simulated one")

// randomLines makes a script of random verbs for two to four peers.
func randomLines(r *rand.Rand, verbs []string) (peers, lines []string) {
	peers = []string{"a", "b", "c", "d"}[:2+r.IntN(3)]
	for range 5 + r.IntN(25) {
		line := verbs[r.IntN(len(verbs))]
		for strings.Contains(line, "PEER") {
			line = strings.Replace(line, "PEER", peers[r.IntN(len(peers))], 1)
		}
		line = strings.Replace(line, "REST", strings.Join(peers[1:], " "), 1)
		line = strings.Replace(line, "AS", []string{"", "as chat"}[r.IntN(2)], 1)
		line = strings.Replace(line, "AND", []string{"", "", "&"}[r.IntN(3)], 1)
		line = strings.Replace(line, "TIME", fmt.Sprint(1<<r.IntN(14)), 1)
		lines = append(lines, line)
	}
	return peers, lines
}

var calm = []string{
	"connect PEER PEER AS AND", "connect PEER PEER AS AND", "connect PEER PEER x2 AS AND", "connect PEER PEER AS AND",
	"introduce PEER PEER PEER AS AND", "introduce PEER PEER PEER AS AND", "introduce PEER PEER PEER in out AS AND",
	"invite PEER PEER AS AND", "disconnect PEER PEER AS AND", "disconnect PEER AS AND", "lock PEER PEER AS AND",
	"unlock PEER PEER AS AND", "drop PEER PEER AS AND", "send PEER PEER hello AS AND", "leave PEER AND", "crash PEER AND",
	"restart PEER AND", "restart PEER AND", "add PEER chat AND", "remove PEER chat AND",
}

var rough = append([]string{
	"silence PEER", "partition a | REST", "repair", "hold a b", "release a b", "hold b a", "wait TIMEms", "wait TIMEms",
	"join PEER room AND", "server stop", "server start", "await", "set linger TIMEms",
}, calm...)

// TestRandomInBothWorlds: what happens one line after the other is the same in
// the simulated world and over WebRTC, to the last event.
func TestRandomInBothWorlds(t *testing.T) {
	for seed := range *scripts {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			peers, lines := randomLines(rand.New(rand.NewPCG(seed, 1)), calm)
			script := "peers " + strings.Join(peers, " ") + "\n" + strings.ReplaceAll(strings.Join(lines, "\n"), "&", "") + "\nviews\nviews as chat\n"
			for _, peer := range peers {
				script += "events " + peer + "\n"
			}
			compare(t, fmt.Sprintf("script %d", seed), finished(t, simulated(t), script, false), finished(t, overWebRTC(t), script, false))
		})
	}
}

// TestRandomFaults: whatever happens to peers and to the network between them,
// every request ends, nothing breaks, and the views agree once all is calm.
func TestRandomFaults(t *testing.T) {
	for seed := range 5 * *scripts {
		peers, lines := randomLines(rand.New(rand.NewPCG(seed, 2)), rough)
		script := "set deadline 2s\nset linger 3s\npeers " + strings.Join(peers, " ") + "\n" + strings.Join(lines, "\n") +
			"\nawait\nset linger 3s\nrepair\nrelease a b\nwait 40s\nviews\nviews as chat\n"
		results := strings.Split(strings.TrimSpace(finished(t, simulated(t), script, true)), "\n")
		mute := map[string]bool{}
		for _, line := range lines {
			if peer, ok := strings.CutPrefix(line, "silence "); ok {
				mute[peer] = true
			}
		}
		for _, line := range results[len(results)-2:] {
			var r struct{ Peers map[string]lab.Views }
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			if drift := drifted(r.Peers, mute); drift != "" {
				t.Fatalf("script %d: %s in %s after:\n%s", seed, drift, line, script)
			}
		}
	}
}

// drifted says where two views do not agree, or what was left over. Silenced
// peers are left out.
func drifted(peers map[string]lab.Views, mute map[string]bool) string {
	for a, view := range peers {
		if mute[a] {
			continue
		}
		for b, n := range view.Out {
			if !mute[b] && peers[b].In[a] != n {
				return fmt.Sprintf("%s holds %d arcs to %s, which has %d", a, n, b, peers[b].In[a])
			}
		}
		for b, n := range view.In {
			if !mute[b] && peers[b].Out[a] != n {
				return fmt.Sprintf("%s has %d arcs from %s, which holds %d", a, n, b, peers[b].Out[a])
			}
		}
		if len(view.Pending)+len(view.Lingering) > 0 {
			return a + " has something left over"
		}
	}
	return ""
}

// finished runs a script to its end.
func finished(t *testing.T, w worlds.World, script string, asJSON bool) string {
	t.Helper()
	statements, err := lab.Parse("script", strings.NewReader(script))
	if err != nil {
		t.Fatal(err)
	}
	l := lab.New(w)
	var out bytes.Buffer
	if err := l.Run(context.Background(), statements, lab.Output{Out: &out, JSON: asJSON}); err != nil {
		t.Fatalf("%v\n%s", err, script)
	}
	if err := l.Close(); err != nil {
		t.Fatalf("the end: %v\n%s", err, script)
	}
	return out.String()
}
