//go:build !js

package tman_test

import (
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/protocols/tman"
)

var _ = DescribeTable("A configuration that is refused names the field",
	func(field string, change func(*tman.Config)) {
		c := tman.DefaultConfig()
		change(&c)
		_, err := tman.New(c)
		Expect(err).To(MatchError(ContainSubstring(field)))
		Expect(err).To(MatchError(ContainSubstring("must")))
	},
	Entry("Name is empty", "Name", func(c *tman.Config) { c.Name = "" }),
	Entry("Rank is nil", "Rank", func(c *tman.Config) { c.Rank = nil }),
	Entry("Data is too big", "Data", func(c *tman.Config) { c.Data = make([]byte, 257) }),
	Entry("Data is not for Rank", "Data", func(c *tman.Config) { c.Rank, c.Data = tman.Nearest{}, []byte{1} }),
	Entry("Sampling is itself", "Sampling", func(c *tman.Config) { c.Sampling = c.Name }),
	Entry("View is 0", "View", func(c *tman.Config) { c.View = 0 }),
	Entry("View is too big", "View", func(c *tman.Config) { c.View = 65 }),
	Entry("Sample is 0", "Sample", func(c *tman.Config) { c.Sample = 0 }),
	Entry("Sample is too big", "Sample", func(c *tman.Config) { c.Sample = 65 }),
	Entry("Psi is 0", "Psi", func(c *tman.Config) { c.Psi = 0 }),
	Entry("Tabu is negative", "Tabu", func(c *tman.Config) { c.Tabu = -1 }),
	Entry("Known is less than Sample", "Known", func(c *tman.Config) { c.Known = 19 }),
	Entry("Known is too big", "Known", func(c *tman.Config) { c.Known = math.MaxInt }),
	Entry("Period is 0", "Period", func(c *tman.Config) { c.Period = 0 }),
	Entry("Deadline is negative", "Deadline", func(c *tman.Config) { c.Deadline = -1 }),
	Entry("TTL is below Period", "TTL", func(c *tman.Config) { c.TTL = time.Second }),
	Entry("Forget is 0", "Forget", func(c *tman.Config) { c.Forget = 0 }),
)
