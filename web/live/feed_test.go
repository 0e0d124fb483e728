package live

import (
	"errors"

	"github.com/coder/websocket"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
)

func asClose(err error, closed *websocket.CloseError) bool { return errors.As(err, closed) }

var _ = Describe("A feed", func() {
	three := State{Peers: []Peer{own(1, 2), own(2, 3), own(3, 1)}, Serving: true}

	It("says what it is, then shows the picture, then what changes", func() {
		p := &program{}
		p.set(three)
		s := serve(p)
		w := s.open()
		Eventually(w.names).WithTimeout(patience).Should(Equal([]string{"p1", "p2", "p3"}))
		kinds := []string{}
		for _, f := range w.all("")[:5] {
			kinds = append(kinds, f.Type)
		}
		Expect(kinds[:4]).To(Equal([]string{"hello", "program", "server", "samples"}))
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

		next := State{
			Peers: []Peer{own(1, 3), own(3, 1)}, Serving: false,
			Gone: map[messages.PeerID]How{id(2): Crashed},
		}
		p.set(next)
		Eventually(w.names).WithTimeout(patience).Should(Equal([]string{"p1", "p3"}))
		change := w.gets("change", nil)
		Expect(change.Went).To(Equal([]went{{2, Crashed}}))
		Expect(change.Came).To(BeEmpty())
		w.gets("server", func(f frame) bool { return !f.Running })
		w.mu.Lock()
		defer w.mu.Unlock()
		Expect(w.shown.arcs).To(Equal(map[arcKey]int{{1, 3, 0}: 1, {3, 1, 0}: 1}))
	})
})
