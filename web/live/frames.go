package live

import (
	"encoding/json"
	"math"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// The frames that pages get. Times are in milliseconds since 1970.
type (
	helloFrame struct {
		Type     string   `json:"type"`
		Program  string   `json:"program"`
		Room     string   `json:"room"`
		You      uint64   `json:"you"`
		Signal   string   `json:"signal"`
		Controls []string `json:"controls"`
		Limits   limits   `json:"limits"`
		Tab      tabFrame `json:"tab"`
	}
	limits struct {
		Peers int `json:"peers"` // drawn
		Text  int `json:"text"`  // characters of a chat message
		Demo  int `json:"demo"`  // peers that the program runs
	}
	tabFrame struct {
		Network   string           `json:"network"`
		Loopback  bool             `json:"loopback"`
		Protocols []map[string]any `json:"protocols"`
		Chat      string           `json:"chat"`
	}
	programFrame struct {
		Type  string       `json:"type"`
		State ProgramState `json:"state"`
		Text  string       `json:"text"`
	}
	serverFrame struct {
		Type    string `json:"type"`
		Running bool   `json:"running"`
	}
	pictureFrame struct {
		Type        string   `json:"type"`
		At          int64    `json:"at"`
		Protocols   []string `json:"protocols"`
		Peers       []node   `json:"peers"`
		Arcs        [][4]int `json:"arcs"`        // from, to, index of the protocol, count
		Connections [][2]int `json:"connections"` // the smaller number first
		Hidden      int      `json:"hidden"`      // peers
		HiddenArcs  int      `json:"hidden_arcs"` // entries of views
	}
	changeFrame struct {
		Type        string   `json:"type"`
		At          int64    `json:"at"`
		Came        []node   `json:"came"`
		Went        []went   `json:"went"`
		Arcs        [][4]int `json:"arcs"`        // a count of 0: gone
		Connections [][3]int `json:"connections"` // 1, or 0: gone
		Hidden      int      `json:"hidden"`      // peers
		HiddenArcs  int      `json:"hidden_arcs"` // entries of views
	}
	went struct {
		N   int `json:"n"`
		How How `json:"how"`
	}
	samplesFrame struct {
		Type    string   `json:"type"`
		Samples []sample `json:"samples"`
	}
	sampleFrame struct {
		Type string `json:"type"`
		sample
	}
	detailsFrame struct {
		Type        string                 `json:"type"`
		N           int                    `json:"n"`
		ID          string                 `json:"id"`
		Name        string                 `json:"name"`
		Kind        Kind                   `json:"kind"`
		Views       map[string]viewDetails `json:"views"`
		Connections []int                  `json:"connections"`
		Lingering   []int                  `json:"lingering"`
		Pending     []int                  `json:"pending"`
		Counters    map[string]float64     `json:"counters"`
		Known       bool                   `json:"known"` // false: no source knows the peer
	}
	viewDetails struct {
		Out [][2]int `json:"out"` // number, count
		In  [][2]int `json:"in"`
	}
	saidFrame struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		N    int    `json:"n"` // 0: the peer is not drawn
		Text string `json:"text"`
		At   int64  `json:"at"`
	}
	heardFrame struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		By   int    `json:"by"`
		Of   int    `json:"of"`
	}
	answerFrame struct {
		Type    string `json:"type"`
		Request int64  `json:"request"`
		Error   string `json:"error,omitempty"`
		Code    string `json:"code,omitempty"`
	}
)

// encode encodes a frame of the server.
func encode(frame any) []byte {
	text, err := json.Marshal(frame)
	if err != nil {
		panic("live: a frame cannot be encoded: " + err.Error())
	}
	return text
}

func (p *picture) frame(at time.Time) []byte {
	f := pictureFrame{
		Type: "picture", At: at.UnixMilli(), Protocols: append([]string{}, p.protocols...),
		Peers: make([]node, 0, len(p.peers)), Arcs: arcList(p.arcs), Connections: make([][2]int, 0, len(p.connections)),
		Hidden: p.hidden.peers, HiddenArcs: p.hidden.arcs,
	}
	for _, n := range sortedKeys(p.peers) {
		f.Peers = append(f.Peers, p.peers[n])
	}
	for _, key := range sortedLinks(p.connections) {
		f.Connections = append(f.Connections, [2]int{key.a, key.b})
	}
	return encode(f)
}

// frame returns the frame of a change. gone says how the peers went.
func (c change) frame(at time.Time, gone []went) []byte {
	f := changeFrame{
		Type: "change", At: at.UnixMilli(), Came: append([]node{}, c.came...), Went: gone,
		Arcs: arcList(c.arcs), Connections: make([][3]int, 0, len(c.connections)),
		Hidden: c.hidden.peers, HiddenArcs: c.hidden.arcs,
	}
	for _, key := range sortedLinks(c.connections) {
		is := 0
		if c.connections[key] {
			is = 1
		}
		f.Connections = append(f.Connections, [3]int{key.a, key.b, is})
	}
	return encode(f)
}

func arcList(arcs map[arcKey]int) [][4]int {
	list := make([][4]int, 0, len(arcs))
	for _, key := range sortedArcs(arcs) {
		list = append(list, [4]int{key.from, key.to, key.protocol, arcs[key]})
	}
	return list
}

// details returns the data of a peer that is or was in the picture.
func (s *scene) details(n int, numbers *numbers) []byte {
	id := numbers.by[n]
	known := numbers.of[id]
	f := detailsFrame{
		Type: "details", N: n, Name: known.Name, Kind: known.Kind,
		Views: map[string]viewDetails{}, Counters: map[string]float64{},
	}
	if known.N != 0 {
		f.ID = id.String()
	}
	p := s.own[id]
	if p == nil {
		p = s.reported[id]
	}
	if f.Known = p != nil; !f.Known {
		p = &Peer{}
	}
	for name, view := range p.Views {
		f.Views[name] = viewDetails{s.numbered(view.Out), s.numbered(view.In)}
	}
	for name, sum := range p.Counters {
		f.Counters[name] = math.Round(sum*1000) / 1000
	}
	list := func(ids []messages.PeerID) []int {
		all := make([]int, 0, len(ids))
		for _, id := range ids {
			if n := s.drawn[id]; n != 0 {
				all = append(all, n)
			}
		}
		return all
	}
	f.Connections, f.Lingering, f.Pending = list(p.Connections), list(p.Lingering), list(p.Pending)
	return encode(f)
}

func (s *scene) numbered(arcs []Arc) [][2]int {
	all := make([][2]int, 0, len(arcs))
	for _, arc := range arcs {
		if n := s.drawn[arc.Peer]; n != 0 {
			all = append(all, [2]int{n, arc.Count})
		}
	}
	return all
}
