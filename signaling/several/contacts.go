package several

import (
	"slices"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// maxContactRequests is how many requests for contacts wait in a Several.
const maxContactRequests = 64

// contactRequest is a request for contacts that goes to all services.
type contactRequest struct {
	number   uint64
	n        int
	peers    []messages.PeerID // so far
	answered []*branch
	late     *time.Timer // nil: no service has answered
}

func (r *contactRequest) answeredBy(b *branch) bool { return slices.Contains(r.answered, b) }

func (r *contactRequest) stop() {
	if r.late != nil {
		r.late.Stop()
	}
}

// add adds the valid PeerIDs of a list. It returns those of the list that are in
// the answer.
func (r *contactRequest) add(b *branch, peers [][]byte) (named []messages.PeerID) {
	r.answered = append(r.answered, b)
	for _, bytes := range peers {
		peer, ok := peerOf(bytes)
		if ok && len(r.peers) < r.n && !slices.Contains(r.peers, peer) {
			r.peers = append(r.peers, peer)
		}
		if slices.Contains(r.peers, peer) {
			named = append(named, peer)
		}
	}
	return named
}

// ask asks all linked services, and the others when they are linked.
func (y *stay) ask(number uint64, n int) {
	y.mu.Lock()
	var do todo
	if !y.leaving {
		if len(y.contacts) >= maxContactRequests {
			y.contacts[0].stop()
			y.contacts = slices.Delete(y.contacts, 0, 1)
		}
		y.contacts = append(y.contacts, &contactRequest{number: number, n: n})
		for _, b := range y.linked() {
			do = append(do, func() { b.service.Contacts(number, n) })
		}
	}
	y.mu.Unlock()
	do.run()
}

// listed handles an answer. Only the first of each service counts.
func (y *stay) listed(b *branch, list *messages.ContactList) {
	i := slices.IndexFunc(y.contacts, func(r *contactRequest) bool { return r.number == list.GetRequest() })
	if i < 0 || y.contacts[i].answeredBy(b) {
		return
	}
	r := y.contacts[i]
	for _, peer := range r.add(b, list.GetPeers()) {
		y.routes.named(b, peer)
	}
	if r.late == nil {
		r.late = time.AfterFunc(y.config.ContactWait, func() { y.expire(r) })
	}
	y.settle()
}

// expire answers with the peers so far.
func (y *stay) expire(r *contactRequest) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if i := slices.Index(y.contacts, r); i >= 0 && !y.leaving {
		y.contacts = slices.Delete(y.contacts, i, i+1)
		y.list(r)
	}
}

// settle answers the requests that need not wait any longer.
func (y *stay) settle() {
	y.contacts = slices.DeleteFunc(y.contacts, func(r *contactRequest) bool {
		if len(r.answered) == 0 || len(r.peers) < r.n && slices.ContainsFunc(y.branches, func(b *branch) bool {
			return (b.state == branchEntering || b.state == branchLinked) && !r.answeredBy(b)
		}) {
			return false
		}
		y.list(r)
		return true
	})
}

func (y *stay) list(r *contactRequest) {
	r.stop()
	list := &messages.ContactList{Request: r.number}
	for _, peer := range r.peers {
		list.Peers = append(list.Peers, peer.Bytes())
	}
	y.out.Offer(list)
}
