package main

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/internal/console"
)

var _ = Describe("n2n sim", func() {
	It("has the commands of the bench", func() {
		c := begin("sim", "list")
		c.ends(console.ExitOK)
		Expect(string(c.out.Contents())).To(MatchRegexp(`(?m)^steady +1000 +30 of 30s +spray `))
	})

	It("says which of its commands was called wrongly", func() {
		c := begin("sim", "run", "steady", "--world", "vnet")
		c.ends(console.ExitUsage)
		Expect(string(c.err.Contents())).To(Equal("n2n: sim run: --world is \"vnet\", must be sim or wrtc\nSee 'n2n sim run --help'.\n"))
	})
})
