//go:build !js

package actors_test

import (
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
)

// counted is a room in which each turn of an actor is counted.
type counted struct {
	*room
	line  actors.Line
	turns map[string]int // by peer and kind of actor, as in "a n2n"
}

func newCounted(names ...string) *counted {
	c := &counted{room: newRoom(), turns: map[string]int{}}
	for _, name := range names {
		world := c.world(name)
		world.Mailbox = func() actor.Mailbox { return actors.NewMailbox(c.post, nil) }
		c.startIn(name, world, quick())
	}
	return c
}

func (c *counted) post(t actors.Turn) {
	c.line.Push(t)
	c.ready = append(c.ready, func() {
		t, _ := c.line.Pop()
		if id, system := t.To(); !system {
			c.turns[c.kind(id)]++
		}
		t.Take()
	})
}

// kind says whose turn it is by an actor's ID: peer/neighborhood/connection.
func (c *counted) kind(id string) string {
	path := strings.Split(id, "/")
	for peer, name := range c.names {
		switch {
		case !strings.Contains(path[0], peer.Short()):
		case len(path) == 1:
			return name + " peer"
		case len(path) == 3:
			return name + " connection"
		default:
			return name + " " + path[1]
		}
	}
	return id
}

var _ = Describe("the turns of a peer's actors", func() {
	var c *counted
	BeforeEach(func() {
		c = newCounted("a", "b", "c")
		c.join("a", "b", "c")
		c.open("a", "b")
		c.open("b", "c")
		for _, m := range c.peers {
			m.room.Leave()
		}
		c.run(time.Second / 10)
		clear(c.turns)
	})

	It("are six of an envelope", func() {
		c.do("a", func(t messages.Ticket) any {
			return messages.Send{Ticket: t, To: c.id("b"), Message: wrapperspb.Bytes([]byte("hello"))}
		})
		delete(c.turns, "b peer") // tells the subscribers of a passive protocol
		Expect(c.turns).To(Equal(map[string]int{
			"a lab-1": 1, "a neighborhood": 1, "a connection": 1,
			"b connection": 1, "b neighborhood": 1, "b lab-1": 1,
		}))
	})

	It("go to nobody in between in an introduction", func() {
		Expect(c.introduce("b", "a", "c")).To(BeAssignableToTypeOf(messages.Introduced{}))
		for name := range c.peers {
			delete(c.turns, name+" peer") // tells those who subscribed to its protocols and connections
		}
		Expect(c.turns).To(Equal(map[string]int{
			// the request, hold and release, the end; the request, offer, answer, outcome
			"b lab-1": 2, "b neighborhood": 4, "b n2n": 4, "b connection": 6,
			// introduction, answer, open, living; introduction, offer, answer, living, outcome
			"a neighborhood": 4, "a n2n": 5, "a connection": 11, "a lab-1": 1,
			// offer, open, living, arcs; offer, answer, living
			"c neighborhood": 4, "c n2n": 3, "c connection": 8, "c lab-1": 1,
		}))
	})
})
