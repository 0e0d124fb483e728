package lab

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/events"
	"github.com/n2n-overlay/n2n/messages"
)

// brokenError is something that must not happen in a world; the lab ends.
type brokenError struct{ error }

// run does what the line says.
func (t *task) run() {
	err := t.do()
	var broken brokenError
	switch {
	case t.ending:
	case errors.As(err, &broken):
		t.err = broken
		t.result.Error = codeOf(err)
	case err != nil:
		t.result.Error = codeOf(err)
	default:
		t.result.OK = true
	}
}

// codeOf is the word for an error. It is closed for an error without a code. Only
// the world makes such errors: its signaling service cannot be reached.
func codeOf(err error) messages.Code { return cmp.Or(messages.CodeOf(err), messages.ErrClosed) }

func (t *task) do() error {
	switch t.Verb {
	case "peers":
		return t.doPeers()
	case "connect":
		return t.doConnect()
	case "join":
		return t.doJoin()
	case "introduce":
		return t.doIntroduce()
	case "invite":
		return t.request(func(k messages.Ticket, other messages.PeerID) any { return messages.Invite{Ticket: k, Peer: other} })
	case "disconnect":
		return t.doDisconnect()
	case "lock":
		return t.request(func(k messages.Ticket, other messages.PeerID) any { return messages.Lock{Ticket: k, Peer: other} })
	case "unlock":
		return t.request(func(k messages.Ticket, other messages.PeerID) any { return messages.Unlock{Ticket: k, Peer: other} })
	case "drop":
		return t.request(func(k messages.Ticket, other messages.PeerID) any { return messages.Drop{Ticket: k, Peer: other} })
	case "send":
		return t.doSend()
	case "leave":
		return t.doLeave()
	case "crash":
		return t.doCrash()
	case "silence":
		return t.doSilence()
	case "restart":
		return t.doRestart()
	case "partition":
		return t.doPartition()
	case "repair":
		return t.doRepair()
	case "hold":
		return t.doHold()
	case "release":
		return t.doRelease()
	case "add":
		return t.doAdd()
	case "remove":
		return t.doRemove()
	case "run":
		return t.doRun()
	case "server":
		return t.doServer()
	case "set":
		return t.doSet()
	case "wait":
		return t.doWait()
	case "views":
		return t.doViews()
	case "events":
		return t.doEvents()
	default:
		return brokenError{fmt.Errorf("lab: verb %q does nothing", t.Verb)}
	}
}

// peer is the n-th peer that the line names.
func (t *task) peer(n int) *member { return t.members[t.Peers[n]] }

// deadline is how long a request that begins now may take.
func (t *task) deadline() time.Duration { return t.config.RequestTimeout }

// ask sends a request to a member's protocol.
func (t *task) ask(m *member, command func(messages.Ticket) any) (messages.Ticket, error) {
	switch {
	case !m.alive():
		return 0, messages.ErrClosed
	case m.runs[t.Protocol] == 0:
		return 0, messages.ErrNoProtocol
	}
	t.tickets++
	return t.tickets, m.Command(t.Protocol, command(t.tickets))
}

// answer waits for the event that ends a request, and says how it failed.
func (t *task) answer(m *member, ticket messages.Ticket) error {
	peer, run := m.Peer, m.runs[t.Protocol]
	var event any
	here := func() bool {
		event = m.outcomes[ticket]
		return event != nil || !m.alive() || m.Peer != peer || m.runs[t.Protocol] != run
	}
	switch limit := t.deadline() + slack; {
	case !t.until(limit, here):
		return brokenError{fmt.Errorf("%s: line %d: %s: the request ended neither with success nor failure in %v", m.name, t.Line, t.Text, limit)}
	case event == nil:
		return messages.ErrClosed // the peer or the protocol has ended
	}
	if f, ok := event.(messages.Failed); ok {
		return f.Err
	}
	return nil
}

// asked is a request that has no answer yet.
type asked struct {
	member *member
	ticket messages.Ticket
}

