//go:build !js

package links_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/n2n-overlay/n2n/actors/internal/links"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// driver gives a Table the inputs of a script and writes down its effects. A peer's
// name is one letter, and peers sort as their names do; "c#2" is the second
// connection that was made, to c. Jobs that the Table draws are j1, j2 and so on,
// those of others are numbers.
type driver struct {
	*links.Table
	self      string
	now       time.Time
	protocols []*links.Protocol
	timers    []*timer
	jobs      []uint64
	last      map[string]links.Connect // to each peer
	asked     links.Introduction       // the last
	tickets   messages.Ticket
	sums      map[string]float64
	out       strings.Builder
}

type timer struct {
	driver *driver
	at     time.Time
	due    links.Due
}

func (t *timer) Stop() bool {
	i := slices.Index(t.driver.timers, t)
	if i >= 0 {
		t.driver.timers = slices.Delete(t.driver.timers, i, i+1)
		t.driver.printf("stop %s", nameOf(t.due))
	}
	return i >= 0
}

func newDriver(self string) *driver {
	d := &driver{self: self, now: time.Unix(0, 0), last: map[string]links.Connect{}, sums: map[string]float64{}}
	times := &links.Times{}
	times.Set(10*time.Second, time.Minute)
	d.Table = links.New(id(self), links.Config{
		Times: times, RetryWait: 200 * time.Millisecond,
		MaxRetries: 3, MaxConnections: 4, MaxHalfOpen: 2, MaxOpens: 4, MaxArcs: 3, MaxRelays: 8,
	}, func() time.Time { return d.now }, rand.New(rand.NewPCG(1, 2)), d)
	return d
}

func id(name string) messages.PeerID {
	if name == "" {
		return messages.PeerID{}
	}
	return messages.PeerID{name[0]}
}

func name(p messages.PeerID) string {
	if p.IsZero() {
		return "nobody"
	}
	return string(p[:1])
}

func linkName(l links.ID) string { return fmt.Sprintf("%s#%d", name(l.Peer), l.Generation) }

func (d *driver) job(n uint64) string {
	if n < 1000 {
		return strconv.FormatUint(n, 10)
	}
	i := slices.Index(d.jobs, n)
	if i < 0 {
		i = len(d.jobs)
		d.jobs = append(d.jobs, n)
	}
	return fmt.Sprintf("j%d", i+1)
}

func (d *driver) printf(format string, args ...any) { fmt.Fprintf(&d.out, "    "+format+"\n", args...) }

// The effects.

func (d *driver) After(after time.Duration, due links.Due) links.Timer {
	d.printf("after %v %s", after.Round(time.Millisecond), nameOf(due))
	t := &timer{d, d.now.Add(after), due}
	d.timers = append(d.timers, t)
	return t
}

func (d *driver) Connect(c links.Connect) {
	d.last[name(c.Link.Peer)] = c
	verb, of := "offer", " for "+c.Way.Protocol
	if c.Offer != "" {
		verb, of = "answer", ""
	}
	d.printf("connect %s, %s job %s%s%s", linkName(c.Link), verb, d.job(c.Job), of, via(c.Route))
}

func via(route []messages.PeerID) string {
	if len(route) == 0 {
		return " by the rendezvous"
	}
	text := " via"
	for _, hop := range route {
		text += " " + name(hop)
	}
	return text
}

func (d *driver) Accept(l links.ID, _ *messages.Answer) { d.printf("accept %s", linkName(l)) }
func (d *driver) Send(l links.ID, m messages.Control)   { d.printf("send %s %s", linkName(l), d.wire(m)) }
func (d *driver) Missed(p messages.PeerID)              { d.printf("missed %s", name(p)) }
func (d *driver) Emit(event any)                        { d.printf("emit %s", d.text(event)) }
func (d *driver) HangUp(l links.ID, how links.HangUp) {
	d.printf("hang up %s %s", linkName(l), d.text(how))
}
func (d *driver) Signal(m *messages.Signal) { d.printf("signal %s", d.wire(m)) }
func (d *driver) Introduced(by messages.PeerID, job uint64, code messages.Code) {
	d.printf("introduced by %s, job %s: %s", name(by), d.job(job), cmp.Or(string(code), "ok"))
}

