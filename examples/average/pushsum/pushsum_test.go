package pushsum_test

import (
	"math"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

var _ = Describe("Push-sum, as a transcript", func() {
	It("sends half, adds what comes, and tells at the end of the epoch", func() {
		config := pushsum.DefaultConfig()
		config.Rounds = 4
		short, err := pushsum.New(config, 8)
		Expect(err).NotTo(HaveOccurred())
		epoch := uint64(protocoltest.Epoch.Unix() / 4)
		p := protocoltest.NewPort("a", short, 1)
		p.Deliver(messages.Started{})
		p.SeeArc("spray", "b", messages.Out)
		p.Advance(time.Second)
		p.Receive("b", share(epoch, 3, 0.5))
		p.Advance(time.Second)
		p.Note("the share of somebody whose clock is late")
		p.Receive("b", share(epoch-1, 1, 1))
		p.Deliver(messages.Told{Event: pushsum.Ask{}})
		p.Note("the input counts from the next epoch on, which b begins a little earlier")
		p.Deliver(messages.Told{Event: pushsum.Set{Input: 4}})
		p.Advance(1500 * time.Millisecond)
		p.Receive("b", share(epoch+1, 2, 1))
		p.Deliver(messages.Told{Event: pushsum.Ask{}})
		p.Advance(time.Second)
		protocoltest.Golden(GinkgoT(), "epoch", p.Transcript())
	})

	It("takes back what did not leave, once", func() {
		p := start("b")
		p.Advance(time.Second)
		Expect(holds(p).Weight).To(Equal(0.5))
		failed := messages.Failed{Ticket: p.Sent[0].Ticket, Op: messages.OpSend, Peer: p.Sent[0].To, Err: messages.ErrClosed}
		p.Deliver(failed, failed)
		Expect(holds(p).Weight).To(Equal(1.0))
		Expect(holds(p).Sum).To(Equal(8.0))
	})

	It("does not take back what belongs to the epoch before", func() {
		p := start()
		p.Advance(59 * time.Second)
		p.SeeArc("spray", "b", messages.Out)
		p.Advance(time.Second - time.Millisecond)
		last := p.Sent[len(p.Sent)-1]
		p.Receive("b", share(epoch+1, 8, 1)) // begins the next one
		p.Deliver(messages.Failed{Ticket: last.Ticket, Op: messages.OpSend, Peer: last.To, Err: messages.ErrClosed})
		Expect(holds(p)).To(Equal(pushsum.Estimate{Epoch: epoch + 1, Sum: 16, Weight: 2}))
	})

	It("keeps all while nobody is its neighbour", func() {
		p := start()
		p.Advance(10 * time.Second)
		Expect(p.Sent).To(BeEmpty())
		Expect(holds(p)).To(Equal(pushsum.Estimate{Epoch: epoch, Sum: 8, Weight: 1}))
	})

	It("hands over all that it holds when it leaves", func() {
		p := start("b")
		p.Deliver(messages.Leaving{})
		Expect(p.Stopped).To(BeTrue())
		Expect(p.Sent).To(HaveLen(1))
		Expect(p.Sent[0].Message.(*pushsum.Share).GetSum()).To(Equal(8.0))
	})

	It("refuses an input out of range", func() {
		p := start()
		for _, input := range []float64{-1, 101, math.NaN(), math.Inf(1)} {
			p.Deliver(messages.Told{Event: pushsum.Set{Input: input}})
			Expect(p.Emitted[len(p.Emitted)-1]).To(BeAssignableToTypeOf(pushsum.Refused{}))
			_, err := pushsum.New(pushsum.DefaultConfig(), input)
			Expect(err).To(MatchError(ContainSubstring("must be 0 to 100")))
		}
		p.Advance(time.Minute)
		Expect(holds(p).Sum).To(Equal(8.0))
	})
})

var _ = DescribeTable("A configuration that makes no sense",
	func(says string, change func(*pushsum.Config)) {
		config := pushsum.DefaultConfig()
		change(&config)
		_, err := pushsum.New(config, 1)
		Expect(err).To(MatchError("pushsum: " + says))
	},
	Entry("a name", `Name "A" must be 1 to 32 of [a-z0-9.-]`, func(c *pushsum.Config) { c.Name = "A" }),
	Entry("over itself", `Over "pushsum" must be the name of another protocol`, func(c *pushsum.Config) { c.Over = c.Name }),
	Entry("no period", "Period is 0s, must be above 0 and at most a day", func(c *pushsum.Config) { c.Period = 0 }),
	Entry("too many rounds", "Rounds is 501, must be 1 to 500", func(c *pushsum.Config) { c.Rounds = 501 }),
	Entry("a whole epoch of skew", "Skew is 1m0s, must be at least 0 and less than an epoch, 1m0s", func(c *pushsum.Config) { c.Skew = 60 * time.Second }),
	Entry("no range", "Least is NaN and Most 100, must be finite and Least the smaller", func(c *pushsum.Config) { c.Least = math.NaN() }),
	Entry("no bound", "Least is 0 and Most +Inf, must be finite and Least the smaller", func(c *pushsum.Config) { c.Most = math.Inf(1) }),
	Entry("nobody", "MaxPeers is 0, must be at least 1", func(c *pushsum.Config) { c.MaxPeers = 0 }),
)

// Tests are named by the attack that they stop.
var _ = Describe("Who does not keep the rules", func() {
	untouched := func(rejected, otherEpoch int, messages ...*pushsum.Share) {
		GinkgoHelper()
		p := start("b")
		before := holds(p)
		for _, m := range messages {
			p.Receive("b", m)
		}
		Expect(holds(p)).To(Equal(before))
		Expect(p.Metrics["rejected"]).To(BeEquivalentTo(rejected))
		Expect(p.Metrics["other_epoch"]).To(BeEquivalentTo(otherEpoch))
	}

	It("poison: numbers that are none would be everybody's after log N rounds", func() {
		nan, inf := math.NaN(), math.Inf(1)
		untouched(6, 0, share(epoch, nan, 1), share(epoch, 1, nan), share(epoch, inf, 1), share(epoch, 1, inf), share(epoch, inf, inf), share(epoch, -inf, 1))
	})

	It("antimatter: weight of zero or less", func() {
		untouched(3, 0, share(epoch, 0, 0), share(epoch, -8, -1), share(epoch, 1, 0))
	})

	It("out of range: an average that no inputs have", func() {
		untouched(3, 0, share(epoch, 101, 1), share(epoch, -1, 1), share(epoch, 1, 1e-9))
	})

	It("heavyweight: more weight than there can be peers, at once or little by little", func() {
		untouched(1, 0, share(epoch, 0, 1_000_001))
		p := start("b")
		for range 1000 {
			p.Receive("b", share(epoch, 0, 999_999))
		}
		Expect(holds(p).Weight).To(BeNumerically("<=", 1_000_000))
		Expect(p.Metrics["rejected"]).To(BeEquivalentTo(999))
	})

	It("time machine: an epoch that no right clock can tell", func() {
		untouched(0, 4, share(epoch+1, 1, 1), share(epoch+1000, 1, 1), share(math.MaxUint64, 1, 1), share(0, 1, 1))
	})

	It("nothing: a message without a field", func() { untouched(1, 0, &pushsum.Share{}) })
})
