package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/n2n-overlay/n2n/cmd/n2n/internal/demo"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/internal/console"
	webprogram "github.com/n2n-overlay/n2n/web/program"
)

var _ = Describe("n2n demo --web", func() {
	// ready waits until the story is told.
	ready := func(c *call) {
		GinkgoHelper()
		Eventually(c.err).WithTimeout(patience).Should(gbytes.Say("the signaling server runs again"))
	}

	It("shows the overlay while it runs, and does what the page asks for", func() {
		c := begin("demo", "--peers", "3", "--web", "127.0.0.1:0")
		url := livePage(c.out)
		p := openPage(url, "")
		hello := p.gets("hello", nil)
		Expect(hello.Program).To(Equal("demo"))
		Expect(hello.Controls).To(ContainElements("add", "crash", "leave", "server", "say"))
		ready(c)
		Eventually(p.names).WithTimeout(patience).Should(Equal([]string{"p1", "p2", "p3"}))
		p.gets("said", func(f frame) bool { return f.Text == demo.Message })

		By("adding peers")
		Expect(p.asks(`"type":"add","count":2`).Error).To(BeEmpty())
		Eventually(p.names).WithTimeout(patience).Should(Equal([]string{"p1", "p2", "p3", "p4", "p5"}))
		Expect(p.asks(`"type":"add","count":196`).Code).To(Equal("full"))

		By("crashing one")
		Expect(p.asks(`"type":"crash","n":%d`, p.number("p2")).Error).To(BeEmpty())
		Eventually(p.names).WithTimeout(patience).Should(Equal([]string{"p1", "p3", "p4", "p5"}))
		Expect(p.how("p2")).To(Equal("crashed"))

		By("letting one leave")
		Expect(p.asks(`"type":"leave","n":%d`, p.number("p3")).Error).To(BeEmpty())
		Eventually(p.names).WithTimeout(patience).Should(Equal([]string{"p1", "p4", "p5"}))
		Expect(p.how("p3")).To(Equal("left"))

		By("talking")
		Expect(p.asks(`"type":"say","n":%d,"text":"hello page"`, p.number("p4")).Error).To(BeEmpty())
		said := p.gets("said", func(f frame) bool { return f.Text == "hello page" })
		Expect(said.N).To(Equal(p.number("p4")))
		p.gets("heard", func(f frame) bool { return f.ID == said.ID && f.By == 3 && f.Of == 3 })

		By("stopping the signaling server, and starting it again")
		Expect(p.asks(`"type":"server","run":false`).Error).To(BeEmpty())
		p.gets("server", func(f frame) bool { return !f.Running })
		Expect(p.asks(`"type":"add","count":1`).Code).To(Equal("closed"))
		Expect(p.asks(`"type":"server","run":true`).Error).To(BeEmpty())
		Expect(p.asks(`"type":"add","count":1`).Error).To(BeEmpty())
		Eventually(p.names).WithTimeout(patience).Should(HaveLen(4))

		By("telling what a peer knows")
		Expect(p.asks(`"type":"select","n":%d`, p.number("p1")).Error).To(BeEmpty())
		details := p.gets("details", func(f frame) bool { return f.Known })
		Expect(details.Views).To(HaveKey(node.Spray))
		Expect(details.Counters).To(HaveKey("connections_opened"))

		c.stop()
		c.ends(console.ExitOK)
		Eventually(p.done).WithTimeout(patience).Should(BeClosed())
	})

	It("lets peers of other processes enter, and says who they are", func() {
		c := begin("demo", "--peers", "2", "--web", "127.0.0.1:0")
		url := livePage(c.out)
		p := openPage(url, "")
		ready(c)
		signal := "ws" + url[len("http"):]
		peer := start("peer", "--signal", signal+"/signal", "--room", demo.Room, "--loopback", "--period", "1s", "--json")
		Eventually(peer.Out).WithTimeout(patience).Should(gbytes.Say("\n"))
		stranger := lines(peer.Out)[0].Peer
		Eventually(func() int { return p.number(stranger) }).WithTimeout(patience).ShouldNot(BeZero())
		Expect(p.asks(`"type":"crash","n":%d`, p.number(stranger)).Code).To(Equal("unknown_peer"), "it is not of this process")
		Expect(p.asks(`"type":"select","n":%d`, p.number(stranger)).Error).To(BeEmpty())
		Expect(p.gets("details", nil).Known).To(BeFalse())
		peer.terminate()
		Eventually(func() int { return p.number(stranger) }).WithTimeout(patience).Should(BeZero())
		Expect(p.how(stranger[:6])).To(Equal("left"))
	})

	It("serves the page, the signaling server's health, and nothing else", func() {
		c := begin("demo", "--peers", "2", "--web", "127.0.0.1:0")
		url := livePage(c.out)
		ready(c)
		get := func(path string) (int, string) {
			GinkgoHelper()
			answer, err := http.Get(url + path)
			Expect(err).NotTo(HaveOccurred())
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			Expect(err).NotTo(HaveOccurred())
			return answer.StatusCode, string(body)
		}
		DeferCleanup(http.DefaultClient.CloseIdleConnections)
		status, body := get("/")
		Expect(status).To(Equal(http.StatusOK))
		Expect(body).To(ContainSubstring("<!doctype html>"))
		Eventually(func() string {
			_, body := get("/healthz")
			return body
		}).WithTimeout(patience).Should(MatchJSON(`{"status":"ok","members":2,"rooms":1}`))
		status, body = get("/n2n/n2n.wasm.gz")
		Expect([]any{status, body}).To(Equal([]any{http.StatusOK, "wasm"}))
		status, body = get("/n2n/wasm_exec.js")
		Expect([]any{status, body}).To(Equal([]any{http.StatusOK, "glue"}))
		status, body = get("/n2n/index.js")
		Expect(status).To(Equal(http.StatusOK))
		Expect(body).To(ContainSubstring("createPeer"))
		for _, path := range []string{"/etc/passwd", "/n2n/", "/assets/"} {
			status, _ = get(path)
			Expect(status).To(Equal(http.StatusNotFound), path)
		}
		openPage(url, "").gets("program", func(f frame) bool { return f.State == "ready" })
		Eventually(func() string { return string(c.err.Contents()) }).WithTimeout(patience).Should(ContainSubstring("the program for tabs is ready"))
	})

	It("for this machine only is not for pages of other sites whose names lead here", func() {
		c := begin("demo", "--peers", "2", "--web", "127.0.0.1:0")
		url := livePage(c.out)
		DeferCleanup(http.DefaultClient.CloseIdleConnections)
		for host, status := range map[string]int{"": http.StatusOK, "localhost:1": http.StatusOK, "evil.example": http.StatusForbidden} {
			for _, path := range []string{"/", "/live"} {
				r, err := http.NewRequest(http.MethodGet, url+path, nil)
				Expect(err).NotTo(HaveOccurred())
				r.Host = host
				answer, err := http.DefaultClient.Do(r)
				Expect(err).NotTo(HaveOccurred())
				Expect(answer.Body.Close()).To(Succeed())
				if path == "/live" && status == http.StatusOK {
					Expect(answer.StatusCode).To(Equal(http.StatusUpgradeRequired))
				} else {
					Expect(answer.StatusCode).To(Equal(status), host+path)
				}
			}
		}
	})

	It("says why tabs cannot become peers", func() {
		build := buildTab
		DeferCleanup(func() { buildTab = build })
		buildTab = func(context.Context) (webprogram.Program, error) {
			return webprogram.Program{}, errors.New("there is no Go")
		}
		c := begin("demo", "--peers", "2", "--web", "127.0.0.1:0")
		url := livePage(c.out)
		failed := openPage(url, "").gets("program", func(f frame) bool { return f.State == "failed" })
		Expect(failed.Text).To(Equal("there is no Go"))
		Eventually(func() string { return string(c.err.Contents()) }).WithTimeout(patience).Should(ContainSubstring("tabs cannot become peers: there is no Go"))
	})

	It("does not wait for the program when it ends", func() {
		build := buildTab
		DeferCleanup(func() { buildTab = build })
		buildTab = func(ctx context.Context) (webprogram.Program, error) {
			<-ctx.Done()
			return webprogram.Program{}, ctx.Err()
		}
		c := begin("demo", "--peers", "2", "--web", "127.0.0.1:0")
		ready(c)
		openPage(livePage(c.out), "").gets("program", func(f frame) bool { return f.State == "building" })
		c.stop()
		c.ends(console.ExitOK)
		Expect(string(c.err.Contents())).NotTo(MatchRegexp("program|peers:"))
	})

	It("ends in order when it is interrupted in its story", func() {
		c := begin("demo", "--peers", "8", "--web", "127.0.0.1:0")
		livePage(c.out)
		c.stop()
		c.ends(console.ExitInterrupted)
	})

	It("on a port in use says so", func() {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(taken.Close)
		c := begin("demo", "--web", taken.Addr().String())
		c.ends(console.ExitFailed)
		Expect(string(c.err.Contents())).To(ContainSubstring(fmt.Sprintf("the address %s is in use", taken.Addr())))
	})
})
