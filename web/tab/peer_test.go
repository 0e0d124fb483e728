//go:build js

package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

func TestMessagesOfEachContentAndDelivery(t *testing.T) {
	var protocols []any
	for _, content := range []string{"bytes", "text"} {
		for _, delivery := range []string{"ordered", "reliable", "lossy"} {
			protocols = append(protocols, fields{"use": "messages", "name": content + "." + delivery, "content": content, "delivery": delivery})
		}
	}
	a, b := pair(t, protocols...)
	for _, p := range protocols {
		protocol := p.(fields)["name"].(string)
		a.act("send", fields{"protocol": protocol, "peer": name(b.ID()), "data": "snow ☃"})
		f := b.next("received")
		got, isText := f["text"].(string)
		if !isText {
			got = string(f["data"].([]byte))
		}
		if got != "snow ☃" || isText != (p.(fields)["content"] == "text") || f["from"] != name(a.ID()) || f["protocol"] != protocol {
			t.Errorf("%s: got %v", protocol, f)
		}
	}
	a.act("send", fields{"protocol": "arcs", "peer": someone, "data": "x"})
	if f := a.next("failed"); f["op"] != "send" || f["error"] != "not_neighbour" || f["peer"] != someone {
		t.Errorf("got %v", f)
	}
}

func TestPublish(t *testing.T) {
	a, b := pair(t, fields{"use": "broadcast", "over": "arcs"})
	first := a.do("publish", fields{"protocol": "broadcast", "data": "one"})
	if f := b.next("delivered"); f["id"] != first || string(f["data"].([]byte)) != "one" || f["hops"] != 1 {
		t.Errorf("got %v, want message %v", f, first)
	}
	second := a.do("publish", fields{"protocol": "broadcast", "data": "", "after": []any{first}})
	if f := b.next("delivered"); f["id"] != second || second == first {
		t.Errorf("got %v, want message %v", f, second)
	}
	_, err := a.try("publish", fields{"protocol": "broadcast", "data": "x", "after": []any{someone + "/1/1"}})
	refused(t, "after what did not come", err, messages.ErrRefused)
	ids := make(chan any, 5)
	for range cap(ids) {
		go func() { ids <- a.do("publish", fields{"protocol": "broadcast", "data": "x"}) }()
	}
	seen := map[any]bool{first: true, second: true}
	for range cap(ids) {
		seen[<-ids] = true
	}
	if len(seen) != 2+cap(ids) {
		t.Errorf("%d ids of %d messages", len(seen), 2+cap(ids))
	}
}

func TestRequests(t *testing.T) {
	a, b := pair(t, fields{"use": "unicast", "over": "arcs"})
	ask := func(data string, more fields) chan error {
		done := make(chan error, 1)
		args := fields{"protocol": "unicast", "peer": name(b.ID()), "data": data}
		for field, value := range more {
			args[field] = value
		}
		go func() {
			answer, err := do(context.Background(), a.peer, "request", args) // it has a deadline of its own
			if err == nil && string(answer.([]byte)) != "answer to "+data {
				err = errors.New("another answer: " + string(answer.([]byte)))
			}
			done <- err
		}()
		return done
	}
	one, two := ask("one", nil), ask("two", nil)
	first, second := b.next("requested"), b.next("requested")
	for _, f := range []fields{second, first} { // in any order
		b.act("reply", fields{"protocol": "unicast", "from": f["from"], "request": f["request"], "data": "answer to " + string(f["data"].([]byte))})
	}
	for _, done := range []chan error{one, two} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for i, reason := range reasons {
		three := ask("three", nil)
		f := b.next("requested")
		b.act("reject", fields{"protocol": "unicast", "from": f["from"], "request": f["request"], "reason": reason, "text": "no"})
		refused(t, reason, <-three, messages.Code(reasons[i]))
	}
	refused(t, "no answer", <-ask("four", fields{"timeout": 100.0}), messages.ErrTimeout)
	refused(t, "too long a wait", <-ask("five", fields{"timeout": 60_001.0}), errInvalid)
	f := b.next("requested")
	b.act("reply", fields{"protocol": "unicast", "from": f["from"], "request": f["request"], "data": "late"})
	a.act("multicast", fields{"protocol": "unicast", "data": "to all"})
	if f := b.next("received"); string(f["data"].([]byte)) != "to all" {
		t.Errorf("got %v", f)
	}
}

