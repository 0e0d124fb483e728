package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/site"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
)

// overlay counts the arcs of a peer by its lines, for each direction and neighbour.
func overlay(all []line) map[string]int {
	arcs := map[string]int{}
	for _, l := range all {
		switch l.Type {
		case "arc_opened":
			arcs[l.Peer]++
		case "arc_closed":
			arcs[l.Peer]--
		}
	}
	return arcs
}

// opened lists the peers to or from which an arc was opened.
func opened(all []line) map[string]bool {
	met := map[string]bool{}
	for _, l := range all {
		if l.Type == "arc_opened" {
			met[l.Peer] = true
		}
	}
	return met
}

var _ = Describe("n2n peer and n2n signal, as processes of their own", func() {
	It("build an overlay that outlives the server, broadcast in it, leave in order, and notice who crashes", func() {
		const peers = 8
		server := start("signal", "--listen", "127.0.0.1:0")
		url := serverURL(server.Out)

		By("entering one after another")
		var all []*program
		ids := make([]string, peers)
		for i := range peers {
			p := start("peer", "--signal", url, "--room", "r", "--loopback", "--period", "2s", "--json")
			all = append(all, p)
			Eventually(p.Out).WithTimeout(patience).Should(gbytes.Say("\n"))
			first := lines(p.Out)[0]
			Expect(first.Type).To(Equal("joined"))
			Expect(first.Room).To(Equal("r"))
			ids[i] = first.Peer
			if i == 0 {
				Expect(first.Contact).To(BeNil(), "nobody is here yet")
				continue
			}
			Expect(first.Contact).To(HaveValue(BeElementOf(ids[:i])))
			Eventually(func() map[string]bool { return opened(lines(p.Out)) }).WithTimeout(patience).ShouldNot(BeEmpty())
		}

		By("going on without the server")
		server.Kill().Wait(patience)
		met := make([]map[string]bool, peers)
		for i, p := range all {
			met[i] = opened(lines(p.Out))
		}
		Eventually(func() (strangers int) {
			for i, p := range all {
				for peer := range opened(lines(p.Out)) {
					if !met[i][peer] {
						strangers++
					}
				}
			}
			return strangers
		}).WithTimeout(patience).Should(BeNumerically(">=", 2), "two that had no arc between them have one now")
		for _, p := range all {
			before := count(lines(p.Out), func(l line) bool { return l.Type == "arc_opened" })
			Eventually(func() int {
				return count(lines(p.Out), func(l line) bool { return l.Type == "arc_opened" })
			}).WithTimeout(patience).Should(BeNumerically(">", before), "arcs go on moving")
		}
		Expect(lines(all[0].Out)).To(ContainElement(HaveField("Type", "introduced")))

		By("broadcasting lines of standard input")
		_, err := io.WriteString(all[3].in, "to all of you <&>\nand again\n")
		Expect(err).NotTo(HaveOccurred())
		for _, p := range all {
			for _, payload := range []string{"to all of you <&>", "and again"} {
				Eventually(func() []line { return lines(p.Out) }).WithTimeout(patience).Should(
					ContainElement(line{Type: "received", Protocol: "broadcast", Peer: ids[3], Payload: payload}))
			}
		}

		By("losing one without a word")
		crashed := all[peers-1]
		crashed.Kill().Wait(patience)
		rest := all[:peers-1]
		Eventually(func() (noticed int) {
			for _, p := range rest {
				noticed += count(lines(p.Out), func(l line) bool {
					return l.Type == "peer_down" && l.Peer == ids[peers-1] && l.Cause == "crashed" && l.Out+l.In > 0
				})
			}
			return noticed
		}).WithTimeout(patience).Should(BeNumerically(">", 0))
		for _, p := range rest {
			Eventually(func() int { return overlay(lines(p.Out))[ids[peers-1]] }).WithTimeout(patience).Should(BeZero(), "no arc to the crashed peer is left")
		}

		By("leaving in order")
		rest[0].terminate()
		Eventually(func() (noticed int) {
			for _, p := range rest[1:] {
				noticed += count(lines(p.Out), func(l line) bool { return l.Type == "peer_down" && l.Peer == ids[0] && l.Cause == "left" })
			}
			return noticed
		}).WithTimeout(patience).Should(BeNumerically(">", 0))
		for _, p := range rest[1:] {
			p.terminate()
		}
	})
})

