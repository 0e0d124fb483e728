package demo

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/messages"
)

// Summary is the report of a demo for programs.
type Summary struct {
	Peers             int     `json:"peers"`
	Connections       int     `json:"connections"`        // once a pair, when it opened
	Authenticated     int     `json:"authenticated"`      // once a pair, when both sides had verified the other
	Arcs              int     `json:"arcs"`               // of Spray, in all outviews
	Introductions     int     `json:"introductions"`      // that ended well
	RendezvousSignals int     `json:"rendezvous_signals"` // passed on by the server
	NeighborSignals   int     `json:"neighbour_signals"`  // passed on by peers
	Delivered         int     `json:"delivered"`          // peers that got the broadcast, its publisher included
	Setup             setup   `json:"setup_ms"`
	WallSeconds       float64 `json:"wall_seconds"`
}

// setup is the time that connections took, in milliseconds: from the wish of the
// peer that offered until it had verified the other.
type setup struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// report is the report of a demo for people.
type report struct {
	Summary
	connections []connectionLine
	peers       []peerLine
}

type connectionLine struct {
	from, to, through string
	setup             time.Duration
	authenticated     bool
}

type peerLine struct {
	name     string
	id       messages.PeerID
	out, in  int
	delivery *delivery // nil: it did not get the broadcast
}

// report makes the report from the record, which must be closed.
func (r *room) report(ctx context.Context, begun time.Time) (report, error) {
	all, err := r.snapshots(ctx)
	if err != nil {
		return report{}, err
	}
	result := report{Summary: Summary{
		Peers:             r.peers,
		Connections:       len(r.record.meetings),
		RendezvousSignals: int(r.entrance.stats().Signals),
		Delivered:         len(r.record.delivered),
	}}
	names := map[messages.PeerID]string{{}: "the server"}
	for i, m := range r.all() {
		view := all[i].Views[node.Spray]
		names[m.ID()] = m.name
		line := peerLine{name: m.name, id: m.ID(), out: view.Out.Len(), in: view.In.Len()}
		if d, ok := r.record.delivered[m.ID()]; ok {
			line.delivery = &d
		}
		result.peers = append(result.peers, line)
		result.Arcs += view.Out.Len()
		result.Introductions += int(all[i].Counters["introductions"])
		result.NeighborSignals += int(all[i].Counters["neighbour_signals"])
	}
	var setups []time.Duration
	for _, m := range r.record.inOrder() {
		if m.authenticated() {
			result.Authenticated++
			setups = append(setups, m.setup)
		}
		result.connections = append(result.connections, connectionLine{
			names[m.from], names[m.to], names[m.via], m.setup, m.authenticated(),
		})
	}
	slices.Sort(setups)
	result.Setup = setup{milliseconds(percentile(setups, 50)), milliseconds(percentile(setups, 99))}
	result.WallSeconds = rounded(time.Since(begun).Seconds())
	return result, nil
}

// percentile returns the nearest rank of sorted values, or 0 when there are none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}

func milliseconds(d time.Duration) float64 { return rounded(d.Seconds() * 1000) }

// rounded rounds to three decimals.
func rounded(x float64) float64 { return math.Round(x*1000) / 1000 }

// shownConnections bounds the listed connections. A room of eight has no more.
const shownConnections = 28

// print writes the report for people.
func (r report) print(out io.Writer) error {
	text := &strings.Builder{}
	r.tableOfConnections(text)
	r.tableOfPeers(text)
	fmt.Fprintf(text, `%d of %d peers got the broadcast. They have %d arcs over %d connections, %d of them
authenticated by both ends, and set up in %.0f ms (median; 99%%: %.0f ms). The signaling
server passed on %d signals before it was stopped; neighbours passed on %d, and
introduced peers to each other %d times. All this took %.1f s.
`,
		r.Delivered, r.Peers, r.Arcs, r.Connections, r.Authenticated, r.Setup.P50, r.Setup.P99,
		r.RendezvousSignals, r.NeighborSignals, r.Introductions, r.WallSeconds)
	_, err := io.WriteString(out, text.String())
	return err
}

func (r report) tableOfConnections(text *strings.Builder) {
	table := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "connection\tthrough\tset up in")
	for _, c := range r.connections[:min(len(r.connections), shownConnections)] {
		took := fmt.Sprintf("%.0f ms", milliseconds(c.setup))
		if !c.authenticated {
			took = "not authenticated"
		}
		fmt.Fprintf(table, "%s – %s\t%s\t%s\n", c.from, c.to, c.through, took)
	}
	table.Flush()
	if more := len(r.connections) - shownConnections; more > 0 {
		fmt.Fprintf(text, "… and %d more\n", more)
	}
	fmt.Fprintln(text)
}

func (r report) tableOfPeers(text *strings.Builder) {
	table := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "peer\tid\tarcs out\tin\tgot the broadcast")
	for _, p := range r.peers {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%s\n", p.name, p.id.Short(), p.out, p.in, p.delivery)
	}
	table.Flush()
	fmt.Fprintln(text)
}

// String says how a peer got the broadcast, if it did.
func (d *delivery) String() string {
	switch {
	case d == nil:
		return "never"
	case d.hops == 0:
		return "published it"
	case d.hops == 1:
		return fmt.Sprintf("after 1 hop, %.1f ms", milliseconds(d.after))
	default:
		return fmt.Sprintf("after %d hops, %.1f ms", d.hops, milliseconds(d.after))
	}
}
