//go:build !js

package links_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// after gives a Table of b, which runs lab and is linked, some inputs, and returns the
// effects of the last.
func after(inputs ...string) string {
	d := newDriver("b")
	effects := ""
	for _, line := range append([]string{"protocol lab", "linked"}, inputs...) {
		effects = d.take(line)
	}
	return effects
}

var _ = Describe("the decisions of the table of links", func() {
	DescribeTable("about another peer's offer", func(want string, inputs ...string) {
		Expect(after(inputs...)).To(ContainSubstring(want))
	},
		Entry("nobody knows it: answered", "connect c#1, answer", "offer c"),
		Entry("we have offered to a larger: kept", "count glares\n", "open c", "offer c"),
		Entry("we have offered to a smaller: ours gives way", "connect a#2, answer job 7", "open a", "offer a"),
		Entry("we answer an older one: that is over", "connect c#2, answer job 8", "offer c", "offer c job=8"),
		Entry("we answer it already", "duplicate", "offer c", "offer c"),
		Entry("the channel is open", "duplicate", "offer c", "opened c", "offer c job=8"),
		Entry("the connection lives", "duplicate", "neighbor c", "offer c job=8"),
		Entry("the connection lives, with another incarnation", "connect c#2, answer job 8", "neighbor c", "offer c job=8 incarnation=2"),
		Entry("the connection has agreed to close", "connect a#2, answer job 8", "neighbor a", "propose a", "offer a job=8"),
		Entry("we answered it before", "expired", "offer c", "closed c", "offer c"),
		Entry("from afar", "refused", "offer c via=a,d"),
		Entry("from afar, while a request waits for that peer", "connect a#2, answer", "open a", "offer a via=c,d"),
		Entry("for what does not run here", "no_protocol", "offer c for=none"),
		Entry("for what has stopped", "no_protocol", "mute", "offer c"),
		Entry("we leave", "closed", "leave", "offer c"),
		Entry("too many are under way", "full", "offer a", "offer c", "offer d"),
	)

	DescribeTable("about the arcs to a neighbour", func(want string, inputs ...string) {
		Expect(after(append([]string{"neighbor c"}, inputs...)...)).To(ContainSubstring(want))
	},
		Entry("none to close", "no_arc", "close c"),
		Entry("none to lock", "no_arc", "lock c"),
		Entry("none to unlock", "no_arc", "unlock c"),
		Entry("none to drop", "no_arc", "open c", "drop c"),
		Entry("one is closed", "ArcClosed{Ticket 2, Peer c, Dir out, Cause closed}", "open c", "close c"),
		Entry("a locked one is not", "locked)", "open c", "lock c", "close c"),
		Entry("beside a locked one, one is", "ArcClosed", "open c", "open c", "lock c", "close c"),
		Entry("all are locked", "locked)", "open c", "lock c", "lock c"),
		Entry("none is locked", "not_locked", "open c", "unlock c"),
		Entry("one is unlocked", "Unlocked{Ticket 3, Peer c}", "open c", "lock c", "unlock c"),
		Entry("a refusal ends locked ones", "ArcClosed{Peer c, Dir out, Cause refused}", "open c", "lock c", "refusal c"),
		Entry("the other side's drop too", "Cause dropped", "open c", "lock c", "refusal c dropped"),
		Entry("a refusal that crossed an open is of older arcs", "refusals_late", "open c", "open c", "refusal c seq=1"),
		Entry("the other side's are dropped", "Dir in, Cause dropped", "arcs c", "drop c"),
		Entry("one too many", "full", "open c", "open c", "open c", "open c"),
	)

	It("is the same each time", func() {
		script := "peer b\nlinked\n"
		for _, name := range []string{"p1", "p2", "p3", "p4", "p5", "p6"} {
			script += "protocol " + name + "\n"
		}
		script += "neighbor a\nneighbor c\nneighbor e\ncongested a\nopen d via=a\nleaves a\nwait 1s\nclosed d\nleave\n"
		first := transcript(script)
		for range 20 {
			Expect(transcript(script)).To(Equal(first))
		}
	})
})
