package actors

import (
	"fmt"
	"strconv"
	"time"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// effects is what the table of links sees of the neighborhood: it starts timers,
// makes connection actors and sends to the actors of the peer.
type effects neighborhood

var _ links.Effects = (*effects)(nil)

func (e *effects) After(d time.Duration, due links.Due) links.Timer {
	return e.after(e.inbox, d, due)
}

func (e *effects) Connect(c links.Connect) {
	pid, err := e.ctx.SpawnNamed(e.connections, c.Link.Peer.Short()+"-"+strconv.FormatUint(uint64(c.Link.Generation), 10))
	if err != nil {
		panic(fmt.Sprintf("actors: connection actor %v: %v", c.Link, err))
	}
	e.pids[c.Link] = pid
	e.ctx.Send(pid, &c)
}

func (e *effects) Accept(link links.ID, answer *messages.Answer) { e.to(link, answer) }
func (e *effects) HangUp(link links.ID, how links.HangUp)        { e.to(link, how) }
func (e *effects) Send(link links.ID, m messages.Control) {
	e.to(link, outbound{class: protocols.Ordered, envelope: messages.Envelope{Message: m}})
}

// to sends to a connection actor, unless its connection has ended.
func (e *effects) to(link links.ID, message any) {
	if pid := e.pids[link]; pid != nil {
		e.ctx.Send(pid, message)
	}
}

func (e *effects) Signal(m *messages.Signal)         { e.ctx.Send(e.n2n, signalByUs{m}) }
func (e *effects) Introduce(i links.Introduction)    { e.ctx.Send(e.n2n, startIntroduction{i}) }
func (e *effects) Missed(peer messages.PeerID)       { e.ctx.Send(e.rendezvous, missed{peer}) }
func (e *effects) Emit(event any)                    { e.ctx.Send(e.peer, emitted{event: event}) }
func (e *effects) Tell(number uint32, v links.Event) { e.ctx.Send(e.protocols[number].pid, v) }
func (e *effects) Introduced(by messages.PeerID, job uint64, code messages.Code) {
	e.ctx.Send(e.n2n, introductionAnswered{by: by, job: job, code: code})
}
