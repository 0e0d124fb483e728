package n2n_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/fullmesh"
	"github.com/n2n-overlay/n2n/protocols/unicast"
	"github.com/n2n-overlay/n2n/signaling/client"
	"github.com/n2n-overlay/n2n/signaling/hall"
	"github.com/n2n-overlay/n2n/signaling/server"
	"github.com/n2n-overlay/n2n/wrtc"
)

func newHall(t *testing.T) *hall.Hall {
	t.Helper()
	h, err := hall.New(hall.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func join(t *testing.T, options ...n2n.Option) *n2n.Peer {
	t.Helper()
	peer, err := n2n.Join(t.Context(), "lobby", append(options, n2n.Loopback())...)
	if err != nil {
		t.Fatal(err)
	}
	return peer
}

// meet waits until two peers are neighbors.
func meet(t *testing.T, a, b *n2n.Peer) {
	t.Helper()
	NewWithT(t).Eventually(a.Neighbors).WithTimeout(time.Minute).Should(ContainElement(b.ID()))
}

func TestPeersTalk(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := newHall(t)
	a, b := join(t, n2n.Hall(h)), join(t, n2n.Hall(h))
	meet(t, a, b)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	_, err := a.Request(ctx, b.ID(), []byte("anybody?"))
	if !errors.Is(err, messages.ErrRefused) {
		t.Errorf("a request that nobody answers: %v", err)
	}
	b.Handle(func(_ context.Context, r n2n.Request) ([]byte, error) {
		switch string(r.Body) {
		case "no":
			return nil, errors.New("not today")
		case "much":
			return make([]byte, 1<<20), nil
		case "panic":
			panic("no answer")
		}
		return append([]byte("you said "), r.Body...), nil
	})
	reply, err := a.Request(ctx, b.ID(), []byte("hello"))
	if err != nil || string(reply) != "you said hello" {
		t.Errorf("the reply is %q, %v", reply, err)
	}
	for body, says := range map[string]string{"no": "not today", "much": "too big", "panic": "the answer failed"} {
		if _, err = a.Request(ctx, b.ID(), []byte(body)); !errors.Is(err, messages.ErrRefused) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err = a.Request(ctx, messages.PeerID{1}, nil); !errors.Is(err, messages.ErrNotNeighbor) {
		t.Errorf("a request to a stranger: %v", err)
	}

	// The first loop has the messages from before it began, and those of this peer.
	id, err := a.Publish(ctx, []byte("good morning"))
	if err != nil {
		t.Error(err)
	}
	want := n2n.Message{From: a.ID(), Payload: []byte("good morning"), ID: id}
	for _, peer := range []*n2n.Peer{a, b} {
		for m := range peer.Messages(ctx) {
			NewWithT(t).Expect(m).To(Equal(want))
			break
		}
	}
	// A loop is told how many waiting messages were dropped.
	late := join(t, n2n.Hall(h))
	const many = 1030
	for range many {
		if _, err := late.Publish(ctx, nil); err != nil {
			t.Fatal(err)
		}
	}
	had, missed := 0, 0
	for m := range late.Messages(ctx) {
		if m.From == late.ID() {
			had++
		}
		if missed += m.Missed; had+missed >= many {
			break
		}
	}
	if missed < many-1024 {
		t.Errorf("%d were missed", missed)
	}
	if err := late.Leave(ctx); err != nil {
		t.Error(err)
	}
	// A further loop has only the messages since its own start.
	got := make(chan n2n.Message, 1)
	go func() {
		for m := range b.Messages(ctx) {
			got <- m
			break
		}
	}()
	NewWithT(t).Eventually(func() (int, error) {
		_, err := a.Publish(ctx, []byte("anybody here?"))
		return len(got), err
	}).WithTimeout(time.Minute).Should(Equal(1))
	if _, err := a.Publish(ctx, make([]byte, 1<<20)); !errors.Is(err, messages.ErrTooBig) {
		t.Errorf("a payload that is too big: %v", err)
	}

	if err := errors.Join(a.Leave(ctx), b.Leave(ctx), a.Leave(ctx), a.Err()); err != nil {
		t.Error(err)
	}
	<-a.Done()
	if _, err := a.Publish(ctx, nil); !errors.Is(err, messages.ErrClosed) {
		t.Errorf("publish after Leave: %v", err)
	}
	for range a.Messages(ctx) {
		t.Error("a message after Leave")
	}
}

func TestJoinSaysWhatIsWrong(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := newHall(t)
	_, key, _ := ed25519.GenerateKey(nil)
	flood, _ := broadcast.New(broadcast.DefaultConfig())
	mesh, _ := fullmesh.New(fullmesh.DefaultConfig())
	for what, c := range map[string]struct {
		room    string
		options []n2n.Option
		says    string
	}{
		"no way to others":                {"r", nil, "give Signal the URL"},
		"no URL":                          {"r", []n2n.Option{n2n.Signal()}, "give Signal the URL"},
		"a URL that is none":              {"r", []n2n.Option{n2n.Signal("localhost:5555")}, "no URL of a signaling server"},
		"a URL twice":                     {"r", []n2n.Option{n2n.Signal("ws://a"), n2n.Signal("ws://a")}, "named twice"},
		"no hall":                         {"r", []n2n.Option{n2n.Hall(nil)}, "Hall: it is nil"},
		"an empty room":                   {"", []n2n.Option{n2n.Hall(h)}, "is empty"},
		"a long room":                     {strings.Repeat("r", 65), []n2n.Option{n2n.Hall(h)}, "65 bytes"},
		"two overlays":                    {"r", []n2n.Option{n2n.Hall(h), n2n.Overlay("spray"), n2n.Overlay("cyclon")}, "Overlay is given twice"},
		"another overlay":                 {"r", []n2n.Option{n2n.Hall(h), n2n.Overlay("kademlia")}, "none of spray"},
		"a protocol twice":                {"r", []n2n.Option{n2n.Hall(h), n2n.With(mesh, mesh)}, "given twice"},
		"no protocol":                     {"r", []n2n.Option{n2n.Hall(h), n2n.With(protocols.Protocol{})}, "Name"},
		"two identities":                  {"r", []n2n.Option{n2n.Hall(h), n2n.Identity(key), n2n.KeyFile(filepath.Join(t.TempDir(), "key"))}, "given twice"},
		"half a key":                      {"r", []n2n.Option{n2n.Hall(h), n2n.Identity(key[:32])}, "32 bytes"},
		"a bad config":                    {"r", []n2n.Option{n2n.Hall(h), n2n.Config(func(c *actors.Config) { c.Linger = -1 })}, "Linger"},
		"a bad ICE server":                {"r", []n2n.Option{n2n.Hall(h), n2n.ICE(wrtc.ICEServer{})}, "ICE server"},
		"a bad deadline of ICE":           {"r", []n2n.Option{n2n.Hall(h), n2n.Network(func(c *wrtc.Config) { c.FailedTimeout = -1 })}, "FailedTimeout"},
		"a bad link":                      {"r", []n2n.Option{n2n.Signal("ws://a"), n2n.Link(func(c *client.Config) { c.Queue = -1 })}, "Queue"},
		"a world without a clock":         {"r", []n2n.Option{n2n.Hall(h), n2n.World(func(w actors.World) actors.World { w.Clock = nil; return w })}, "Clock is missing"},
		"no change of the network":        {"r", []n2n.Option{n2n.Network(nil)}, "Network: it is nil"},
		"no change of links":              {"r", []n2n.Option{n2n.Link(nil)}, "Link: it is nil"},
		"no change of the world":          {"r", []n2n.Option{n2n.World(nil)}, "World: it is nil"},
		"no option":                       {"r", []n2n.Option{nil}, "an option is nil"},
		"what is built over does not run": {"r", []n2n.Option{n2n.Hall(h), n2n.Overlay(""), n2n.With(flood, mesh)}, `builds over "spray"`},
	} {
		peer, err := n2n.Join(t.Context(), c.room, c.options...)
		if peer != nil || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", what, err, c.says)
		}
	}
	var none context.Context
	if _, err := n2n.Join(none, "r", n2n.Hall(h)); err == nil {
		t.Error("no context")
	}
}

// nobody is the URL of a server that is not there.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "ws://" + listener.Addr().String()
}

func TestJoinWithoutAServer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	url := nobody(t)
	if _, err := n2n.Join(t.Context(), "r", n2n.Signal(url)); !errors.Is(err, messages.ErrUnreachable) {
		t.Errorf("no server: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	impatient := errors.New("no more")
	time.AfterFunc(time.Second, func() { cancel(impatient) })
	if _, err := n2n.Join(ctx, "r", n2n.Signal(url), n2n.Patient()); !errors.Is(err, impatient) {
		t.Errorf("patience ended with %v", err)
	}
}

// noted is a rendezvous that notes the room.
type noted struct {
	actors.Rendezvous
	room *string
}

func (n noted) Enter(room string, events func(any)) {
	*n.room = room
	n.Rendezvous.Enter(room, events)
}

// A program can act between Start and Enter, and change the world of the peer.
// A subscriber may not wait for its own peer: it is told so, and the peer goes on.
func TestCallsThatCannotWait(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p := join(t, n2n.Hall(newHall(t)))
	left := make(chan error, 1)
	actors.On(p.Actors(), "broadcast", func(messages.Delivered) { left <- p.Leave(context.Background()) })
	if _, err := p.Publish(t.Context(), []byte("now")); err != nil {
		t.Fatal(err)
	}
	if err := <-left; !errors.Is(err, actors.ErrMayNotWait) {
		t.Errorf("Leave by a subscriber: %v", err)
	}
	_, publish := p.Publish(nil, nil)                                                                        //nolint:staticcheck // what is passed by mistake
	_, request := p.Request(nil, p.ID(), nil)                                                                //nolint:staticcheck // the same
	for name, err := range map[string]error{"publish": publish, "request": request, "leave": p.Leave(nil)} { //nolint:staticcheck // the same
		if err == nil || !strings.Contains(err.Error(), "the context is nil") {
			t.Errorf("%s without a context: %v", name, err)
		}
	}
	if err := p.Leave(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStartBeforeEnter(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	rooms, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(t.Context())
	pipe, stopped := server.NewPipe(), make(chan error, 1)
	go func() { stopped <- rooms.Serve(serving, pipe) }()
	room := ""
	peer, err := n2n.Start(n2n.Overlay(""), n2n.Signal("ws://signaling"),
		n2n.Link(func(c *client.Config) { c.HTTPClient = pipe.HTTPClient() }),
		n2n.World(func(w actors.World) actors.World {
			w.Rendezvous = noted{w.Rendezvous, &room}
			return w
		}))
	if err != nil {
		t.Fatal(err)
	}
	if rooms.Members("lobby") != nil {
		t.Error("it is in the room before Enter")
	}
	if _, err := peer.Enter(t.Context(), ""); err == nil {
		t.Error("it enters a room without a name")
	}
	if _, err := peer.Enter(t.Context(), "lobby"); err != nil || room != "lobby" || !slices.Contains(rooms.Members("lobby"), peer.ID()) {
		t.Errorf("it enters %q: %v", room, err)
	}
	if _, err := peer.Enter(t.Context(), "lobby"); !errors.Is(err, messages.ErrDuplicate) {
		t.Errorf("it enters again: %v", err)
	}
	if err := peer.Leave(t.Context()); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestStartWithoutAWayToOthers(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	peer, err := n2n.Start()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := peer.Enter(t.Context(), "lobby"); !errors.Is(err, messages.ErrNoRendezvous) {
		t.Errorf("it enters: %v", err)
	}
	if _, err := peer.Publish(t.Context(), []byte("anybody?")); err != nil {
		t.Errorf("it does not run on: %v", err)
	}
	if err := peer.Leave(t.Context()); err != nil {
		t.Error(err)
	}
}

// A unicast of the program itself stays with the program: n2n answers for it only after Handle.
func TestRequestsOfTheProgram(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := newHall(t)
	a := join(t, n2n.Hall(h), n2n.Overlay("fullmesh"))
	direct := unicast.DefaultConfig()
	direct.Over = "fullmesh"
	own, _ := unicast.New(direct)
	b, err := n2n.Start(n2n.Hall(h), n2n.Overlay("fullmesh"), n2n.With(own), n2n.Loopback())
	if err != nil {
		t.Fatal(err)
	}
	cancel := actors.On(b.Actors(), "unicast", func(asked unicast.Requested) {
		_ = b.Actors().Tell("unicast", unicast.Reply{To: asked.From, ID: asked.ID, Payload: []byte("from the program")})
	})
	if _, err := b.Enter(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	meet(t, a, b)
	if reply, err := a.Request(t.Context(), b.ID(), nil); err != nil || string(reply) != "from the program" {
		t.Errorf("the reply is %q, %v", reply, err)
	}
	cancel()
	b.Handle(func(context.Context, n2n.Request) ([]byte, error) { return []byte("from the door"), nil })
	if reply, err := a.Request(t.Context(), b.ID(), nil); err != nil || string(reply) != "from the door" {
		t.Errorf("the reply is %q, %v", reply, err)
	}
	if err := errors.Join(a.Leave(t.Context()), b.Leave(t.Context())); err != nil {
		t.Error(err)
	}
}

// A function of Handle that still works when its peer ends is told so.
func TestAnAnswerEndsWithItsPeer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := newHall(t)
	a, b := join(t, n2n.Hall(h)), join(t, n2n.Hall(h))
	meet(t, a, b)
	begun, told := make(chan struct{}), make(chan struct{})
	b.Handle(func(ctx context.Context, _ n2n.Request) ([]byte, error) {
		close(begun)
		<-ctx.Done()
		close(told)
		return nil, ctx.Err()
	})
	asked := make(chan error, 1)
	go func() {
		_, err := a.Request(t.Context(), b.ID(), nil)
		asked <- err
	}()
	<-begun
	if err := b.Leave(t.Context()); err != nil {
		t.Error(err)
	}
	<-told
	if err := <-asked; !errors.Is(err, messages.ErrRefused) {
		t.Errorf("the request ends with %v", err)
	}
	if err := a.Leave(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestOwnProtocolsAndOverlays(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := newHall(t)
	chat := protocols.Protocol{Name: "chat"}
	spray := protocols.Protocol{Name: "spray"} // a passive one, in place of Spray
	for _, c := range []struct {
		options []n2n.Option
		run     []string
	}{
		{[]n2n.Option{n2n.With(chat)}, []string{"broadcast", "chat", "spray", "unicast"}},
		{[]n2n.Option{n2n.With(chat, spray)}, []string{"broadcast", "chat", "spray", "unicast"}},
		{[]n2n.Option{n2n.Overlay("fullmesh")}, []string{"broadcast", "fullmesh", "unicast"}},
		{[]n2n.Option{n2n.Overlay("hyparview")}, []string{"broadcast", "hyparview", "unicast"}},
		{[]n2n.Option{n2n.Overlay("cyclon")}, []string{"broadcast", "cyclon", "unicast"}},
		{[]n2n.Option{n2n.Overlay(""), n2n.With(chat)}, []string{"chat"}},
	} {
		peer := join(t, append(c.options, n2n.Hall(h))...)
		s, err := peer.Actors().Snapshot(t.Context())
		names := []string{}
		for name := range s.Views {
			names = append(names, name)
		}
		if slices.Sort(names); err != nil || !slices.Equal(names, c.run) {
			t.Errorf("%v run, want %v (%v)", names, c.run, err)
		}
		if err := peer.Leave(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