var _ = Describe("n2n peer", func() {
	var server *call
	var url string
	BeforeEach(func() {
		server = begin("signal", "--listen", "127.0.0.1:0")
		url = serverURL(server.out)
	})
	peer := func(more ...string) *call {
		GinkgoHelper()
		c := begin(append([]string{"peer", "--signal", url, "--room", "lobby", "--loopback"}, more...)...)
		Eventually(c.out).WithTimeout(patience).Should(gbytes.Say("\n"))
		return c
	}

	It("enters through any of several servers, and is found through what is left of them", func() {
		other := begin("signal", "--listen", "127.0.0.1:0")
		both := []string{"--json", "--period", "1h", "--signal", serverURL(other.out)} // beside url
		var all []*call
		var ids []string
		enter := func() *call {
			GinkgoHelper()
			p := peer(both...)
			if len(all) > 0 {
				Expect(lines(p.out)[0].Contact).To(HaveValue(BeElementOf(ids)))
				Eventually(func() map[string]bool { return opened(lines(p.out)) }).WithTimeout(patience).ShouldNot(BeEmpty())
			}
			all, ids = append(all, p), append(ids, lines(p.out)[0].Peer)
			return p
		}
		for range 3 {
			enter()
		}
		server.stop()
		server.ends(console.ExitOK)
		last := enter()
		_, err := io.WriteString(last.in, "hello\n")
		Expect(err).NotTo(HaveOccurred())
		for _, p := range all[:3] {
			Eventually(func() []line { return lines(p.out) }).WithTimeout(patience).Should(ContainElement(HaveField("Payload", "hello")))
		}
		for _, p := range all {
			p.stop()
			p.ends(console.ExitOK)
		}
	})

	It("says of each of several servers why it cannot enter", func() {
		server.stop()
		server.ends(console.ExitOK)
		c := begin("peer", "--signal", url, "--signal", strings.Replace(url, "ws://", "http://", 1)+"/other", "--room", "lobby")
		c.ends(console.ExitFailed)
		Expect(strings.Count(string(c.err.Contents()), "no server listens at")).To(Equal(2))
	})

	It("is the same peer with the same key", func() {
		key := filepath.Join(GinkgoT().TempDir(), "peer.pem")
		first := peer("--json", "--key", key)
		first.stop()
		first.ends(console.ExitOK)
		second := peer("--json", "--key", key)
		second.stop()
		second.ends(console.ExitOK)
		Expect(lines(second.out)[0]).To(Equal(lines(first.out)[0]))
	})

	It("speaks to people in lines of words", func() {
		a := peer()
		b := peer()
		Eventually(a.out).WithTimeout(patience).Should(gbytes.Say(`arc_opened spray [a-z2-7]{6} (in|out)\n`))
		_, err := io.WriteString(b.in, "hello\r\n")
		Expect(err).NotTo(HaveOccurred())
		Eventually(a.out).WithTimeout(patience).Should(gbytes.Say(`received broadcast [a-z2-7]{6} "hello"\n`))
		Expect(string(a.out.Contents())).To(MatchRegexp(`^joined lobby as [a-z2-7]{32}, the first here\n`))
		Expect(string(b.out.Contents())).To(MatchRegexp(`^joined lobby as [a-z2-7]{32}, contact [a-z2-7]{6}\n`))
		b.stop()
		b.ends(console.ExitOK)
		Eventually(a.out).WithTimeout(patience).Should(gbytes.Say(`peer_down spray [a-z2-7]{6} (out \d )?(in \d )?left\n`))
	})

	It("does not broadcast a line that is too long, and takes the next", func() {
		c := peer("--json")
		long := strings.Repeat("x", 2*broadcast.DefaultConfig().MaxPayload+7)
		_, err := io.WriteString(c.in, long+"\n"+"short\n")
		Expect(err).NotTo(HaveOccurred())
		Eventually(func() []line { return lines(c.out) }).WithTimeout(patience).Should(ContainElement(HaveField("Payload", "short")))
		Expect(string(c.err.Contents())).To(ContainSubstring("longer than 65536 bytes"))
		Expect(lines(c.out)).To(HaveLen(2))
	})

	It("goes on when its standard input ends, a last line without an end included", func() {
		c := peer("--json")
		_, err := io.WriteString(c.in, "last")
		Expect(err).NotTo(HaveOccurred())
		Expect(c.in.Close()).To(Succeed())
		Eventually(func() []line { return lines(c.out) }).WithTimeout(patience).Should(ContainElement(HaveField("Payload", "last")))
		Expect(c.exit).NotTo(Receive())
		c.stop()
		c.ends(console.ExitOK)
	})

	It("ends when it is asked to while the server does not answer", func() {
		silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(silent.Close)
		c := begin("peer", "--signal", "ws://"+silent.Addr().String(), "--room", "lobby")
		connection, err := silent.Accept()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(connection.Close)
		c.stop()
		c.ends(console.ExitOK)
		Expect(c.out.Contents()).To(BeEmpty())
	})
})