// answers waits for all, and returns the first failure.
func (t *task) answers(all []asked) error {
	var failed error
	for _, a := range all {
		if err := t.answer(a.member, a.ticket); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// request asks the first peer of the line for something about the second, and
// waits until both know.
func (t *task) request(command func(messages.Ticket, messages.PeerID) any) error {
	return t.requests(1, command)
}

func (t *task) requests(n int, command func(messages.Ticket, messages.PeerID) any) error {
	a, b := t.peer(0), t.peer(1)
	all := make([]asked, 0, n)
	for range n {
		ticket, err := t.ask(a, func(k messages.Ticket) any { return command(k, b.id) })
		if err != nil {
			return err
		}
		all = append(all, asked{a, ticket})
	}
	err := t.answers(all)
	t.bothKnow([2]*member{a, b})
	return err
}

func (t *task) doConnect() error {
	defer t.lobby.Connect(t.peer(0).id, t.peer(1).id)()
	return t.requests(t.Count, func(k messages.Ticket, other messages.PeerID) any { return messages.Open{Ticket: k, Peer: other} })
}

func (t *task) doIntroduce() error {
	b, from, to := t.peer(0), t.peer(1), t.peer(2)
	ticket, err := t.ask(b, func(k messages.Ticket) any {
		return messages.Introduce{Ticket: k, From: from.id, To: to.id, Views: t.Views}
	})
	if err != nil {
		return err
	}
	if err = t.answer(b, ticket); err != nil {
		t.giveUp(from, to)
	}
	t.bothKnow([2]*member{from, to}, [2]*member{b, from}, [2]*member{b, to})
	return err
}

// doDisconnect closes one arc, or all that are not locked.
func (t *task) doDisconnect() error {
	if len(t.Peers) == 2 {
		return t.request(func(k messages.Ticket, other messages.PeerID) any { return messages.Close{Ticket: k, Peer: other} })
	}
	a := t.peer(0)
	s, ok := t.snapshot(a)
	if !ok {
		return messages.ErrClosed
	}
	view, runs := s.Views[t.Protocol]
	if !runs {
		return messages.ErrNoProtocol
	}
	var all []asked
	var pairs [][2]*member
	for arc := range view.Out.All() {
		for range arc.Count - arc.Locks {
			ticket, err := t.ask(a, func(k messages.Ticket) any { return messages.Close{Ticket: k, Peer: arc.Peer} })
			if err != nil {
				return err
			}
			all = append(all, asked{a, ticket})
		}
		pairs = append(pairs, [2]*member{a, t.members[t.name(arc.Peer)]})
	}
	err := t.answers(all)
	t.bothKnow(pairs...)
	return err
}

// doSend sends text. A message has no outcome of its own: it succeeded if it
// arrives and no failure is told.
func (t *task) doSend() error {
	a, b := t.peer(0), t.peer(1)
	ticket, err := t.ask(a, func(k messages.Ticket) any {
		return messages.Send{Ticket: k, To: b.id, Message: wrapperspb.Bytes([]byte(t.Payload))}
	})
	if err != nil {
		return err
	}
	t.settle(a)
	if a.outcomes[ticket] == nil {
		t.bothKnow([2]*member{a, b})
	}
	if f, ok := a.outcomes[ticket].(messages.Failed); ok {
		return f.Err
	}
	return nil
}

func (t *task) doJoin() error {
	t.result.Contact = json.RawMessage("null")
	a := t.peer(0)
	if !a.alive() {
		return messages.ErrClosed
	}
	entry := t.lobby.Join(a.id, t.Name)
	here := func() bool {
		_, ended, _ := entry.Ended()
		return ended || !a.alive()
	}
	if !t.until(t.deadline(), here) {
		entry.Forsake()
		return messages.ErrTimeout
	}
	contact, ended, err := entry.Ended()
	switch {
	case !ended:
		return messages.ErrClosed
	case err != nil:
		return err
	case !contact.IsZero():
		t.result.Contact = json.RawMessage(strconv.Quote(t.name(contact)))
	}
	return nil
}

func (t *task) doAdd() error {
	a := t.peer(0)
	if !a.alive() {
		return messages.ErrClosed
	}
	if _, said := a.passive[t.Name]; !said && a.runs[t.Name] > 0 && slices.Contains(t.spoken, t.Name) {
		// It runs only because a line of the script names it.
		a.passive[t.Name] = true
		return nil
	}
	if err := t.spawn(a, passive(t.Name)); err != nil {
		return err
	}
	a.passive[t.Name] = true
	t.allKnow(a)
	return nil
}

func (t *task) doRemove() error {
	a := t.peer(0)
	if !a.alive() {
		return messages.ErrClosed
	}
	if err := a.Remove(t.Name); err != nil {
		return err
	}
	delete(a.runs, t.Name)
	a.passive[t.Name] = false
	t.allKnow(a)
	return nil
}

func (t *task) doRun() error {
	a := t.peer(0)
	if !a.alive() {
		return messages.ErrClosed
	}
	if err := t.spawn(a, events.Tapped(t.Shipped)); err != nil {
		return err
	}
	t.allKnow(a)
	return nil
}

func (t *task) doSet() error {
	if t.Name == "deadline" {
		t.config.RequestTimeout = t.Duration
	} else {
		t.config.Linger = t.Duration
	}
	for _, m := range t.living() {
		if err := m.Retime(t.config.RequestTimeout, t.config.Linger); err != nil {
			return err
		}
	}
	return nil
}

func (t *task) doWait() error {
	t.until(t.Duration, func() bool { return false })
	t.settle(t.living()...)
	return nil
}
