package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/messages"
)

// readReport reads a report as a feed does.
func readReport(text string) (*Peer, error) {
	var r reportedPeer
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, err
	}
	return r.check()
}

// FuzzReport checks that accepted reports keep the caps, whatever a page sends.
func FuzzReport(f *testing.F) {
	f.Add(fmt.Sprintf(`{"id":%q,"name":"tab","views":{"spray":{"out":[[%q,2]],"in":[]}},"connections":[%q],"counters":{"dials":3}}`, id(9), id(1), id(1)))
	f.Add(`{"id":"","views":null}`)
	f.Add(`{"id":5}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readReport(text)
		if err != nil {
			return
		}
		entries := 0
		for name, view := range p.Views {
			if !messages.ValidName(name) {
				t.Errorf("a view is called %q", name)
			}
			for _, arc := range append(view.Out, view.In...) {
				entries++
				if arc.Count < 1 || arc.Count > messages.MaxArcs || arc.Peer == p.ID || arc.Peer.IsZero() {
					t.Errorf("an arc is %v", arc)
				}
			}
		}
		if p.ID.IsZero() || entries > maxReported || len(p.Connections) > maxReported || len(p.Counters) > maxCounters || len(p.Name) > 4*maxName {
			t.Errorf("the report is %+v", p)
		}
		_ = newScene(State{}, []*Peer{p}, newNumbers()).finish().frame(time.Time{})
	})
}

var _ = Describe("A report", func() {
	me, other := id(9), id(1)
	list := func(n int, entry func(int) string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = entry(i)
		}
		return strings.Join(all, ",")
	}

	It("is what a tab says of its peer", func() {
		p, err := readReport(fmt.Sprintf(`{"id":%q,"name":" my\ttab\u0007 ","views":{"spray":{"out":[[%q,2]],"in":[[%q,1]]},"broadcast":{}},
			"connections":[%q],"lingering":[],"pending":[%q],"counters":{"messages_sent":3.5},"new":1}`, me, other, other, other, id(2)))
		Expect(err).NotTo(HaveOccurred())
		Expect(*p).To(Equal(Peer{
			ID: me, Name: "mytab", Kind: Tab,
			Views:       map[string]View{"spray": {Out: []Arc{{other, 2}}, In: []Arc{{other, 1}}}, "broadcast": {Out: []Arc{}, In: []Arc{}}},
			Connections: []messages.PeerID{other}, Lingering: []messages.PeerID{}, Pending: []messages.PeerID{id(2)},
			Counters: map[string]float64{"messages_sent": 3.5},
		}))
	})

	DescribeTable("that cannot be is refused", func(said, text string) {
		_, err := readReport(strings.NewReplacer("ME", me.String(), "YOU", other.String()).Replace(text))
		Expect(err).To(MatchError(ContainSubstring(said)))
	},
		Entry("of nobody", "names no peer", `{"name":"x"}`),
		Entry("of a peer that is none", "peer id", `{"id":"abc"}`),
		Entry("an arc to itself", "to the peer itself", `{"id":"ME","views":{"spray":{"out":[["ME",1]]}}}`),
		Entry("no arcs", "may have 1 to", `{"id":"ME","views":{"spray":{"in":[["YOU",0]]}}}`),
		Entry("too many arcs to a peer", "may have 1 to", `{"id":"ME","views":{"spray":{"out":[["YOU",65536]]}}}`),
		Entry("half an arc", "want a peer and a count", `{"id":"ME","views":{"spray":{"out":[["YOU"]]}}}`),
		Entry("a part of an arc", "cannot unmarshal", `{"id":"ME","views":{"spray":{"out":[["YOU",1.5]]}}}`),
		Entry("a protocol of no name", "no name of a protocol", `{"id":"ME","views":{"Spray!":{}}}`),
		Entry("too many views", "may have 64", `{"id":"ME","views":{`+list(65, func(i int) string { return fmt.Sprintf(`"v%d":{}`, i) })+`}}`),
		Entry("too many entries", "more than 1024 entries", `{"id":"ME","views":{"a":{"out":[`+list(600, func(int) string { return `["YOU",1]` })+
			`]},"b":{"in":[`+list(600, func(int) string { return `["YOU",1]` })+`]}}}`),
		Entry("a connection to itself", "to itself", `{"id":"ME","lingering":["ME"]}`),
		Entry("too many connections", "more than 1024", `{"id":"ME","connections":[`+list(1025, func(int) string { return `"YOU"` })+`]}`),
		Entry("too many counters", "257 counters", `{"id":"ME","counters":{`+list(257, func(i int) string { return fmt.Sprintf(`"c%d":1`, i) })+`}}`),
		Entry("a counter beyond counting", "beyond what it may be", `{"id":"ME","counters":{"c":1e300}}`),
		Entry("a counter of a long name", "no name of a counter", `{"id":"ME","counters":{"`+strings.Repeat("c", 65)+`":1}}`),
	)

	It("has a name of 32 characters at most, on one line", func() {
		p, err := readReport(fmt.Sprintf(`{"id":%q,"name":%q}`, me, strings.Repeat("ä", 40)))
		Expect(err).NotTo(HaveOccurred())
		Expect(p.Name).To(Equal(strings.Repeat("ä", 32)))
	})

	Describe("among others", func() {
		var r *reports
		now := time.Now()
		peer := func(n int) *Peer { return &Peer{ID: id(n), Kind: Tab} }
		listed := func() (all []messages.PeerID) {
			for _, p := range r.peers() {
				all = append(all, p.ID)
			}
			return all
		}
		BeforeEach(func() { r = &reports{} })

		It("replaces the one before of its page, whatever peer that was", func() {
			Expect(r.put(1, peer(5), now)).To(Succeed())
			Expect(r.put(2, peer(4), now)).To(Succeed())
			Expect(r.put(1, peer(6), now)).To(Succeed())
			Expect(listed()).To(Equal([]messages.PeerID{id(4), id(6)}))
		})

		It("is refused while another page reports the same peer, and taken once that one is gone", func() {
			Expect(r.put(1, peer(5), now)).To(Succeed())
			Expect(errors.Unwrap(r.put(2, peer(5), now))).To(BeNil())
			Expect(codeOf(r.put(2, peer(5), now))).To(Equal("duplicate"))
			r.release(1)
			Expect(r.put(2, peer(5), now)).To(Succeed())
			Expect(listed()).To(HaveLen(1))
		})

		It("is forgotten 15 s after the last, also when its page stays", func() {
			Expect(r.put(1, peer(5), now)).To(Succeed())
			r.expire(now.Add(reportLife - 1))
			Expect(listed()).To(HaveLen(1))
			r.expire(now.Add(reportLife))
			Expect(listed()).To(BeEmpty())
			Expect(r.put(2, peer(5), now.Add(reportLife))).To(Succeed())
			Expect(r.put(1, peer(5), now.Add(2*reportLife))).To(Succeed(), "that of page 2 is over too")
		})

		It("that is taken back is forgotten at once, and its peer has left", func() {
			Expect(r.put(1, peer(5), now)).To(Succeed())
			r.drop(1)
			r.drop(2)
			Expect(listed()).To(BeEmpty())
			Expect(r.left).To(HaveKey(id(5)))
			Expect(r.put(3, peer(5), now)).To(Succeed())
			Expect(r.left).To(BeEmpty())
		})

		It("does not pile up when pages come and go", func() {
			for page := uint64(1); page < 1_000; page++ {
				Expect(r.put(page, peer(int(page)), now)).To(Succeed())
				if page%2 == 0 {
					r.drop(page)
				} else if page > maxPages {
					r.release(page)
				}
			}
			Expect(len(r.all)).To(BeNumerically("<=", maxReports))
			Expect(len(r.left)).To(BeNumerically("<=", maxReports))
			Expect(listed()).To(ContainElement(id(1)), "pages that watch keep theirs")
		})
	})
})