func TestArcsAndSnapshot(t *testing.T) {
	a, b := pair(t)
	back := fields{"protocol": "arcs", "from": name(b.ID()), "to": name(a.ID()), "views": []any{"in", "any"}}
	_, err := a.try("introduce", back)
	refused(t, "who holds no arc to us", err, messages.ErrNotInView)
	back["views"] = []any{"out", "any"}
	a.do("introduce", back)
	b.do("close", fields{"protocol": "arcs", "peer": name(a.ID())})
	with := fields{"protocol": "arcs", "peer": name(b.ID())}
	a.do("lock", with)
	_, err = a.try("close", with)
	refused(t, "a locked arc", err, messages.ErrLocked)
	s := a.do("snapshot", fields{}).(fields)
	arc := s["views"].(fields)["arcs"].(fields)["out"].([]any)[0].(fields)
	if arc["peer"] != name(b.ID()) || arc["count"] != 1 || arc["locks"] != 1 || s["linked"] != true || s["id"] != name(a.ID()) {
		t.Errorf("got %v", s)
	}
	if all := a.do("neighbors", fields{}).([]any); len(all) != 1 || all[0] != name(b.ID()) {
		t.Errorf("neighbours %v", all)
	}
	a.do("unlock", with)
	a.do("close", with)
	_, err = a.try("close", with)
	refused(t, "no arc", err, messages.ErrNoArc)
	b.do("invite", fields{"protocol": "arcs", "peer": name(a.ID())})
	b.do("drop", fields{"protocol": "arcs", "peer": name(a.ID())})
	_, err = a.try("introduce", fields{"protocol": "arcs", "from": name(a.ID()), "to": name(b.ID()), "views": []any{"out", "any"}})
	if err != nil { // it is an open
		t.Error(err)
	}
	if all := a.do("contacts", fields{"protocol": "arcs", "count": 5.0}).([]any); len(all) != 1 || all[0] != name(b.ID()) {
		t.Errorf("contacts %v", all)
	}
}

func TestEstimateAndDescribe(t *testing.T) {
	x := newTester(t, fields{"protocols": []any{fields{"use": "spray"}, fields{"use": "size"}, fields{"use": "tman", "rank": "nearest"}}})
	if e := x.do("estimate", fields{"protocol": "size"}).(fields); e["peers"] != 1.0 || e["samples"] != 0 {
		t.Errorf("a peer that is alone estimates %v", e)
	}
	x.do("describe", fields{"protocol": "tman", "data": []byte{}})
	_, err := x.try("describe", fields{"protocol": "tman", "data": []byte{1}})
	refused(t, "no coordinates", err, errInvalid)
}

func TestAProtocolCanEndAndBeStartedAgain(t *testing.T) {
	x := newTester(t, nil)
	options := fields{"options": fields{"use": "unicast", "over": "spray"}}
	ask := fields{"protocol": "unicast", "peer": someone, "data": "x"}
	for range 3 {
		x.do("spawn", options) // at once after the end of the one before
		_, err := x.try("spawn", options)
		refused(t, "the same again", err, messages.ErrDuplicate)
		_, err = x.try("request", ask)
		refused(t, "nobody", err, messages.ErrNotNeighbor)
		x.do("remove", fields{"name": "unicast"})
	}
	for range 3 {
		if f := x.next("stopped"); f["protocol"] != "unicast" {
			t.Errorf("got %v", f)
		}
	}
	_, err := x.try("request", ask)
	refused(t, "after its end", err, messages.ErrNoProtocol)
	select {
	case f := <-x.events:
		t.Errorf("more came: %v", f)
	default:
	}
}

