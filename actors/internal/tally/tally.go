// Package tally has the sums that the actors of a peer keep, with their names.
package tally

import (
	"fmt"

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
	FailedOpen
	FailedClose
	FailedLock
	FailedUnlock
	FailedDrop
	FailedIntroduce
	FailedInvite
	FailedSend
	FailedContacts
	counts
)

// Names are the names of the sums in snapshots.
var Names = [counts]string{
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
	FailedOpen:               "failed_open",
	FailedClose:              "failed_close",
	FailedLock:               "failed_lock",
	FailedUnlock:             "failed_unlock",
	FailedDrop:               "failed_drop",
	FailedIntroduce:          "failed_introduce",
	FailedInvite:             "failed_invite",
	FailedSend:               "failed_send",
	FailedContacts:           "failed_contacts",
}

// failedOps are the sums of requests that ended without success.
var failedOps = map[messages.Op]Count{
	messages.OpOpen:      FailedOpen,
	messages.OpClose:     FailedClose,
	messages.OpLock:      FailedLock,
	messages.OpUnlock:    FailedUnlock,
	messages.OpDrop:      FailedDrop,
	messages.OpIntroduce: FailedIntroduce,
	messages.OpInvite:    FailedInvite,
	messages.OpSend:      FailedSend,
	messages.OpContacts:  FailedContacts,
}

// Tally is the sums of one actor since its start.
type Tally [counts]uint32

// Add adds one.
func (t *Tally) Add(c Count) { t[c]++ }

// Failed adds a request that ended without success.
func (t *Tally) Failed(op messages.Op) {
	c, ok := failedOps[op]
	if !ok {
		panic(fmt.Sprintf("tally: no sum of the requests %q that failed", op))
	}
	t.Add(c)
}

// Into adds the sums to those of a snapshot, by name.
func (t *Tally) Into(sums map[string]float64) {
	for c, n := range t {
		if n > 0 {
			sums[Names[c]] += float64(n)
		}
	}
}
