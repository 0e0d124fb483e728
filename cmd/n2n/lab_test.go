package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/n2n-overlay/n2n/internal/console"
)

var _ = Describe("the lab", func() {
	script := func(text string) string {
		GinkgoHelper()
		path := filepath.Join(GinkgoT().TempDir(), "script.txt")
		Expect(os.WriteFile(path, []byte(text), 0o600)).To(Succeed())
		return path
	}
	const good = "peers a b\nconnect a b\nconnect a a # fails\nviews\n"
	const results = `{"line":1,"verb":"peers","ok":true}
{"line":2,"verb":"connect","ok":true}
{"line":3,"verb":"connect","ok":false,"error":"self"}
{"line":4,"verb":"views","ok":true,"peers":{"a":{"out":{"b":1},"in":{},"locks":{},"pending":[],"connections":["b"],"lingering":[]},"b":{"out":{},"in":{"a":1},"locks":{},"pending":[],"connections":["a"],"lingering":[]}}}
`

	DescribeTable("runs a script, in which a verb may fail", func(args ...string) {
		c := begin(append(append([]string{"lab"}, args...), script(good))...)
		c.ends(console.ExitOK)
		Expect(string(c.out.Contents())).To(Equal(results))
		Expect(c.err.Contents()).To(BeEmpty())
	},
		Entry("in the simulated world", "--json"),
		Entry("which can be named", "--world", "sim", "--json"),
		Entry("in the simulated world without actors", "--detail", "arcs", "--json"),
		Entry("over WebRTC", "--world", "wrtc", "--json"),
	)

	It("is the same for people", func() {
		c := begin("lab", script(good))
		c.ends(console.ExitOK)
		Expect(string(c.out.Contents())).To(Equal(`peers a b: ok
connect a b: ok
connect a a: failed: a peer does not connect to itself (self)
views:
  a: out b:1, connections b
  b: in a:1, connections a
`))
	})

	It("reads a script from standard input", func() {
		var out, err bytes.Buffer
		Expect(run(context.Background(), []string{"lab", "--json"}, strings.NewReader(good), &out, &err)).To(Equal(console.ExitOK))
		Expect(out.String()).To(Equal(results))
		Expect(run(context.Background(), []string{"lab", "-"}, strings.NewReader("peers\n"), &out, &err)).To(Equal(console.ExitUsage))
		Expect(err.String()).To(ContainSubstring("n2n: stdin:1: expected: peers NAME…"))
	})

	It("runs nothing of a script with a mistake", func() {
		path := script("peers a b\nconnect a z\ndance\n")
		c := begin("lab", path)
		c.ends(console.ExitUsage)
		Expect(c.out.Contents()).To(BeEmpty())
		Expect(string(c.err.Contents())).To(HavePrefix("n2n: " + path + `:2: there is no peer "z", only a b; expected: connect A B [xN]` + "\n" + path + `:3: "dance" is no verb`))
		c = begin("lab", "--json", path)
		c.ends(console.ExitUsage)
		Expect(string(c.out.Contents())).To(Equal(`{"line":2,"verb":"connect","ok":false,"error":"bad_script"}
{"line":3,"verb":"dance","ok":false,"error":"bad_script"}
`))
	})

	DescribeTable("refuses a call that cannot be meant so", func(said string, args ...string) {
		c := begin(append([]string{"lab"}, args...)...)
		c.ends(console.ExitUsage)
		Expect(string(c.err.Contents())).To(ContainSubstring(said))
		Expect(c.out.Contents()).To(BeEmpty())
	},
		Entry("a world that is none", `--world is "moon", must be sim or wrtc`, "--world", "moon"),
		Entry("a level that is none", `--detail is "atoms", must be actors or arcs`, "--detail", "atoms"),
		Entry("peers over WebRTC without actors", "--detail arcs is a level of the simulated world", "--world", "wrtc", "--detail", "arcs"),
		Entry("a script that is not there", "no such file", "nowhere.txt"),
		Entry("two scripts", "at most 1 arg", "one", "two"),
	)

	DescribeTable("ends in order when it is interrupted", func(world string) {
		c := begin("lab", "--world", world, script("peers a b\nconnect a b\nwait 1000000h\n"))
		Eventually(c.out).WithTimeout(patience).Should(gbytes.Say("connect a b: ok"))
		c.stop()
		c.ends(console.ExitInterrupted)
	},
		Entry("in the simulated world", "sim"),
		Entry("over WebRTC", "wrtc"),
	)

	It("ends when it is interrupted while it waits for a script", func() {
		c := begin("lab")
		c.stop()
		c.ends(console.ExitInterrupted)
	})

	It("explains its language", func() {
		c := begin("lab", "--help")
		c.ends(console.ExitOK)
		Expect(string(c.out.Contents())).To(ContainSubstring("introduce B A C [VIEW VIEW]"))
	})
})
