package scenario

import (
	"slices"
	"strings"
)

// MetricAbout says what a metric is.
type MetricAbout struct {
	Name string
	// Unit is what it counts, or the range of a fraction.
	Unit    string
	Meaning string
}

// known are the metrics in the order in which they are told.
var known = []MetricAbout{
	{"alive", "peers", "peers that have started and have neither crashed nor begun to leave"},
	{"arcs", "arcs", "arcs that they hold, occurrences and those to dead peers counted"},
	{"view_mean", "arcs", "arcs a peer holds, mean"},
	{"view_stddev", "arcs", "and standard deviation over the peers"},
	{"indegree_mean", "arcs", "arcs of living peers that lead to a living peer, mean"},
	{"indegree_max", "arcs", "and maximum"},
	{"clustering", "0 to 1", "mean local clustering coefficient of the simple undirected graph, 0 for a peer with less than two neighbours"},
	{"clustering_directed", "0 to 1", "arcs among the out-neighbours of a peer as a fraction of their ordered pairs, mean, as in Spray's paper; 0 for a peer with less than two"},
	{"path_mean", "hops", "mean length of the shortest directed paths, over the ordered pairs that have one"},
	{"weak_components", "components", "parts of the overlay, arcs taken in either direction"},
	{"strong_components", "components", "parts of the overlay, arcs taken in their direction"},
	{"largest_weak_fraction", "0 to 1", "of the living peers in the largest weak component"},
	{"duplicate_free_fraction", "0 to 1", "of the living peers that hold no two arcs to the same peer"},
	{"dead_arc_fraction", "0 to 1", "of the arcs that lead to a peer that is not alive"},
	{"connections", "pairs", "pairs of living peers with a living connection, lingering ones included"},
	{"target_fraction", "0 to 1", "of the arcs of the overlay that the protocol is to build among the living peers, if that is known: those that are there"},
	{"handshakes", "pairs", "connections set up since the start, once a pair"},
	{"revived", "ends", "lingering connections used again since the start, at either end"},
	{"introductions", "introductions", "that ended well, since the start"},
	{"frames_sent", "frames", "sent along connections since the start, one for each message of a protocol and each control message; this one and those down to turns are counted in the simulated world only"},
	{"bytes_sent", "bytes", "of the messages of protocols, encoded, since the start"},
	{"messages_lost", "messages", "messages of the lossy class and signals that were lost since the start"},
	{"server_signals", "signals", "that the signaling service passed on since the start"},
	{"events", "events", "deliveries and timers since the start"},
	{"actor_messages", "messages", "that actors handled since the start, those that measure included; not at the level of arcs"},
	{"turns", "events", "that the handlers of protocols got since the start; only at the level of arcs"},
	{"delivered_fraction", "0 to 1", "of the broadcasts due: of those alive from the publication on, who got it"},
	{"redundancy", "receptions", "broadcasts received again, for each that was received first; left out when none was"},
	{"delivery_hops_max", "hops", "most hops after which a broadcast was received first"},
	{"size_mean", "peers", "peers that the living peers last estimated, mean"},
	{"size_error", "fraction", "mean of how far these estimates are from the number of living peers, as a fraction of it"},
}

// samples are told beside a metric that was computed from a sample of the peers.
var samples = []MetricAbout{
	{"clustering_sample", "peers", "the peers that were drawn for each kind of clustering, if that was not computed from all"},
	{"path_sample", "peers", "the peers that were drawn as beginnings of paths for path_mean, if that was not computed from all"},
}

// ofProtocols are made of names that protocols choose.
var ofProtocols = []MetricAbout{
	{"PROTOCOL.COUNTER", "its own", "what a protocol counts, as broadcast.duplicates: the sum over all peers since the start; left out when it is infinite or not a number"},
	{"PROTOCOL.VALUE_mean", "its own", "a number that a protocol emits: the mean of the last one of each living peer; this one and those below are left out when they are infinite or not a number"},
	{"PROTOCOL.VALUE_stddev", "its own", "and the standard deviation over these peers"},
	{"PROTOCOL.VALUE_min", "its own", "and the least"},
	{"PROTOCOL.VALUE_max", "its own", "and the greatest"},
}

// AllMetrics lists the metrics that a result can have.
func AllMetrics() []MetricAbout { return slices.Concat(known, samples, ofProtocols) }

// MetricNames lists the metrics that a scenario can ask for.
func MetricNames() []string {
	names := make([]string, len(known))
	for i, m := range known {
		names[i] = m.Name
	}
	return names
}

// Meaning says what a metric means; empty for one that is not known.
func Meaning(name string) string {
	for _, m := range AllMetrics() {
		if m.Name == name {
			return m.Meaning
		}
	}
	if protocol, what, dotted := strings.Cut(name, "."); dotted {
		return "what the protocol " + protocol + " counts or emits as " + what
	}
	return ""
}