// The page subscribes to a protocol before its spawn, and the spawn waits for the end of
// the earlier one of that name. No event of that one may reach the new one.
func TestAProtocolHearsNothingOfTheOneBefore(t *testing.T) {
	x := newTester(t, nil)
	made, err := newProtocol("options", fields{"use": "unicast"})
	if err != nil {
		t.Fatal(err)
	}
	made.stop = func() {}
	x.heard(made, messages.Stopped{})
	if len(x.events) > 0 || made.ended {
		t.Errorf("%d events of the one before; ended: %v", len(x.events), made.ended)
	}
	x.heard(made, messages.Started{})
	x.heard(made, messages.Stopped{})
	if len(x.events) != 1 || !made.ended {
		t.Errorf("%d events, want its own end; ended: %v", len(x.events), made.ended)
	}
}

func TestCallsEndWithWhatTheyWaitFor(t *testing.T) {
	for what, end := range map[string]func(x *tester){
		"the protocol": func(x *tester) { x.do("remove", fields{"name": "tman"}) },
		"the peer":     func(x *tester) { x.act("crash", fields{}) },
	} {
		x := newTester(t, fields{"protocols": []any{fields{"use": "tman"}}})
		made, err := x.protocol("test", "tman", "tman")
		if err != nil {
			t.Fatal(err)
		}
		w, err := made.wait(func(any) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_, err := made.await(ctx, w)
			ended <- err
		}()
		end(x)
		if what == "the peer" {
			<-x.Done()
			x.endAll()
		}
		refused(t, what, <-ended, messages.ErrClosed)
		_, err = made.wait(func(any) bool { return false })
		refused(t, what+" and then", err, messages.ErrNoProtocol)
	}
}

func TestWaitersAreBounded(t *testing.T) {
	var p protocol
	for range maxWaiting {
		if _, err := p.wait(func(any) bool { return false }); err != nil {
			t.Fatal(err)
		}
	}
	_, err := p.wait(func(any) bool { return false })
	refused(t, "one more", err, messages.ErrFull)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(messages.ErrTimeout)
	_, err = p.await(ctx, p.waiting[0])
	refused(t, "the first", err, messages.ErrTimeout)
	if _, err = p.wait(func(any) bool { return false }); err != nil {
		t.Error(err)
	}
}

func TestLeaveAndTheLoss(t *testing.T) {
	a, b := pair(t)
	a.do("leave", fields{})
	if f := b.next("peer_down"); f["cause"] != "left" {
		t.Errorf("got %v", f)
	}
	select {
	case <-a.Done():
	case <-time.After(patience):
		t.Error("it has not ended")
	}
	_, err := a.try("snapshot", fields{})
	refused(t, "after the end", err, messages.ErrClosed)
	_, err = b.try("open", fields{"protocol": "arcs", "peer": name(a.ID())})
	if err == nil {
		t.Error("an arc to a peer that has left")
	}
}

func TestLeaveIsOverWhenThePeerCrashes(t *testing.T) {
	a := newTester(t, nil)
	a.Crash()
	<-a.Done()
	_, err := a.try("leave", fields{})
	refused(t, "leave", err, messages.ErrClosed)
}

func TestTheLinkToTheServer(t *testing.T) {
	order := func(what string) {
		t.Helper()
		answer, err := http.Post("http://"+os.Getenv("N2N_HOST")+"/server/"+what, "", nil)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(what, answer, err)
		}
		_ = answer.Body.Close()
	}
	a := newTester(t, fields{"signaling": []any{"ws://" + os.Getenv("N2N_HOST") + "/signal"}})
	a.do("join", fields{"room": "r"})
	if f := a.next("signaling_entered"); f["members"].(int) < 1 {
		t.Errorf("got %v", f)
	}
	order("stop")
	if f := a.next("signaling_lost"); f["again"] != true || f["message"] == "" {
		t.Errorf("got %v", f)
	}
	order("start")
	a.next("signaling_entered")

	alone := newTester(t, fields{"signaling": []any{"ws://localhost:1/"}})
	_, err := alone.try("join", fields{"room": "r"})
	refused(t, "a server that is not there", err, messages.ErrClosed)
	if f := alone.next("signaling_lost"); f["again"] != false || f["message"] == "" {
		t.Errorf("got %v", f)
	}
	_, err = newTester(t, nil).try("join", fields{"room": "r"})
	refused(t, "no server", err, messages.ErrClosed)
}
