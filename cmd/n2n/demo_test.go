package main

import (
	"encoding/json"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/demo"
	"github.com/n2n-overlay/n2n/internal/console"
)

var _ = Describe("n2n demo", func() {
	It("tells programs that twelve peers entered through the server, went on without it, and all got the broadcast", func() {
		c := begin("demo", "--peers", "12", "--json")
		c.ends(console.ExitOK)

		var s demo.Summary
		decoder := json.NewDecoder(strings.NewReader(string(c.out.Contents())))
		decoder.DisallowUnknownFields()
		Expect(decoder.Decode(&s)).To(Succeed())
		Expect(strings.Count(string(c.out.Contents()), "\n")).To(Equal(1), "one object and nothing else")
		Expect(c.err.Contents()).To(BeEmpty())

		Expect(s.Peers).To(Equal(12))
		Expect(s.Delivered).To(Equal(12))
		Expect(s.Connections).To(BeNumerically(">=", 11), "the overlay is connected")
		Expect(s.Connections).To(BeNumerically("<=", 12*11/2), "one a pair")
		Expect(s.Authenticated).To(Equal(s.Connections))
		Expect(s.RendezvousSignals).To(BeNumerically(">=", 2), "the first two peers know nobody else")
		Expect(s.RendezvousSignals).To(BeNumerically("<=", 2*11), "an offer and an answer for each newcomer")
		Expect(s.NeighborSignals).To(BeNumerically(">=", 2*(s.Connections-11)), "an offer and an answer for each other connection")
		Expect(s.Introductions).To(BeNumerically(">", 0))
		Expect(s.Arcs).To(BeNumerically(">=", 11))
		Expect(s.Setup.P50).To(BeNumerically(">", 0))
		Expect(s.Setup.P99).To(BeNumerically(">=", s.Setup.P50))
		Expect(s.WallSeconds).To(BeNumerically(">", 0))
	})

	It("tells people who met through whom, and who got the broadcast", func() {
		c := begin("demo", "--peers", "4")
		c.ends(console.ExitOK)
		text := string(c.out.Contents())
		Expect(text).To(MatchRegexp(`(?m)^(p2 – p1|p1 – p2) +the server +\d+ ms$`))
		Expect(text).To(MatchRegexp(`(?m)^p\d – p\d +p\d +\d+ ms$`))
		Expect(text).To(MatchRegexp(`(?m)^p1 +[a-z2-7]{6} +\d+ +\d+ +published it$`))
		Expect(regexp.MustCompile(`(?m)after \d+ hops?, [0-9.]+ ms$`).FindAllString(text, -1)).To(HaveLen(3))
		Expect(text).To(ContainSubstring("4 of 4 peers got the broadcast."))
		Expect(string(c.err.Contents())).To(And(
			HavePrefix("4 peers entered one after another; the signaling server passed on "),
			ContainSubstring("every peer has exchanged arcs with a neighbour, and the overlay is connected\n"),
			ContainSubstring("4 of 4 peers got a broadcast of p1\n"),
		))
	})

	It("of two peers is one connection", func() {
		c := begin("demo", "--peers", "2", "--json")
		c.ends(console.ExitOK)
		var s demo.Summary
		Expect(json.Unmarshal(c.out.Contents(), &s)).To(Succeed())
		Expect([]int{s.Peers, s.Connections, s.Authenticated, s.RendezvousSignals, s.NeighborSignals, s.Delivered}).
			To(Equal([]int{2, 1, 1, 2, 0, 2}))
	})

	It("ends in order when it is interrupted", func() {
		c := begin("demo", "--peers", "6")
		Eventually(c.err).WithTimeout(patience).Should(gbytes.Say("entered one after another"))
		c.stop()
		c.ends(console.ExitInterrupted)
		Expect(string(c.err.Contents())).To(HaveSuffix("n2n: interrupted\n"))
		Expect(c.out.Contents()).To(BeEmpty())
	})
})
