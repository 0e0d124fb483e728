package live

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/n2n-overlay/n2n/messages"
)

// The caps of a report. Its size is at most that of a frame.
const (
	maxReported    = 1_024 // entries of all its views, and of each of its lists
	maxCounters    = 256
	maxCounterName = 64
	maxName        = 32 // characters
	maxCounter     = 1 << 53
	maxReports     = 2 * maxPages
	reportLife     = 15 * time.Second
)

// reportedPeer is a peer as its tab reports it.
type reportedPeer struct {
	ID          messages.PeerID         `json:"id"`
	Name        string                  `json:"name"`
	Views       map[string]reportedView `json:"views"`
	Connections []messages.PeerID       `json:"connections"`
	Lingering   []messages.PeerID       `json:"lingering"`
	Pending     []messages.PeerID       `json:"pending"`
	Counters    map[string]float64      `json:"counters"`
}

type reportedView struct {
	Out []reportedArc `json:"out"`
	In  []reportedArc `json:"in"`
}

// reportedArc is an arc in the form ["<PeerID>", count].
type reportedArc Arc

// UnmarshalJSON implements json.Unmarshaler.
func (a *reportedArc) UnmarshalJSON(text []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("an arc has %d parts, want a peer and a count", len(pair))
	}
	if err := json.Unmarshal(pair[0], &a.Peer); err != nil {
		return err
	}
	return json.Unmarshal(pair[1], &a.Count)
}

// check returns the reported peer, if the report keeps the caps.
func (r *reportedPeer) check() (*Peer, error) {
	p := &Peer{
		ID: r.ID, Name: cleanName(r.Name), Kind: Tab, Views: make(map[string]View, len(r.Views)),
		Connections: r.Connections, Lingering: r.Lingering, Pending: r.Pending, Counters: r.Counters,
	}
	if r.ID.IsZero() {
		return nil, invalid("the report names no peer")
	}
	if len(r.Views) > messages.MaxProtocols {
		return nil, invalid("the report has %d views, may have %d", len(r.Views), messages.MaxProtocols)
	}
	entries := 0
	for name, view := range r.Views {
		if !messages.ValidName(name) {
			return nil, invalid("%.40q is no name of a protocol", name)
		}
		entries += len(view.Out) + len(view.In)
		if entries > maxReported {
			return nil, invalid("the report has more than %d entries of views", maxReported)
		}
		out, err := r.arcs(view.Out)
		if err != nil {
			return nil, err
		}
		in, err := r.arcs(view.In)
		if err != nil {
			return nil, err
		}
		p.Views[name] = View{out, in}
	}
	for _, list := range [][]messages.PeerID{r.Connections, r.Lingering, r.Pending} {
		if len(list) > maxReported {
			return nil, invalid("the report has a list of more than %d peers", maxReported)
		}
		if slices.Contains(list, r.ID) {
			return nil, invalid("the report connects the peer to itself")
		}
	}
	return p, r.checkCounters()
}

func (r *reportedPeer) arcs(reported []reportedArc) ([]Arc, error) {
	arcs := make([]Arc, 0, len(reported))
	for _, arc := range reported {
		switch {
		case arc.Count < 1 || arc.Count > messages.MaxArcs:
			return nil, invalid("the report has %d arcs to a peer, may have 1 to %d", arc.Count, messages.MaxArcs)
		case arc.Peer == r.ID || arc.Peer.IsZero():
			return nil, invalid("the report has an arc to the peer itself, or to nobody")
		}
		arcs = append(arcs, Arc(arc))
	}
	return arcs, nil
}

func (r *reportedPeer) checkCounters() error {
	if len(r.Counters) > maxCounters {
		return invalid("the report has %d counters, may have %d", len(r.Counters), maxCounters)
	}
	for name, sum := range r.Counters {
		if len(name) == 0 || len(name) > maxCounterName || !utf8.ValidString(name) {
			return invalid("%.80q is no name of a counter", name)
		}
		if math.Abs(sum) > maxCounter {
			return invalid("the counter %q is %v, beyond what it may be", name, sum)
		}
	}
	return nil
}

// cleanName removes unprintable characters and line breaks from a name.
func cleanName(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	return firstRunes(name, maxName)
}

// firstRunes cuts text to n characters.
func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// reports holds the reports of pages: one for each page, and one for each peer.
type reports struct {
	all  []*report                    // oldest first
	left map[messages.PeerID]struct{} // peers whose page has withdrawn the report, a limited number
}

// report is the last report of a peer.
type report struct {
	page uint64 // 0: the page no longer watches
	peer *Peer
	at   time.Time
}

// put takes a page's report, which replaces its last one.
func (r *reports) put(page uint64, peer *Peer, now time.Time) error {
	r.expire(now)
	for _, other := range r.all {
		if other.peer.ID == peer.ID && other.page != page && other.page != 0 {
			return refuse(messages.ErrDuplicate, "another page reports this peer")
		}
	}
	r.all = slices.DeleteFunc(r.all, func(other *report) bool {
		return other.page == page || other.peer.ID == peer.ID
	})
	if len(r.all) >= maxReports { // the pages of some are gone
		i := slices.IndexFunc(r.all, func(other *report) bool { return other.page == 0 })
		r.all = slices.Delete(r.all, i, i+1)
	}
	r.all = append(r.all, &report{page, peer, now})
	delete(r.left, peer.ID)
	return nil
}

// drop withdraws a page's report: its peer leaves.
func (r *reports) drop(page uint64) {
	i := slices.IndexFunc(r.all, func(other *report) bool { return other.page == page })
	if i < 0 {
		return
	}
	if r.left == nil || len(r.left) == maxReports {
		r.left = map[messages.PeerID]struct{}{}
	}
	r.left[r.all[i].peer.ID] = struct{}{}
	r.all = slices.Delete(r.all, i, i+1)
}

// release keeps the report of a closed page until it expires, because the page may
// come back.
func (r *reports) release(page uint64) {
	for _, report := range r.all {
		if report.page == page {
			report.page = 0
		}
	}
}

func (r *reports) expire(now time.Time) {
	r.all = slices.DeleteFunc(r.all, func(report *report) bool { return now.Sub(report.at) >= reportLife })
}

// peers lists the reported peers in PeerID order.
func (r *reports) peers() []*Peer {
	peers := make([]*Peer, 0, len(r.all))
	for _, report := range r.all {
		peers = append(peers, report.peer)
	}
	slices.SortFunc(peers, func(a, b *Peer) int { return a.ID.Compare(b.ID) })
	return peers
}
