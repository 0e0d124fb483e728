package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
)

var _ = Describe("A feed", func() {
	var p *program
	three := State{Peers: []Peer{own(1, 2), own(2, 3), own(3, 1)}, Serving: true}
	BeforeEach(func() {
		p = &program{}
		p.set(three)
	})

	It("says what it is, then shows the picture, then what changes", func() {
		s := serve(p)
		w := s.open()
		Eventually(w.names).WithTimeout(patience).Should(Equal([]string{"p1", "p2", "p3"}))
		var kinds []string
		for _, f := range w.all("")[:4] {
			kinds = append(kinds, f.Type)
		}
		Expect(kinds).To(Equal([]string{"hello", "program", "server", "samples"}))
		hello := w.gets("hello", nil)
		Expect(hello.Program).To(Equal("demo"))
		Expect(hello.Room).To(Equal("demo"))
		Expect(hello.You).To(Equal(1))
		Expect(hello.Signal).To(Equal("/signal"))
		Expect(hello.Controls).To(Equal([]string{"add", "crash", "leave", "server", "say"}))
		Expect(hello.Limits).To(Equal(limits{2000, 500, 200}))
		Expect(hello.Tab.Loopback).To(BeTrue(), "the page is on this machine")
		Expect(hello.Tab.Protocols).To(HaveLen(1))
		Expect(w.gets("program", nil).State).To(Equal("building"))
		s.SetProgram(Ready, "")
		w.gets("program", func(f frame) bool { return f.State == "ready" })

		p.set(State{Peers: []Peer{own(1, 3), own(3, 1)}, Gone: map[messages.PeerID]How{id(2): Crashed}})
		Eventually(w.names).WithTimeout(patience).Should(Equal([]string{"p1", "p3"}))
		change := w.gets("change", nil)
		Expect(change.Went).To(Equal([]went{{2, Crashed}}))
		Expect(change.Came).To(BeEmpty())
		w.gets("server", func(f frame) bool { return !f.Running })
		w.mu.Lock()
		defer w.mu.Unlock()
		Expect(w.shown.arcs).To(Equal(map[arcKey]int{{1, 3, 0}: 1, {3, 1, 0}: 1}))
	})

	It("makes a sample a second, and gives a page that opens the past", func() {
		s := serve(p)
		first := s.open()
		first.gets("sample", nil)
		past := s.open().gets("samples", nil).Samples
		Expect(past).NotTo(BeEmpty())
		Expect(past[len(past)-1]).To(And(HaveField("Peers", 3), HaveField("Arcs", 3), HaveField("Connections", 3)))
	})

	It("shows a whole picture when a protocol is new, and a peer under another name by the same number", func() {
		w := serve(p).open()
		number := w.numbered("p1")
		renamed := own(1, 2)
		renamed.Name = "other"
		renamed.Views["cyclon"] = View{Out: []Arc{{id(3), 2}}}
		p.set(State{Peers: []Peer{renamed, own(2, 3), own(3, 1)}})
		Eventually(func() int { return w.numbered("other") }).WithTimeout(patience).Should(Equal(number))
		Expect(w.all("picture")).To(HaveLen(2))
		Expect(w.all("picture")[1].Protocols).To(Equal([]string{"cyclon", "spray"}))
	})

	It("tells what a selected peer knows, at once and then each second", func() {
		w := serve(p).open()
		Expect(w.asks(`"type":"select","n":%d`, w.numbered("p1")).Error).To(BeEmpty())
		d := w.gets("details", nil)
		Expect([]any{d.Name, d.Kind, d.ID, d.Known}).To(Equal([]any{"p1", Go, id(1).String(), true}))
		Expect(d.Views).To(Equal(map[string]viewDetails{"spray": {Out: [][2]int{{2, 1}}, In: [][2]int{}}}))
		Eventually(func() int { return len(w.all("details")) }).WithTimeout(patience).Should(BeNumerically(">", 1))

		p.set(State{Peers: []Peer{own(2), own(3)}})
		w.gets("details", func(f frame) bool { return f.N == 1 && !f.Known })
		Expect(w.asks(`"type":"select","n":99`).Code).To(Equal("unknown_peer"))
		Expect(w.asks(`"type":"select","n":0`).Error).To(BeEmpty())
		seen := len(w.all("details"))
		samples := len(w.all("sample"))
		Eventually(func() int { return len(w.all("sample")) }).WithTimeout(patience).Should(BeNumerically(">=", samples+2))
		Expect(w.all("details")).To(HaveLen(seen))
	})

	It("tells of the chat as the program's peers hear it, also to a page that opens later", func() {
		s := serve(p)
		w := s.open()
		number := w.numbered("p2")
		hello := messages.Delivered{Origin: id(2), Epoch: 1, Seq: 4, Payload: []byte("hello")}
		s.Heard("demo", id(2), hello)
		said := w.gets("said", nil)
		Expect([]any{said.Text, said.N, said.ID}).To(Equal([]any{"hello", number, id(2).String() + "/0000000000000001/4"}))
		s.Heard("demo", id(1), hello)
		s.Heard("another", id(3), hello)
		w.gets("heard", func(f frame) bool { return f.By == 2 && f.Of == 3 })
		later := s.open()
		Expect(later.gets("said", nil).ID).To(Equal(said.ID))
		later.gets("heard", func(f frame) bool { return f.ID == said.ID && f.By == 2 })
		Expect(w.all("said")).To(HaveLen(1))
	})

	Describe("of which a page asks", func() {
		It("has the program do it, and answers", func() {
			w := serve(p).open()
			one := w.numbered("p1")
			for _, ask := range []string{
				`"type":"add","count":2`, `"type":"server","run":false`, `"type":"server","run":true`,
				fmt.Sprintf(`"type":"say","n":%d,"text":" hello "`, one),
				fmt.Sprintf(`"type":"leave","n":%d`, one), fmt.Sprintf(`"type":"crash","n":%d`, one),
			} {
				a := w.asks("%s", ask)
				Expect([]string{a.Error, a.Code}).To(Equal([]string{"", ""}))
			}
			Expect(p.called()).To(Equal([]string{"add 2", "serve false", "serve true", "say 1 hello", "leave 1", "crash 1"}))
		})

		It("answers with the error that comes of it", func() {
			p.fails = fmt.Errorf("no room: %w", messages.ErrFull)
			w := serve(p).open()
			a := w.asks(`"type":"add","count":1`)
			Expect([]string{a.Error, a.Code}).To(Equal([]string{p.fails.Error(), "full"}))
			p.mu.Lock()
			p.fails = errors.New("it broke")
			p.mu.Unlock()
			Expect(w.asks(`"type":"add","count":1`).Code).To(Equal("failed"))
		})

		DescribeTable("refuses what cannot be, and asks the program nothing", func(code, ask string) {
			w := serve(p).open()
			Expect(w.numbered("p1")).To(Equal(1))
			Expect(w.asks("%s", ask).Code).To(Equal(code))
			Expect(p.called()).To(BeEmpty())
		},
			Entry("nobody to add", "invalid", `"type":"add","count":0`),
			Entry("too many to add", "invalid", `"type":"add","count":201`),
			Entry("a peer that is not there", "unknown_peer", `"type":"crash","n":77`),
			Entry("no peer", "unknown_peer", `"type":"leave"`),
			Entry("no text", "invalid", `"type":"say","n":1,"text":"  "`),
			Entry("too much text", "invalid", `"type":"say","n":1,"text":"`+strings.Repeat("ö", 501)+`"`),
			Entry("to do what is not known", "invalid", `"type":"dance"`),
			Entry("a report of nobody", "invalid", `"type":"report","peer":{}`),
			Entry("a report that is none", "invalid", `"type":"report","peer":[1]`),
			Entry("a report of a peer of the program", "refused", `"type":"report","peer":{"id":"`+id(1).String()+`"}`),
		)

		It("does no commands where there are no controls", func() {
			w := serve(p, func(c *Config) { c.Controls = nil }).open()
			Expect(w.gets("hello", nil).Controls).To(BeEmpty())
			Expect(w.asks(`"type":"crash","n":%d`, w.numbered("p1")).Code).To(Equal("refused"))
		})

		It("keeps eight commands waiting, and refuses more", func() {
			p.block = make(chan struct{})
			w := serve(p).open()
			w.gets("hello", nil)
			w.sends(`{"type":"add","count":1}`)
			Eventually(p.called).WithTimeout(patience).Should(HaveLen(1))
			for range maxRequests {
				w.sends(`{"type":"add","count":1}`)
			}
			refused := w.asks(`"type":"add","count":1`)
			close(p.block)
			Expect(refused.Code).To(Equal("rate"))
			Eventually(p.called).WithTimeout(patience).Should(HaveLen(1 + maxRequests))
		})
	})

	Describe("of a tab that is a peer", func() {
		report := func(n int, name string, to ...int) string {
			var out []string
			for _, to := range to {
				out = append(out, fmt.Sprintf(`[%q,1]`, id(to)))
			}
			return fmt.Sprintf(`"type":"report","peer":{"id":%q,"name":%q,"views":{"spray":{"out":[%s]}}}`, id(n), name, strings.Join(out, ","))
		}

		It("shows the tab to all pages, with its arcs to others that are there", func() {
			s := serve(p)
			w, tab, second := s.open(), s.open(), s.open()
			Expect(second.asks("%s", report(8, "second")).Error).To(BeEmpty())
			Expect(tab.asks("%s", report(9, "tab", 8, 1, 7)).Error).To(BeEmpty())
			Eventually(w.names).WithTimeout(patience).Should(ConsistOf("p1", "p2", "p3", "tab", "second"))
			w.mu.Lock()
			numbers := map[string]int{}
			for n, node := range w.shown.peers {
				numbers[node.Name] = n
			}
			Expect(w.shown.peers[numbers["tab"]].Kind).To(Equal(Tab))
			Expect(w.shown.arcs).To(HaveKeyWithValue(arcKey{numbers["tab"], numbers["second"], 0}, 1))
			Expect(w.shown.arcs).NotTo(HaveKey(arcKey{numbers["tab"], numbers["p1"], 0}), "p1 knows nothing of it")
			w.mu.Unlock()
			Expect(w.asks(`"type":"select","n":%d`, numbers["tab"]).Error).To(BeEmpty())
			w.gets("details", func(f frame) bool { return f.Name == "tab" && f.Known })
			Expect(w.asks(`"type":"crash","n":%d`, numbers["tab"]).Code).To(Equal("unknown_peer"), "the program does not run it")

			By("taking the report back")
			Expect(tab.asks(`"type":"report","peer":null`).Error).To(BeEmpty())
			Eventually(w.names).WithTimeout(patience).ShouldNot(ContainElement("tab"))
			w.gets("change", func(f frame) bool { return len(f.Went) == 1 && f.Went[0] == went{numbers["tab"], Left} })
		})

		It("is kept a while when its page closes", func() {
			s := serve(p)
			w, tab := s.open(), s.open()
			Expect(tab.asks("%s", report(9, "tab")).Error).To(BeEmpty())
			Eventually(w.names).WithTimeout(patience).Should(ContainElement("tab"))
			Expect(tab.conn.Close(websocket.StatusNormalClosure, "")).To(Succeed())
			Eventually(func() uint64 {
				r := s.rooms["demo"]
				r.mu.Lock()
				defer r.mu.Unlock()
				return r.reports.all[0].page
			}).WithTimeout(patience).Should(BeZero())
			Expect(w.names()).To(ContainElement("tab"))
		})

		It("takes two reports a second, after some at once", func() {
			w := serve(p).open()
			for range reportBurst {
				Expect(w.asks("%s", report(9, "tab")).Error).To(BeEmpty())
			}
			Expect(w.asks("%s", report(9, "tab")).Code).To(Equal("rate"))
		})
	})

	Describe("is closed with the reason, and no other,", func() {
		closes := func(bad func(*watcher), status websocket.StatusCode, reason string) {
			GinkgoHelper()
			s := serve(p)
			good, w := s.open(), s.open()
			w.gets("hello", nil)
			bad(w)
			Expect(w.ends()).To(Equal(websocket.CloseError{Code: status, Reason: reason}))
			Expect(good.asks(`"type":"select","n":0`).Error).To(BeEmpty())
		}
		It("for garbage", func() {
			closes(func(w *watcher) { w.sends(`{"type":`) }, websocket.StatusPolicyViolation, "a frame is no request as JSON")
		})
		It("for JSON that is no request", func() {
			closes(func(w *watcher) { w.sends(`[1,2]`) }, websocket.StatusPolicyViolation, "a frame is no request as JSON")
		})
		It("for a field of another type", func() {
			closes(func(w *watcher) { w.sends(`{"type":"select","n":"one"}`) }, websocket.StatusPolicyViolation, "a frame is no request as JSON")
		})
		It("for a frame that is no text", func() {
			closes(func(w *watcher) {
				Expect(w.conn.Write(context.Background(), websocket.MessageBinary, []byte(`{"type":"select"}`))).To(Succeed())
			}, websocket.StatusUnsupportedData, "a frame is no text")
		})
		It("for a frame that is too large", func() {
			closes(func(w *watcher) { w.sends(`{"type":"` + strings.Repeat("x", maxFrame) + `"}`) },
				websocket.StatusMessageTooBig, "a frame has more than 65536 bytes")
		})
		It("for frames that come too fast", func() {
			closes(func(w *watcher) {
				for range frameBurst + 20 {
					if w.conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"select"}`)) != nil {
						return // closed already
					}
				}
			}, websocket.StatusPolicyViolation, "the page sends more than 10 frames a second")
		})
		It("when the program ends", func() {
			s := serve(p)
			w := s.open()
			w.gets("hello", nil)
			s.Close()
			Expect(w.ends()).To(Equal(websocket.CloseError{Code: websocket.StatusGoingAway, Reason: "the program ends"}))
			_, answer, err := s.dial("", nil)
			Expect(err).To(HaveOccurred())
			Expect(answer.StatusCode).To(Equal(http.StatusServiceUnavailable))
		})
	})

	It("takes a largest frame", func() {
		w := serve(p).open()
		text := fmt.Sprintf(`{"type":"select","request":-1,"text":"%s"}`, strings.Repeat("x", maxFrame-43))
		Expect(len(text)).To(BeNumerically("<", maxFrame))
		w.sends(text[:len(text)-2] + strings.Repeat("x", maxFrame-len(text)) + `"}`)
		w.gets("answer", func(f frame) bool { return f.Request == -1 })
	})

	It("lets 64 pages watch, and tells the next that there are so many", func() {
		s := serve(p)
		var all []*watcher
		for range maxPages {
			all = append(all, s.open())
		}
		for _, w := range all {
			w.gets("hello", nil)
		}
		Expect(s.open().ends()).To(Equal(websocket.CloseError{
			Code: websocket.StatusTryAgainLater, Reason: "64 pages watch already; close one, or try again later",
		}))
		Expect(all[0].conn.Close(websocket.StatusNormalClosure, "")).To(Succeed())
		Eventually(func() int {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.pages)
		}).WithTimeout(patience).Should(Equal(maxPages - 1))
		s.open().gets("hello", nil)
	})

	DescribeTable("is for pages of its own host, and those that are named", func(origin string, allowed bool, origins ...string) {
		s := serve(p, func(c *Config) { c.Origins = origins })
		origin = strings.ReplaceAll(origin, "SELF", strings.TrimPrefix(s.url, "http://"))
		conn, answer, err := s.dial("", http.Header{"Origin": {origin}})
		if !allowed {
			Expect(err).To(HaveOccurred())
			Expect(answer.StatusCode).To(Equal(http.StatusForbidden))
			return
		}
		Expect(err).NotTo(HaveOccurred())
		Expect(conn.Close(websocket.StatusNormalClosure, "")).To(Succeed())
	},
		Entry("its own", "http://SELF", true),
		Entry("another", "https://evil.example", false),
		Entry("another on this machine", "http://localhost:1", false),
		Entry("one that is named", "https://good.example", true, "good.example"),
		Entry("one that is not", "https://evil.example", false, "good.example"),
		Entry("any", "https://evil.example", true, "*"),
	)

	Describe("of a room", func() {
		It("is refused where there is one only", func() {
			Expect(serve(p).open("?room=other").ends()).To(Equal(websocket.CloseError{
				Code: websocket.StatusPolicyViolation, Reason: `only the room "demo" can be watched here`,
			}))
		})

		It("that others do not watch begins and ends with its pages", func() {
			s := serve(p, func(c *Config) { c.Rooms = true })
			w := s.open("?room=other")
			Expect(w.gets("hello", nil).Room).To(Equal("other"))
			Eventually(w.names).WithTimeout(patience).Should(HaveLen(3))
			Expect(w.conn.Close(websocket.StatusNormalClosure, "")).To(Succeed())
			Eventually(func() int {
				s.mu.Lock()
				defer s.mu.Unlock()
				return len(s.rooms)
			}).WithTimeout(patience).Should(Equal(1))
		})

		It("of no name is refused", func() {
			s := serve(p, func(c *Config) { c.Rooms = true })
			Expect(s.open("?room=" + strings.Repeat("r", 65)).ends().Reason).To(ContainSubstring("1 to 64"))
		})
	})
})
