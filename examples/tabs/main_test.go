package main

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols/unicast"
)

func TestApplicationsShareAConnection(t *testing.T) {
	url, stop := serve(t, built)
	a := enter(t, url)
	a.opens("chat", "board", "clock")
	a.counts(1, 0, 3, 1)

	a.hears(func(l line) bool { return slices.Equal(l.Here, []string{a.ID().String()}) })
	fatal(t, a.Send("chat", a.service, wrapperspb.String(`{"n":1,"text":"anybody?"}`)))
	a.hears(func(l line) bool { return strings.Contains(l.Text, "another tab") && l.From == "" })
	a.sees(a.service, func(dot []byte) bool { return len(dot) == dotSize && dot[4] == 1 })
	fatal(t, a.Tell("clock", unicast.Request{ID: 7, To: a.service, Payload: []byte("how are you?")}))
	a.gets("clock", func(event any) bool {
		answer, ok := event.(unicast.Answered)
		var l load
		return ok && answer.ID == 7 && json.Unmarshal(answer.Payload, &l) == nil &&
			l.Time > 0 && l.Up > 0 && l.Goroutines > 1 && l.Heap > 0
	})

	for _, application := range []string{"chat", "board", "clock"} {
		fatal(t, a.Close(t.Context(), application, a.service))
	}
	a.counts(0, 1, 0, 1)
	a.opens("board")
	a.counts(1, 0, 1, 1)
	if err := stop(); err != nil {
		t.Error(err)
	}
	a.gets("board", func(event any) bool { d, ok := event.(messages.PeerDown); return ok && d.Cause == messages.CauseLeft })
}

func TestTabsMeetThroughTheService(t *testing.T) {
	url, stop := serve(t, built)
	a, b := enter(t, url), enter(t, url)
	a.opens("chat", "board")
	b.opens("chat", "board")
	a.hears(func(l line) bool { return len(l.Here) == 2 && slices.Contains(l.Here, b.ID().String()) })

	// The sender is the peer that the connection has authenticated. Only lines are passed on.
	for _, text := range []string{"no line", `{"n":1}`, `{"n":2,"text":"` + strings.Repeat("a", maxLine) + `"}`} {
		fatal(t, a.Send("chat", a.service, wrapperspb.String(text)))
	}
	fatal(t, a.Send("chat", a.service, wrapperspb.String(`{"from":"`+b.service.String()+`","n":3,"text":"good morning","here":["nobody"]}`)))
	b.hears(func(l line) bool {
		if l.From == "" {
			return false // the service's own
		}
		if want := (line{From: a.ID().String(), N: 3, Text: "good morning"}); !reflect.DeepEqual(l, want) {
			t.Errorf("b hears %+v, want %+v", l, want)
		}
		return true
	})

	fatal(t, b.Send("chat", b.service, wrapperspb.String(`{"n":1,"text":"good night"}`)))
	a.hears(func(l line) bool {
		if l.From == "" && l.Text != "" {
			t.Errorf("a hears %q, and is not alone", l.Text)
		}
		return l.Text == "good night"
	})

	// All get a dot, its drawer too, with the drawer's PeerID. Nobody gets other sizes.
	for _, dot := range [][]byte{{1, 2, 3, 4, 5, 6}, {1, 2, 3, 4}} {
		fatal(t, a.Send("board", a.service, wrapperspb.Bytes(dot)))
	}
	drawn := func(dot []byte) bool {
		if len(dot) != dotSize {
			t.Errorf("a dot of %d bytes", len(dot))
		}
		return bytes.Equal(dot, []byte{9, 8, 7, 6, 1})
	}
	drawing, enough := context.WithCancel(t.Context())
	defer enough()
	go func() {
		for again := time.NewTicker(50 * time.Millisecond); drawing.Err() == nil; <-again.C { // a dot may be lost
			fatal(t, a.Send("board", a.service, wrapperspb.Bytes([]byte{9, 8, 7, 6, 1})))
		}
	}()
	a.sees(a.ID(), drawn)
	b.sees(a.ID(), drawn)

	// After the service has introduced the two, they do not need it any more.
	fatal(t, a.Open(t.Context(), "chat", b.ID(), a.service))
	a.counts(2, 0, 3, 2)
	if err := stop(); err != nil {
		t.Error(err)
	}
	a.counts(1, 0, 1, 2)
	fatal(t, a.Send("chat", b.ID(), wrapperspb.String("without it")))
	b.gets("chat", func(event any) bool {
		m, ok := event.(messages.Received)
		return ok && m.From == a.ID() && m.Message.(*wrapperspb.StringValue).GetValue() == "without it"
	})
}
