package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/sim/report"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

func TestReport(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "report")
}

// metrics makes metrics of names and values.
func metrics(pairs ...any) scenario.Metrics {
	var all scenario.Metrics
	for i := 0; i < len(pairs); i += 2 {
		value, ok := pairs[i+1].(float64)
		if !ok {
			value = float64(pairs[i+1].(int))
		}
		all = append(all, scenario.Metric{Name: pairs[i].(string), Value: value})
	}
	return all
}

// result returns a result of two peers and one that is gone.
func result() scenario.Result {
	a, b, gone := messages.PeerID{1}, messages.PeerID{2}, messages.PeerID{3}
	views := make([]protocols.Arcs, 2)
	views[0].Set(protocols.Arc{Peer: b, Count: 2})
	views[0].Set(protocols.Arc{Peer: gone, Count: 1})
	views[1].Set(protocols.Arc{Peer: a, Count: 1})
	return scenario.Result{
		Scenario: "crash", Seed: 7, Peers: 3, Cycles: 2, World: "sim", VirtualSeconds: 60, WallSeconds: 0.5,
		ActorMessages: 1_000_000, PeakRSS: 80, TraceHash: "abc",
		Metrics: metrics("alive", 2, "view_mean", 2, "view_stddev", 1, "path_mean", 1, "path_sample", 100, "handshakes", 3, "bytes_sent", 2_500_000, "delivered_fraction", 1, "redundancy", 0.5, "delivery_hops_max", 2),
		Series: []scenario.Row{
			{Cycle: 0, VirtualSeconds: 0, Metrics: metrics("alive", 3, "view_mean", 1.5, "view_stddev", 0.5, "handshakes", 2)},
			{Cycle: 1, VirtualSeconds: 30, Metrics: metrics("alive", 3, "view_mean", 1.25, "view_stddev", 0.25, "path_mean", 1, "handshakes", 3, "delivered_fraction", 0.5)},
			{Cycle: 2, VirtualSeconds: 60, Metrics: metrics("alive", 2, "view_mean", 2, "view_stddev", 1, "path_mean", 1, "handshakes", 3)},
		},
		Overlay: scenario.Overlay{Protocol: "spray", Peers: []messages.PeerID{a, b}, Out: views},
	}
}

var _ = Describe("a report", func() {
	It("is saved as files that other programs read", func() {
		dir := filepath.Join(GinkgoT().TempDir(), "deep", "out")
		Expect(report.Save(dir, result())).To(Succeed())
		read := func(name string) []byte {
			text, err := os.ReadFile(filepath.Join(dir, name))
			Expect(err).NotTo(HaveOccurred())
			return text
		}
		var r scenario.Result
		Expect(json.Unmarshal(read(report.ResultFile), &r)).To(Succeed())
		Expect(r.Series).To(HaveLen(3))

		lines, err := csv.NewReader(bytes.NewReader(read(report.SeriesFile))).ReadAll()
		Expect(err).NotTo(HaveOccurred())
		Expect(lines).To(Equal([][]string{
			{"cycle", "virtual_seconds", "alive", "view_mean", "view_stddev", "path_mean", "handshakes", "delivered_fraction"},
			{"0", "0", "3", "1.5", "0.5", "", "2", ""},
			{"1", "30", "3", "1.25", "0.25", "1", "3", "0.5"},
			{"2", "60", "2", "2", "1", "1", "3", ""},
		}))

		var graph struct {
			Nodes []struct {
				ID    string `xml:"id,attr"`
				Alive bool   `xml:"data"`
			} `xml:"graph>node"`
			Edges []struct {
				Source string `xml:"source,attr"`
				Target string `xml:"target,attr"`
				Arcs   int    `xml:"data"`
			} `xml:"graph>edge"`
		}
		Expect(xml.Unmarshal(read(report.GraphMLFile), &graph)).To(Succeed())
		Expect(graph.Nodes).To(HaveLen(3))
		Expect([]bool{graph.Nodes[0].Alive, graph.Nodes[1].Alive, graph.Nodes[2].Alive}).To(Equal([]bool{true, true, false}))
		Expect(graph.Edges).To(HaveLen(3))
		Expect(graph.Edges[0].Arcs).To(Equal(2))
		Expect(graph.Edges[0].Source).To(Equal(messages.PeerID{1}.String()))

		Expect(string(read(report.DegreesFile))).To(Equal("direction,degree,peers\nout,1,1\nout,3,1\nin,1,1\nin,2,1\n"))

		dot := string(read(report.DOTFile))
		Expect(dot).To(And(HavePrefix(`digraph "spray" {`), HaveSuffix("}\n")))
		Expect(strings.Count(dot, " -> ")).To(Equal(3))

		_, err = png.Decode(bytes.NewReader(read(report.PNGFile)))
		Expect(err).NotTo(HaveOccurred())
		Expect(string(read(report.SVGFile))).To(ContainSubstring("<svg"))
	})

	It("of a run that was cut short before anything was measured can be saved, too", func() {
		dir := GinkgoT().TempDir()
		Expect(report.Save(dir, scenario.Result{CutShort: true})).To(Succeed())
		text, err := os.ReadFile(filepath.Join(dir, report.ResultFile))
		Expect(err).NotTo(HaveOccurred())
		Expect(string(text)).To(HaveSuffix(`"metrics":{},"series":[],"cut_short":true}` + "\n"))
	})

	It("has no result beside other files that are not there yet", func() {
		dir := GinkgoT().TempDir()
		Expect(report.Save(dir, result())).To(Succeed())
		Expect(os.Remove(filepath.Join(dir, report.SVGFile))).To(Succeed())
		Expect(os.MkdirAll(filepath.Join(dir, report.SVGFile, "in the way"), 0o777)).To(Succeed())
		Expect(report.Save(dir, result())).NotTo(Succeed())
		Expect(filepath.Join(dir, report.ResultFile)).NotTo(BeAnExistingFile())
	})

	It("says where it cannot be saved", func() {
		file := filepath.Join(GinkgoT().TempDir(), "file")
		Expect(os.WriteFile(file, nil, 0o600)).To(Succeed())
		Expect(report.Save(file, result())).To(MatchError(ContainSubstring(file)))
	})

	It("is a table for people, without columns that nobody measured", func() {
		text := &strings.Builder{}
		Expect(report.Table(text, result())).To(Succeed())
		Expect(text.String()).To(Equal(
			`  cycle  alive         view  path  delivered
      0      3  1.50 ± 0.50                 
      1      3  1.25 ± 0.25  1.00     50.0 %
      2      2  2.00 ± 1.00  1.00           

crash of 3 peers, seed 7, in sim: 60 s of their time in 0.5 s.
3 handshakes, 2.5 MB sent.
Broadcasts reached 100.00 % of those due, after 2 hops at most; each came 0.5 times again.
Paths are those from 100 peers that were drawn.
1000000 actor messages, 2.00 million a second; at most 80 MB of memory.
trace abc
`))
	})

	It("shows some rows of a long series, the first and the last among them", func() {
		r := result()
		r.Series = nil
		for cycle := range 101 {
			r.Series = append(r.Series, scenario.Row{Cycle: cycle, Metrics: metrics("alive", 1)})
		}
		text := &strings.Builder{}
		Expect(report.Table(text, r)).To(Succeed())
		Expect(strings.Count(text.String(), "\n")).To(BeNumerically("<", 25))
		Expect(text.String()).To(And(MatchRegexp(`(?m)^ +0 +1$`), MatchRegexp(`(?m)^ +100 +1$`)))
	})
})
