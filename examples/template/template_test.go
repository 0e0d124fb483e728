package template_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/examples/template"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
)

// start returns a peer a that has started, and whose overlay has given it an arc
// to b and one from c.
func start() *protocoltest.Port {
	p := protocoltest.NewPort("a", protocol(nil), 1)
	p.Deliver(messages.Started{})
	p.SeeArc("spray", "b", messages.Out)
	p.SeeArc("spray", "c", messages.In)
	return p
}

func says(status string) *template.Beat { return &template.Beat{Status: status} }

var _ = Describe("Presence, as a transcript", func() {
	It("speaks to neighbours of both directions, and tells whom it hears", func() {
		p := start()
		p.Deliver(messages.Told{Event: template.SetStatus{Text: "busy"}})
		p.Receive("b", says("away"))
		p.Advance(time.Second)
		p.Note("b says the same, and then something else")
		p.Receive("b", says("away"))
		p.Advance(time.Second)
		p.Receive("b", says("back"))
		p.Advance(time.Second)
		protocoltest.Golden(GinkgoT(), "beats", p.Transcript())
	})

	It("tells who is gone: silent for too long, or a neighbour no more", func() {
		p := start()
		p.Receive("b", says(""))
		p.Receive("c", says(""))
		p.Advance(time.Second)
		p.Note("c hangs, b closes its arc")
		p.SeeEnd("spray", "b", messages.Out, messages.CauseDropped)
		p.Advance(4 * time.Second)
		p.Note("c is there again")
		p.Receive("c", says(""))
		p.Advance(time.Second)
		protocoltest.Golden(GinkgoT(), "gone", p.Transcript())
	})

	It("refuses a status of its own that others would reject", func() {
		p := start()
		p.Deliver(messages.Told{Event: template.SetStatus{Text: string(make([]byte, template.MaxStatus+1))}})
		Expect(p.Emitted).To(HaveLen(1))
		Expect(p.Emitted[0].(template.Refused).Err).To(MatchError(messages.ErrTooBig))
		p.Advance(time.Second)
		Expect(p.Sent[0].Message.(*template.Beat).GetStatus()).To(BeEmpty())
	})

	It("goes on in place of a handler that panicked", func() {
		p := protocoltest.NewPort("a", protocol(nil), 1)
		p.Adopt(start())
		p.Deliver(messages.Started{Restarted: true})
		p.Receive("b", says("busy"))
		p.Advance(time.Second)
		Expect(p.Emitted).To(Equal([]any{template.Present{Peer: protocoltest.Peer("b"), Status: "busy"}}))
		Expect(p.Sent).To(HaveLen(2))
	})

	It("stops when the peer leaves", func() {
		p := start()
		p.Deliver(messages.Leaving{})
		Expect(p.Stopped).To(BeTrue())
	})
})

var _ = DescribeTable("A configuration that makes no sense",
	func(says string, change func(*template.Config)) {
		config := template.DefaultConfig()
		change(&config)
		_, err := template.New(config)
		Expect(err).To(MatchError(says))
	},
	Entry("no name", `template: Name "" must be 1 to 32 of [a-z0-9.-]`, func(c *template.Config) { c.Name = "" }),
	Entry("over itself", `template: Over "template" must be the name of another protocol`, func(c *template.Config) { c.Over = c.Name }),
	Entry("no period", "template: Period is 0s, must be above 0", func(c *template.Config) { c.Period = 0 }),
	Entry("no patience", "template: Patience is 1s, must be above Period, 1s", func(c *template.Config) { c.Patience = c.Period }),
)

// Tests are named by the attack that they stop.
var _ = Describe("Who does not keep the rules", func() {
	rejected := func(p *protocoltest.Port) float64 { return p.Metrics["rejected"] }

	It("stranger: who is no neighbour is not heard", func() {
		p := start()
		p.Receive("eve", says("here I am"))
		p.Advance(2 * time.Second)
		Expect(p.Emitted).To(BeEmpty())
		Expect(rejected(p)).To(BeEquivalentTo(1))
	})

	It("oversize: a status above the cap is not taken", func() {
		p := start()
		p.Receive("b", says(string(make([]byte, template.MaxStatus+1))))
		p.Advance(2 * time.Second)
		Expect(p.Emitted).To(BeEmpty())
		Expect(rejected(p)).To(BeEquivalentTo(1))
		p.Receive("b", says(string(make([]byte, template.MaxStatus))))
		p.Advance(2 * time.Second)
		Expect(p.Emitted).To(HaveLen(1))
	})

	It("flood: a neighbour that changes all the time is told of once a period", func() {
		p := start()
		for i := range 3000 {
			p.Receive("b", says(string(rune('a'+i%26))))
			p.Advance(time.Millisecond)
		}
		Expect(len(p.Emitted)).To(BeNumerically("<=", 3))
	})

	It("churn: who comes and goes between two beats leaves nothing behind", func() {
		p := start()
		for range 1000 {
			p.SeeArc("spray", "eve", messages.In)
			p.Receive("eve", says("x"))
			p.SeeEnd("spray", "eve", messages.In, messages.CauseClosed)
		}
		p.Advance(3 * time.Second)
		Expect(p.Emitted).To(BeEmpty())
	})
})
