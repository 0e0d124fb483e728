//go:build !js

package protocols_test

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/protocols"
)

var _ = Describe("The messages that a handler keeps", func() {
	var (
		dropped []string
		kept    *protocols.Kept[string]
	)
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	all := func() []string { return slices.Collect(kept.All()) }
	BeforeEach(func() {
		dropped = nil
		kept = protocols.NewKept(3, 10, func(m string) { dropped = append(dropped, m) })
	})

	It("are at most so many, and the oldest go first", func() {
		for i, m := range []string{"a", "b", "c", "d", "e"} {
			kept.Add(m, 1, at(i))
		}
		Expect(all()).To(Equal([]string{"c", "d", "e"}))
		Expect(dropped).To(Equal([]string{"a", "b"}))
	})

	It("have at most so many bytes", func() {
		kept.Add("a", 6, at(0))
		kept.Add("b", 4, at(0))
		Expect(all()).To(Equal([]string{"a", "b"}))
		kept.Add("c", 5, at(0))
		Expect(all()).To(Equal([]string{"b", "c"}))
		kept.Add("too large", 11, at(0))
		Expect(all()).To(BeEmpty())
		Expect(dropped).To(Equal([]string{"a", "b", "c", "too large"}))
		kept.Add("d", 10, at(0))
		Expect(all()).To(Equal([]string{"d"}))
	})

	It("go when they are too old, and those since a time can be told", func() {
		for i, m := range []string{"a", "b", "c"} {
			kept.Add(m, 1, at(2*i))
		}
		Expect(slices.Collect(kept.Since(at(2)))).To(Equal([]string{"b", "c"}))
		Expect(slices.Collect(kept.Since(at(3)))).To(Equal([]string{"c"}))
		Expect(slices.Collect(kept.Since(at(5)))).To(BeEmpty())
		kept.Expire(at(2))
		Expect(dropped).To(Equal([]string{"a"}))
		kept.Expire(at(5))
		Expect(all()).To(BeEmpty())
		Expect(slices.Collect(kept.Since(at(0)))).To(BeEmpty())
	})

	It("can be read in part", func() {
		kept.Add("a", 1, at(0))
		kept.Add("b", 1, at(0))
		for m := range kept.All() {
			Expect(m).To(Equal("a"))
			break
		}
	})
})
