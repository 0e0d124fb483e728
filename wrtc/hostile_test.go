//go:build !js

package wrtc_test

import (
	"bytes"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

func frame(envelopes ...messages.Envelope) []byte {
	GinkgoHelper()
	var b []byte
	for _, e := range envelopes {
		var err error
		b, err = messages.AppendEnvelope(b, e)
		Expect(err).NotTo(HaveOccurred())
	}
	return b
}

func chunk(id, index, count uint32, data []byte) []byte {
	GinkgoHelper()
	return frame(messages.Envelope{Message: &messages.Chunk{Id: id, Index: index, Count: count, Data: data}})
}

var _ = Describe("a remote that breaks the rules", func() {
	var (
		honest  *end
		hostile *bare
		channel wrtc.BareDetached
	)

	BeforeEach(func() {
		leavesNothing()
		t := GinkgoT()
		honest = connect(t, newTransport(t, loopback(t)))
		hostile = newBare(t, newTransport(t, loopback(t)))
		offer, err := hostile.describe("")
		Expect(err).NotTo(HaveOccurred())
		honest.Answer(offer)
		Expect(hostile.SetRemoteDescription(wrtc.BareDescription{
			Type: wrtc.SDPAnswer, SDP: await[actors.ConnSignal](honest).SDP,
		})).To(Succeed())
		Eventually(hostile.opened, patience).Should(Receive(&channel))
		await[actors.ConnOpened](honest)
	})

	write := func(frames ...[]byte) {
		GinkgoHelper()
		for _, b := range frames {
			_, err := channel.Write(b)
			Expect(err).NotTo(HaveOccurred())
		}
	}
	expectClosed := func() {
		GinkgoHelper()
		Expect(await[actors.ConnViolated](honest).Err).To(MatchError(messages.ErrMalformed))
		Expect(await[actors.ConnClosed](honest).Err).To(MatchError(messages.ErrMalformed))
	}

	DescribeTable("on channel 0 is reported and loses the connection",
		func(frames func() [][]byte) {
			write(frames()...)
			expectClosed()
		},
		Entry("garbage", func() [][]byte { return [][]byte{bytes.Repeat([]byte{0xff}, 50)} }),
		Entry("an empty frame", func() [][]byte { return [][]byte{{}} }),
		Entry("a frame over 16 KiB", func() [][]byte { return [][]byte{make([]byte, messages.MaxFrame+1)} }),
		Entry("the largest message that SCTP takes", func() [][]byte { return [][]byte{make([]byte, 65536)} }),
		Entry("a chunk twice", func() [][]byte {
			return [][]byte{chunk(1, 0, 2, []byte{1}), chunk(1, 0, 2, []byte{1})}
		}),
		Entry("a chunk with another count", func() [][]byte {
			return [][]byte{chunk(1, 0, 2, []byte{1}), chunk(1, 1, 3, []byte{1})}
		}),
		Entry("five incomplete packets", func() (all [][]byte) {
			for i := range uint32(5) {
				all = append(all, chunk(i, 0, 2, []byte{1}))
			}
			return all
		}),
		Entry("chunks without end", func() (all [][]byte) {
			data := make([]byte, 16_000)
			for i := range uint32(200) {
				all = append(all, chunk(i%2, i/2, 256, data))
			}
			return all
		}),
		Entry("a chunked packet that is none", func() [][]byte {
			return [][]byte{chunk(1, 0, 2, []byte{0xff}), chunk(1, 1, 2, []byte{0xff})}
		}),
		Entry("a control message in chunks", func() [][]byte {
			leave := frame(messages.Envelope{Message: &messages.Leave{}})[2:]
			return [][]byte{chunk(1, 0, 2, leave[:1]), chunk(1, 1, 2, leave[1:])}
		}),
	)

	It("with text on channel 0 is reported and loses the connection", func() {
		_, err := channel.WriteDataChannel([]byte("hello"), true)
		Expect(err).NotTo(HaveOccurred())
		expectClosed()
	})

	It("by control outside channel 0 is reported and loses the connection", func() {
		honest.OpenClass(protocols.Reliable)
		await[actors.ConnClassOpened](honest)
		_, opened := hostile.open("reliable", wrtc.ChannelInit(protocols.Reliable))
		Eventually(opened, patience).Should(Receive(&channel))
		write(frame(messages.Envelope{Message: &messages.Leave{}}))
		expectClosed()
	})

	It("on a class that is not open is reported and loses the connection", func() {
		_, opened := hostile.open("reliable", wrtc.ChannelInit(protocols.Reliable))
		Eventually(opened, patience).Should(Receive(&channel))
		write(frame(envelope(nil)))
		expectClosed()
	})

	It("by opening a channel is reported, and the channel is closed", func() {
		_, opened := hostile.open("surprise", nil)
		var raw wrtc.BareDetached
		Eventually(opened, patience).Should(Receive(&raw))
		Expect(await[actors.ConnViolated](honest).Err).To(MatchError(ContainSubstring("surprise")))
		_, err := raw.Read(make([]byte, 10)) // until the reset comes
		Expect(err).To(HaveOccurred())
		write(frame(envelope([]byte("still here"))))
		Expect(string(honest.received(1)[0].Payload)).To(Equal("still here"))
	})

	It("by opening channels again and again loses the connection", func() {
		for range 8 {
			hostile.open("surprise", nil)
		}
		Expect(await[actors.ConnClosed](honest).Err).To(MatchError(messages.ErrMalformed))
	})

	It("by not reading is told nothing more than the queue holds", func() {
		payload := make([]byte, 10_000)
		sent := 0
		var err error
		for err == nil {
			if err = honest.Send(protocols.Ordered, envelope(payload)); err == nil {
				sent += len(payload)
			}
		}
		Expect(err).To(MatchError(messages.ErrFull))
		Expect(sent).To(BeNumerically("<", 8<<20))
		honest.Close(true)
		await[actors.ConnClosed](honest)
	})

	It("by closing channel 0 loses the connection", func() {
		Expect(channel.Close()).To(Succeed())
		Expect(await[actors.ConnClosed](honest).Err).To(MatchError(messages.ErrClosed))
	})
})
