package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"gonum.org/v1/plot/plotter"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// DegreesCSV writes how many peers of an overlay have which degree: direction (out or in),
// degree, peers. Every occurrence of an arc counts, those to peers that are gone only out.
func DegreesCSV(w io.Writer, o scenario.Overlay) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"direction", "degree", "peers"}); err != nil {
		return err
	}
	outs, ins := degrees(o)
	for _, d := range []struct {
		name  string
		peers []int
	}{{"out", outs}, {"in", ins}} {
		for degree, peers := range d.peers {
			if peers == 0 {
				continue
			}
			if err := out.Write([]string{d.name, strconv.Itoa(degree), strconv.Itoa(peers)}); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// degrees counts the peers of each degree.
func degrees(o scenario.Overlay) (outs, ins []int) {
	in := make(map[messages.PeerID]int, len(o.Peers))
	for _, id := range o.Peers {
		in[id] = 0
	}
	for i := range o.Peers {
		sum := 0
		for a := range o.Out[i].All() {
			sum += a.Count
			if _, alive := in[a.Peer]; alive {
				in[a.Peer] += a.Count
			}
		}
		outs = tally(outs, sum)
	}
	for _, id := range o.Peers {
		ins = tally(ins, in[id])
	}
	return outs, ins
}

// tally counts one more peer of a degree.
func tally(peers []int, degree int) []int {
	if degree >= len(peers) {
		peers = slices.Concat(peers, make([]int, degree+1-len(peers)))
	}
	peers[degree]++
	return peers
}

// degreePoints are the points of a drawing.
func degreePoints(peers []int) plotter.XYs {
	points := make(plotter.XYs, len(peers))
	for degree, n := range peers {
		points[degree] = plotter.XY{X: float64(degree), Y: float64(n)}
	}
	return points
}
