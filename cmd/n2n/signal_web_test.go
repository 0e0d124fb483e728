package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/n2n-overlay/n2n/internal/console"
)

var _ = Describe("n2n signal --web", func() {
	It("shows who is in a room, and of the overlay what tabs tell", func() {
		c := begin("signal", "--web", "--listen", "127.0.0.1:0", "--room", "r")
		url := livePage(c.out)
		signal := serverURL(c.out)
		Expect(signal).To(Equal("ws" + strings.TrimPrefix(url, "http")))
		p, tab, other := openPage(url, ""), openPage(url, "?room=r"), openPage(url, "?room=other")
		hello := p.gets("hello", nil)
		Expect([]any{hello.Program, hello.Room}).To(Equal([]any{"signal", "r"}))
		Expect(hello.Controls).To(BeEmpty())
		p.gets("server", func(f frame) bool { return f.Running })

		var ids []string
		for _, path := range []string{"", "/signal"} { // with and without a path
			peer := start("peer", "--signal", signal+path, "--room", "r", "--loopback", "--json")
			Eventually(peer.Out).WithTimeout(patience).Should(gbytes.Say("\n"))
			ids = append(ids, lines(peer.Out)[0].Peer)
			Eventually(func() int { return p.number(ids[len(ids)-1]) }).WithTimeout(patience).ShouldNot(BeZero())
		}
		me := strings.Repeat("a", 31) + "b"
		Expect(tab.asks(`"type":"report","peer":{"id":%q,"name":"my tab","views":{"spray":{"out":[[%q,2]],"in":[[%q,1]]}}}`, me, ids[0], ids[1]).Error).To(BeEmpty())
		Eventually(func() int { return p.number("my tab") }).WithTimeout(patience).ShouldNot(BeZero())
		mine := p.number("my tab")
		p.mu.Lock()
		Expect(p.peers[mine].Kind).To(Equal("tab"))
		Expect(p.peers).To(HaveLen(3))
		arcs := maps.Clone(p.arcs)
		p.mu.Unlock()
		Expect(arcs).To(Equal(map[[2]int]int{{mine, p.number(ids[0])}: 2, {p.number(ids[1]), mine}: 1}))
		Expect(p.asks(`"type":"crash","n":%d`, p.number(ids[0])).Code).To(Equal("refused"))
		Expect(other.names()).To(BeEmpty(), "another room")

		c.stop()
		c.ends(console.ExitOK)
	})

	It("lets pages of a named origin in, to the page and to the rooms", func(ctx SpecContext) {
		c := begin("signal", "--web", "--listen", "127.0.0.1:0", "--origin", "good.example")
		url := livePage(c.out)
		for _, path := range []string{"/live", "/signal"} {
			for origin, status := range map[string]int{
				"https://good.example": http.StatusSwitchingProtocols, "https://evil.example": http.StatusForbidden,
			} {
				conn, answer, err := websocket.Dial(ctx, url+path, &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {origin}}})
				Expect(answer.StatusCode).To(Equal(status), fmt.Sprint(path, origin))
				if err == nil {
					Expect(conn.CloseNow()).To(Succeed())
				}
			}
		}
	}, NodeTimeout(patience))
})
