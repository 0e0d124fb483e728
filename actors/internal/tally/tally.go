// Package tally has the sums that the actors of a peer keep, with their names.
package tally

import (
	"fmt"
	"slices"

	"github.com/n2n-overlay/n2n/messages"
)

// Count is one of the sums.
type Count uint8

// The sums, by the names that snapshots give them.
const (
	AnswersLate Count = iota
	ArcsOpened
	ArcsRefused
	AttemptsFailed
	CloseAnswersLate
	ConnectionPanics
	ConnectionsAuthenticated
	ConnectionsOpened
	ConnectionsRefusedFull
	ConnectionsViolated
	ContactsLate
	Dials
	ForwardsWithoutNeighbor
	Glares
	Introductions
	IntroductionsRefused
	JobsRefusedFull
	MessagesLate
	MessagesReceived
	MessagesSent
	MessagesWithoutProtocol
	NeighbourSignals
	OffersFromAfar
	NoProtocolsIgnored
	OffersRefused
	OpensRefusedFull
	OutcomesLate
	ProposalsCancelled
	ProposalsIgnored
	ProtocolsIgnored
	RefusalsLate
	Retries
	Revived
	ServiceEventsDropped
	SignalsFalse
	SignalsFromSelf
	SignalsLate
	SignalsRefused
	SignalsTooBig
	SignalsWithoutRoute
	Violations
	counts
)

// names are the names of the sums in snapshots.
var names = [counts]string{
	AnswersLate:              "answers_late",
	ArcsOpened:               "arcs_opened",
	ArcsRefused:              "arcs_refused",
	AttemptsFailed:           "attempts_failed",
	CloseAnswersLate:         "close_answers_late",
	ConnectionPanics:         "connection_panics",
	ConnectionsAuthenticated: "connections_authenticated",
	ConnectionsOpened:        "connections_opened",
	ConnectionsRefusedFull:   "connections_refused_full",
	ConnectionsViolated:      "connections_violated",
	ContactsLate:             "contacts_late",
	Dials:                    "dials",
	ForwardsWithoutNeighbor:  "forwards_without_neighbor",
	Glares:                   "glares",
	Introductions:            "introductions",
	IntroductionsRefused:     "introductions_refused",
	JobsRefusedFull:          "jobs_refused_full",
	MessagesLate:             "messages_late",
	MessagesReceived:         "messages_received",
	MessagesSent:             "messages_sent",
	MessagesWithoutProtocol:  "messages_without_protocol",
	NeighbourSignals:         "neighbour_signals",
	OffersFromAfar:           "offers_from_afar",
	NoProtocolsIgnored:       "no_protocols_ignored",
	OffersRefused:            "offers_refused",
	OpensRefusedFull:         "opens_refused_full",
	OutcomesLate:             "outcomes_late",
	ProposalsCancelled:       "proposals_cancelled",
	ProposalsIgnored:         "proposals_ignored",
	ProtocolsIgnored:         "protocols_ignored",
	RefusalsLate:             "refusals_late",
	Retries:                  "retries",
	Revived:                  "revived",
	ServiceEventsDropped:     "service_events_dropped",
	SignalsFalse:             "signals_false",
	SignalsFromSelf:          "signals_from_self",
	SignalsLate:              "signals_late",
	SignalsRefused:           "signals_refused",
	SignalsTooBig:            "signals_too_big",
	SignalsWithoutRoute:      "signals_without_route",
	Violations:               "violations",
}

// requests are the requests whose failures are counted, as failed_open and so on.
var requests = [...]messages.Op{
	messages.OpOpen, messages.OpClose, messages.OpLock, messages.OpUnlock, messages.OpDrop,
	messages.OpIntroduce, messages.OpInvite, messages.OpSend, messages.OpContacts,
}

// Tally is the sums of one actor since its start.
type Tally struct {
	sums   [counts]uint32
	failed [len(requests)]uint32
}

// Add adds one.
func (t *Tally) Add(c Count) { t.AddN(c, 1) }

// AddN adds a number.
func (t *Tally) AddN(c Count, n uint32) { t.sums[c] += n }

// Failed adds a request that ended without success.
func (t *Tally) Failed(op messages.Op) {
	i := slices.Index(requests[:], op)
	if i < 0 {
		panic(fmt.Sprintf("tally: no sum of the requests %q that failed", op))
	}
	t.failed[i]++
}

// Into adds the sums to those of a snapshot, by name.
func (t *Tally) Into(sums map[string]float64) {
	for c, n := range t.sums {
		if n > 0 {
			sums[names[c]] += float64(n)
		}
	}
	for i, n := range t.failed {
		if n > 0 {
			sums["failed_"+string(requests[i])] += float64(n)
		}
	}
}