func (d *driver) Introduce(i links.Introduction) {
	d.asked = i
	d.printf("introduce %s to %s for %s, job %s, %v left", name(i.From), name(i.To), i.Protocol, d.job(i.Job), i.Left)
}

func (d *driver) Tell(number uint32, e links.Event) {
	locks := ""
	if e.Locks > 0 {
		locks = fmt.Sprintf(", %d locked", e.Locks)
	}
	d.printf("tell %s %s%s", d.protocols[number-1].Name, d.text(e.Event), locks)
}

func nameOf(v any) string {
	t := fmt.Sprintf("%T", v)
	return t[strings.LastIndex(t, ".")+1:]
}

// text renders a value of a struct type without the fields that are zero.
func (d *driver) text(v any) string {
	switch v := v.(type) {
	case messages.PeerID:
		return name(v)
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	value := reflect.ValueOf(v)
	if value.Kind() != reflect.Struct {
		return fmt.Sprint(v)
	}
	var fields []string
	for i := range value.NumField() {
		if f := value.Field(i); !f.IsZero() {
			fields = append(fields, value.Type().Field(i).Name+" "+d.named(d.text(f.Interface())))
		}
	}
	return nameOf(v) + "{" + strings.Join(fields, ", ") + "}"
}

// named puts names in the place of the PeerIDs in an error.
func (d *driver) named(text string) string {
	for c := 'a'; c <= 'e'; c++ {
		text = strings.ReplaceAll(text, id(string(c)).String(), string(c))
	}
	return text
}

// wire renders a control message without the fields that are not set.
func (d *driver) wire(m proto.Message) string {
	if m, ok := m.(*messages.Signal); ok {
		var route []messages.PeerID
		for _, hop := range m.GetRoute() {
			route = append(route, messages.PeerID(hop))
		}
		return fmt.Sprintf("job %s to %s: refused, %s%s", d.job(m.GetJob()), name(messages.PeerID(m.GetTo())), m.GetRefusal().GetReason().Code(), via(route))
	}
	r := m.ProtoReflect()
	var fields []string
	for i := range r.Descriptor().Fields().Len() {
		f := r.Descriptor().Fields().Get(i)
		if !r.Has(f) {
			continue
		}
		switch value := r.Get(f); {
		case f.Name() == "job":
			fields = append(fields, "job "+d.job(value.Uint()))
		case f.IsList() && f.Kind() == protoreflect.MessageKind:
			for i := range value.List().Len() {
				p := value.List().Get(i).Message().Interface().(*messages.ProtocolNumber)
				fields = append(fields, fmt.Sprintf("%s %d=%s", f.Name(), p.GetNumber(), p.GetName()))
			}
		case f.IsList():
			for i := range value.List().Len() {
				fields = append(fields, fmt.Sprintf("%s %v", f.Name(), value.List().Get(i)))
			}
		case f.Kind() == protoreflect.EnumKind:
			fields = append(fields, strings.ToLower(string(f.Enum().Values().ByNumber(value.Enum()).Name())))
		default:
			fields = append(fields, fmt.Sprintf("%s %v", f.Name(), value))
		}
	}
	return string(r.Descriptor().Name()) + "{" + strings.Join(fields, ", ") + "}"
}

// words are an input's: its verb, the names and numbers behind it, and options such
// as job=7.
type words struct {
	verb    string
	args    []string
	options map[string]string
}

func parse(line string) words {
	w := words{options: map[string]string{}}
	for i, word := range strings.Fields(line) {
		key, value, found := strings.Cut(word, "=")
		switch {
		case i == 0:
			w.verb = word
		case found:
			w.options[key] = value
		default:
			w.args = append(w.args, word)
		}
	}
	return w
}

func (w words) arg(i int) string {
	if i < len(w.args) {
		return w.args[i]
	}
	return ""
}

func (w words) number(key string, otherwise uint64) uint64 {
	if text, ok := w.options[key]; ok {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	return otherwise
}

func (w words) route() []messages.PeerID {
	var route []messages.PeerID
	for hop := range strings.SplitSeq(w.options["via"], ",") {
		if hop != "" {
			route = append(route, id(hop))
		}
	}
	return route
}

// link is the connection that a word names: c#2, or the last one to c.
func (d *driver) link(word string) links.ID {
	peer, number, found := strings.Cut(word, "#")
	if !found {
		return d.last[peer].Link
	}
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		panic(err)
	}
	return links.ID{Peer: id(peer), Generation: uint32(n)}
}

// protocol is the one that "as" names, else the first.
func (d *driver) protocol(w words) *links.Protocol {
	as, ok := w.options["as"]
	if !ok {
		return d.protocols[0]
	}
	return d.protocols[slices.IndexFunc(d.protocols, func(p *links.Protocol) bool { return p.Name == as })]
}

// take gives the Table one input, and returns what came of it.
func (d *driver) take(line string) string {
	d.out.Reset()
	w := parse(line)
	if n, found := strings.CutPrefix(w.options["job"], "j"); found { // one that the Table drew
		i, err := strconv.Atoi(n)
		if err != nil {
			panic(err)
		}
		w.options["job"] = strconv.FormatUint(d.jobs[i-1], 10)
	}
	d.input(w)
	sums := map[string]float64{}
	d.Tally.Into(sums)
	var counted []string
	for sum, n := range sums {
		if n > d.sums[sum] {
			counted = append(counted, sum)
		}
	}
	slices.Sort(counted)
	if len(counted) > 0 {
		d.printf("count %s", strings.Join(counted, ", "))
	}
	d.sums = sums
	return d.out.String()
}

func (d *driver) input(w words) {
	peer, link := id(w.arg(0)), links.ID{}
	if len(w.args) > 0 {
		link = d.link(w.arg(0))
		peer = id(w.arg(0))
	}
	control := func(m messages.Control) { d.Control(link, m) }
	request := func(r any) { d.Request(d.protocol(w).Number, r) }
	ticket := func() messages.Ticket { d.tickets++; return d.tickets }
	switch w.verb {
	case "neighbor": // one to whom there is a living connection
		for _, verb := range []string{"offer", "opened", "living"} {
			w.verb = verb
			d.input(w)
		}
		d.out.Reset()
		d.printf("%s lives", linkName(d.last[w.arg(0)].Link))
	case "protocol":
		p := &links.Protocol{Number: uint32(len(d.protocols) + 1), Name: w.arg(0), Accepts: w.arg(1) != "refuses", Reach: int(w.number("reach", 1))}
		if seen := w.options["sees"]; seen != "" {
			p.Sees = []string{seen}
		}
		d.protocols = append(d.protocols, p)
		d.Register(p)
	case "unregister":
		d.Unregister(d.protocol(w).Number)
	case "mute":
		d.Mute(d.protocol(w).Number)
	case "linked", "unlinked":
		d.Linked(w.verb == "linked")
	case "open":
		request(messages.Open{Ticket: ticket(), Peer: peer, Via: w.route()})
	case "close":
		request(messages.Close{Ticket: ticket(), Peer: peer})
	case "lock":
		request(messages.Lock{Ticket: ticket(), Peer: peer})
	case "unlock":
		request(messages.Unlock{Ticket: ticket(), Peer: peer})
	case "drop":
		request(messages.Drop{Ticket: ticket(), Peer: peer})
	case "introduce":
		request(messages.Introduce{Ticket: ticket(), From: peer, To: id(w.arg(1))})
	case "invite":
		request(messages.Invite{Ticket: ticket(), Peer: peer})
	case "route":
		l, err := d.Route(d.protocol(w).Number, peer)
		d.printf("%s %v", linkName(l), err)
	case "offer":
		d.Signaled(peer, &messages.Signal{Job: w.number("job", 7), Body: &messages.Signal_Offer{Offer: &messages.Offer{
			Sdp: "sdp", Incarnation: w.number("incarnation", 1), Protocol: cmp.Or(w.options["for"], d.protocols[0].Name),
		}}}, w.route())
	case "answer":
		c := d.last[w.arg(0)]
		d.Signaled(peer, &messages.Signal{Job: w.number("job", c.Job), Body: &messages.Signal_Answer{Answer: &messages.Answer{Sdp: "sdp"}}}, c.Route)
	case "refuse": // who refuses, the peer that was offered, why
		c := d.last[w.arg(1)]
		d.Signaled(peer, &messages.Signal{Job: c.Job, Body: links.Refusal(messages.Code(w.arg(2)))}, nil)
	case "opened":
		d.Opened(link)
	case "living":
		hello := &messages.Hello{Incarnation: w.number("incarnation", 1)}
		for _, p := range d.protocols {
			if p.Name != w.options["without"] {
				hello.Protocols = append(hello.Protocols, &messages.ProtocolNumber{Number: p.Number, Name: p.Name})
			}
		}
		d.Living(link, hello, 20*time.Millisecond)
	case "closed":
		d.Closed(link, errors.New("it was torn"))
	case "violated":
		d.Violated(link, errors.New("nonsense"))
	case "arcs":
		control(&messages.Arcs{Protocol: uint32(w.number("protocol", 1)), Count: uint32(w.number("count", 1)), Seq: w.number("seq", 1), Job: w.number("job", 0)})
	case "refusal":
		control(&messages.ArcsRefused{Protocol: 1, Seq: w.number("seq", 1), Keep: uint32(w.number("keep", 0)), Reason: messages.Code(cmp.Or(w.arg(1), "full")).Reason()})
	case "runs":
		control(&messages.Protocols{Added: []*messages.ProtocolNumber{{Number: uint32(w.number("number", 9)), Name: w.arg(1)}}})
	case "removes":
		control(&messages.Protocols{Removed: []uint32{uint32(w.number("number", 1))}})
	case "unwanted":
		control(&messages.NoProtocol{Protocol: 1})
	case "propose":
		control(&messages.CloseProposal{Seen: w.number("seen", 0)})
	case "agree", "decline":
		control(&messages.CloseAnswer{Agreed: w.verb == "agree"})
	case "leaves":
		control(&messages.Leave{})
	case "envelope":
		class := protocols.Ordered
		if w.arg(1) == "lossy" {
			class = protocols.Lossy
		}
		number, ok := d.Recipient(link, class, uint32(w.number("number", 1)))
		d.printf("to protocol %d: %t", number, ok)
	case "congested", "drained":
		d.Congested(link, w.verb == "congested")
	case "introduced":
		d.IntroducedTo(peer, id(w.arg(1)), w.number("job", 5), cmp.Or(w.options["for"], d.protocols[0].Name))
	case "ended":
		var err error
		if w.arg(0) != "ok" {
			err = messages.Code(w.arg(0))
		}
		d.IntroductionEnded(d.asked, err)
	case "hold", "release":
		d.Hold([2]links.ID{link}, map[string]int{"hold": 1, "release": -1}[w.verb])
	case "wait":
		d.wait(w.arg(0))
	case "leave":
		d.Leave()
	case "stop":
		d.Stop()
	case "state":
		d.state()
	default:
		panic("no such input: " + w.verb)
	}
}

// wait lets time pass, and takes what is due meanwhile.
func (d *driver) wait(text string) {
	pass, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	end := d.now.Add(pass)
	for {
		next := (*timer)(nil)
		for _, t := range d.timers {
			if !t.at.After(end) && (next == nil || t.at.Before(next.at)) {
				next = t
			}
		}
		if next == nil {
			break
		}
		d.timers = slices.DeleteFunc(d.timers, func(t *timer) bool { return t == next })
		d.now = next.at
		d.printf("at %v %s", d.now.Sub(time.Unix(0, 0)).Round(time.Millisecond), nameOf(next.due))
		d.Due(next.due)
	}
	d.now = end
}

func (d *driver) state() {
	s := d.State()
	for _, p := range d.protocols {
		v, ok := s.Views[p.Name]
		if !ok {
			continue
		}
		text := p.Name + ": out"
		for a := range v.Out.All() {
			text += fmt.Sprintf(" %s:%d", name(a.Peer), a.Count)
			if a.Locks > 0 {
				text += fmt.Sprintf("(%d locked)", a.Locks)
			}
		}
		text += ", in"
		for a := range v.In.All() {
			text += fmt.Sprintf(" %s:%d", name(a.Peer), a.Count)
		}
		d.printf("%s", text)
	}
	list := func(what string, peers []messages.PeerID) {
		if len(peers) > 0 {
			text := what
			for _, p := range peers {
				text += " " + name(p)
			}
			d.printf("%s", text)
		}
	}
	list("connections", s.Connections)
	list("lingering", s.Lingering)
	list("pending", s.Pending)
	d.printf("%d opens, %d attempts, %d invitations, %d holds, %d timers", s.Opens, s.Attempts, s.Invitations, s.Holds, len(d.timers))
}