var _ = Describe("n2n signal", func() {
	It("says where it listens and how it is, and ends in order", func() {
		p := start("signal", "--listen", "127.0.0.1:0")
		url := serverURL(p.Out)
		response, err := http.Get(strings.Replace(url, "ws://", "http://", 1) + "/healthz")
		Expect(err).NotTo(HaveOccurred())
		defer response.Body.Close()
		Expect(response.StatusCode).To(Equal(http.StatusOK))
		p.terminate()
		Expect(strings.Count(string(p.Out.Contents()), "\n")).To(Equal(1))
	})

	It("on all interfaces names one that this machine can dial", func() {
		for address, want := range map[string]string{"0.0.0.0": "localhost:5555", "::": "localhost:5555", "::1": "[::1]:5555", "192.0.2.1": "192.0.2.1:5555"} {
			Expect(site.Reachable(&net.TCPAddr{IP: net.ParseIP(address), Port: 5555})).To(Equal(want))
		}
	})

	It("ends in order on Ctrl-C", func() {
		p := start("signal", "--listen", "127.0.0.1:0")
		serverURL(p.Out)
		p.Interrupt()
		Eventually(p.Session).WithTimeout(patience).Should(gexec.Exit(console.ExitOK))
	})
})

var _ = Describe("an event", func() {
	one, two := messages.PeerID{1}, messages.PeerID{2}
	failure := fmt.Errorf("open: %w", messages.ErrTimeout)
	quoted := func(format string, args ...any) string {
		return strings.ReplaceAll(fmt.Sprintf(format, args...), "'", `"`)
	}

	DescribeTable("is printed", func(emitted any, json, words string) {
		for asJSON, want := range map[bool]string{true: json, false: words} {
			out := gbytes.NewBuffer()
			p := newPrinter(out, asJSON)
			p.take("spray", emitted)
			ended := make(chan struct{})
			close(ended)
			p.print(joined{Type: "joined", Peer: one, Room: "r"}, ended)
			_, text, _ := strings.Cut(string(out.Contents()), "\n")
			Expect(text).To(Equal(want + "\n"))
		}
	},
		Entry("arc opened", messages.ArcOpened{Ticket: 4, Peer: one, Dir: messages.Out, Via: two},
			quoted("{'type':'arc_opened','protocol':'spray','peer':'%s','dir':'out','via':'%s'}", one, two),
			fmt.Sprintf("arc_opened spray %s out via %s", one.Short(), two.Short())),
		Entry("arc closed", messages.ArcClosed{Peer: one, Dir: messages.In, Cause: messages.CauseDropped},
			quoted("{'type':'arc_closed','protocol':'spray','peer':'%s','dir':'in','cause':'dropped'}", one),
			fmt.Sprintf("arc_closed spray %s in dropped", one.Short())),
		Entry("peer down", messages.PeerDown{Peer: one, Out: 2, In: 1, Cause: messages.CauseCrashed},
			quoted("{'type':'peer_down','protocol':'spray','peer':'%s','out':2,'in':1,'cause':'crashed'}", one),
			fmt.Sprintf("peer_down spray %s out 2 in 1 crashed", one.Short())),
		Entry("introduced", messages.Introduced{From: one, To: two},
			quoted("{'type':'introduced','protocol':'spray','peer':'%s'}", one),
			fmt.Sprintf("introduced spray %s", one.Short())),
		Entry("failed", messages.Failed{Op: messages.OpOpen, Peer: one, Err: failure},
			quoted("{'type':'failed','protocol':'spray','peer':'%s','op':'open','error':'timeout'}", one),
			fmt.Sprintf("failed spray %s open %v", one.Short(), messages.ErrTimeout)),
		Entry("received", broadcast.Delivered{Origin: one, Payload: []byte(`say "<hi>"`), Hops: 3},
			fmt.Sprintf(`{"type":"received","protocol":"spray","peer":"%s","payload":"say \"<hi>\""}`, one),
			fmt.Sprintf(`received spray %s "say \"<hi>\""`, one.Short())),
		Entry("not broadcast", broadcast.Refused{Err: errors.Join(messages.ErrTooBig)},
			quoted("{'type':'failed','protocol':'spray','op':'publish','error':'too_big'}"),
			fmt.Sprintf("failed spray publish %v", messages.ErrTooBig)),
	)

	It("that nobody can take is dropped, and that is told", func() {
		p := newPrinter(gbytes.NewBuffer(), true)
		for range keptEvents + 1 {
			p.take("spray", messages.Introduced{From: one})
		}
		Expect(p.lost).To(Receive())
	})

	It("of the protocol's own is none", func() {
		p := newPrinter(gbytes.NewBuffer(), true)
		p.take("spray", messages.Sample{})
		Expect(p.events).To(BeEmpty())
	})
})
