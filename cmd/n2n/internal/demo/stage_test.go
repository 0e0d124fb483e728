package demo

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/web/live"
)

var _ = Describe("the stage of a demo", func() {
	It("keeps pages from spoiling the story", func() {
		s := newStage(&room{})
		Expect(s.Add(GinkgoT().Context(), 1)).To(MatchError(messages.ErrRefused))
		Expect(s.Serve(GinkgoT().Context(), false)).To(MatchError(messages.ErrRefused))
		Expect(s.Crash(GinkgoT().Context(), messages.PeerID{1})).To(MatchError(messages.ErrRefused))
	})

	It("says how others ended for a while, and of so many", func() {
		s := newStage(&room{})
		s.parted(messages.ConnectionClosed{Peer: messages.PeerID{1}, Cause: messages.CauseLeft})
		s.parted(messages.ConnectionClosed{Peer: messages.PeerID{2}, Cause: messages.CauseCrashed})
		s.parted(messages.ConnectionClosed{Peer: messages.PeerID{3}, Cause: messages.CauseClosed})
		told := map[messages.PeerID]live.How{}
		recent(s.lost, told)
		Expect(told).To(Equal(map[messages.PeerID]live.How{{1}: live.Left, {2}: live.Crashed}))
		for i := range 2 * rememberEnds {
			s.parted(messages.ConnectionClosed{Peer: messages.PeerID{9, byte(i >> 8), byte(i)}, Cause: messages.CauseLeft})
		}
		Expect(s.lost).To(HaveLen(rememberEnds))
		for id := range s.lost {
			s.lost[id] = end{live.Left, time.Now().Add(-rememberEnd - time.Second)}
		}
		clear(told)
		recent(s.lost, told)
		Expect(told).To(BeEmpty())
		Expect(s.lost).To(BeEmpty())
	})
})
