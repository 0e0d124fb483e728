package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/sim/scenario"
)

// GraphML writes an overlay as a directed graph. It has an edge from each peer to
// each peer in its outview, with the number of arcs. Peers that are gone are
// marked.
func GraphML(w io.Writer, o scenario.Overlay) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="alive" for="node" attr.name="alive" attr.type="boolean"/>
  <key id="arcs" for="edge" attr.name="arcs" attr.type="int"/>
  <graph id="%s" edgedefault="directed">
`, o.Protocol)
	for _, id := range o.Peers {
		fmt.Fprintf(out, "    <node id=\"%s\"><data key=\"alive\">true</data></node>\n", id)
	}
	for _, id := range gone(o) {
		fmt.Fprintf(out, "    <node id=\"%s\"><data key=\"alive\">false</data></node>\n", id)
	}
	for i, id := range o.Peers {
		for a := range o.Out[i].All() {
			fmt.Fprintf(out, "    <edge source=\"%s\" target=\"%s\"><data key=\"arcs\">%d</data></edge>\n", id, a.Peer, a.Count)
		}
	}
	fmt.Fprint(out, "  </graph>\n</graphml>\n")
	return out.Flush()
}

// DOT writes the same graph for Graphviz.
func DOT(w io.Writer, o scenario.Overlay) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "digraph %q {\n", o.Protocol)
	for _, id := range o.Peers {
		fmt.Fprintf(out, "  %q [label=%q];\n", id, id.Short())
	}
	for _, id := range gone(o) {
		fmt.Fprintf(out, "  %q [label=%q, style=dashed];\n", id, id.Short())
	}
	for i, id := range o.Peers {
		for a := range o.Out[i].All() {
			fmt.Fprintf(out, "  %q -> %q [weight=%d];\n", id, a.Peer, a.Count)
		}
	}
	fmt.Fprint(out, "}\n")
	return out.Flush()
}

// gone lists the peers that are not alive and that arcs lead to, in the order of
// the arcs.
func gone(o scenario.Overlay) []messages.PeerID {
	met := make(map[messages.PeerID]bool, len(o.Peers))
	for _, id := range o.Peers {
		met[id] = true
	}
	var list []messages.PeerID
	for _, out := range o.Out {
		for a := range out.All() {
			if !met[a.Peer] {
				met[a.Peer] = true
				list = append(list, a.Peer)
			}
		}
	}
	return list
}
