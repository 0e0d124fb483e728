package main

import (
	"net"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/internal/console"
)

var _ = Describe("a call", func() {
	DescribeTable("that cannot be meant so is answered with what is wrong",
		func(code int, said string, args ...string) {
			c := begin(args...)
			c.ends(code)
			Expect(string(c.err.Contents())).To(HavePrefix("n2n: "))
			Expect(string(c.err.Contents())).To(ContainSubstring(said))
			Expect(c.out.Contents()).To(BeEmpty())
			if code == console.ExitUsage {
				Expect(string(c.err.Contents())).To(ContainSubstring("--help"))
			}
		},
		Entry("no such command", console.ExitUsage, `unknown command "dance"`, "dance"),
		Entry("no such flag", console.ExitUsage, "--dance", "demo", "--dance"),
		Entry("an argument too many", console.ExitUsage, `"dance"`, "demo", "dance"),
		Entry("no number", console.ExitUsage, "--peers", "demo", "--peers", "many"),
		Entry("too few peers", console.ExitUsage, "--peers is 1, must be 2 to 200", "demo", "--peers", "1"),
		Entry("too many peers", console.ExitUsage, "--peers is 201, must be 2 to 200", "demo", "--peers", "201"),
		Entry("a page and JSON", console.ExitUsage, "--json is for a demo that ends", "demo", "--json", "--web", ":0"),
		Entry("a page nowhere", console.ExitUsage, `--web is "8080", want host:port`, "demo", "--web", "8080"),
		Entry("a page at an empty address", console.ExitUsage, `--web is "", want host:port`, "demo", "--web", ""),
		Entry("a page at no port", console.ExitUsage, `--web has the port "65536"`, "demo", "--web", ":65536"),
		Entry("a room without a page", console.ExitUsage, "--room is what the live page shows", "signal", "--room", "r"),
		Entry("a page of no room", console.ExitUsage, "the name of the room is empty", "signal", "--web", "--room", ""),
		Entry("a limit that is none", console.ExitUsage, "MaxMembers is -2", "signal", "--max-members", "-2"),
		Entry("an address that is none", console.ExitFailed, "host:port", "signal", "--listen", "127.0.0.1:port"),
		Entry("no server", console.ExitUsage, "--signal is missing", "peer", "--room", "r"),
		Entry("a server twice", console.ExitUsage, "names a server twice", "peer", "--signal", "ws://a.example", "--signal", "ws://b.example", "--signal", "ws://a.example", "--room", "r"),
		Entry("one URL that is none of two", console.ExitFailed, `"nonsense" is no URL`, "peer", "--signal", "ws://127.0.0.1:1", "--signal", "nonsense", "--room", "r"),
		Entry("no room", console.ExitUsage, "--room is missing", "peer", "--signal", "ws://127.0.0.1:1"),
		Entry("no time", console.ExitUsage, "--period is 0s", "peer", "--signal", "ws://127.0.0.1:1", "--room", "r", "--period", "0s"),
		Entry("a URL that is none", console.ExitFailed, `"nonsense" is no URL`, "peer", "--signal", "nonsense", "--room", "r"),
		Entry("a URL of something else", console.ExitFailed, "is no URL", "peer", "--signal", "ftp://127.0.0.1", "--room", "r"),
		Entry("an empty room", console.ExitFailed, "the name of the room is empty", "peer", "--signal", "ws://127.0.0.1:1", "--room", ""),
		Entry("a room of 65 bytes", console.ExitFailed, "the name of the room has 65 bytes, must have 1 to 64",
			"peer", "--signal", "ws://127.0.0.1:1", "--room", strings.Repeat("r", 65)),
		Entry("a room that is no text", console.ExitFailed, "UTF-8", "peer", "--signal", "ws://127.0.0.1:1", "--room", "\xff"),
		Entry("no STUN server", console.ExitUsage, "--stun", "peer", "--signal", "ws://127.0.0.1:1", "--room", "r", "--stun", "turn:a.example:1"),
		Entry("a STUN server without a name", console.ExitUsage, "stun:", "peer", "--signal", "ws://127.0.0.1:1", "--room", "r", "--stun", "stun:"),
		Entry("no TURN server", console.ExitUsage, "turn:user:password@host:port",
			"peer", "--signal", "ws://127.0.0.1:1", "--room", "r", "--turn", "turn:a.example:1"),
	)

	It("does not show the password of a TURN server that it cannot read", func() {
		c := begin("peer", "--signal", "ws://127.0.0.1:1", "--room", "r", "--turn", "turns:user:secret@a.example:1")
		c.ends(console.ExitUsage)
		Expect(string(c.err.Contents())).NotTo(ContainSubstring("secret"))
	})

	It("on a port in use says so", func() {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(taken.Close)
		c := begin("signal", "--listen", taken.Addr().String())
		c.ends(console.ExitFailed)
		Expect(string(c.err.Contents())).To(ContainSubstring("the address " + taken.Addr().String() + " is in use"))
		Expect(c.out.Contents()).To(BeEmpty())
	})

	It("to a server that is down says what was dialled, and leaves nothing behind", func() {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		Expect(free.Close()).To(Succeed())
		c := begin("peer", "--signal", "ws://"+free.Addr().String(), "--room", "r", "--json")
		c.ends(console.ExitFailed)
		Expect(string(c.err.Contents())).To(ContainSubstring("no server listens at ws://" + free.Addr().String()))
		Expect(c.out.Contents()).To(BeEmpty())
	})

	DescribeTable("for help is answered with examples", func(args ...string) {
		c := begin(append(args, "--help")...)
		c.ends(console.ExitOK)
		Expect(string(c.out.Contents())).To(ContainSubstring("Examples:\n  " + strings.Join(append([]string{"n2n"}, args...), " ")))
		Expect(c.err.Contents()).To(BeEmpty())
	},
		Entry("in general"),
		Entry("with the demo", "demo"),
		Entry("with the server", "signal"),
		Entry("with a peer", "peer"),
	)
})
