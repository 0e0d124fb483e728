package actors

import (
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
)

// count names one of the sums that the neighborhood and the n2n actor keep.
type count uint8

const (
	countAnswersLate count = iota
	countArcsOpened
	countArcsRefused
	countAttemptsFailed
	countCloseAnswersLate
	countConnectionPanics
	countConnectionsAuthenticated
	countConnectionsOpened
	countConnectionsRefusedFull
	countConnectionsViolated
	countContactsLate
	countDials
	countForwardsWithoutNeighbor
	countGlares
	countIntroductions
	countIntroductionsRefused
	countJobsRefusedFull
	countMessagesLate
	countMessagesReceived
	countMessagesSent
	countMessagesWithoutProtocol
	countNeighbourSignals
	countOffersFromAfar
	countNoProtocolsIgnored
	countOffersRefused
	countOpensRefusedFull
	countOutcomesLate
	countProposalsCancelled
	countProposalsIgnored
	countProtocolsIgnored
	countRefusalsLate
	countRetries
	countRevived
	countServiceEventsDropped
	countSignalsFalse
	countSignalsFromSelf
	countSignalsLate
	countSignalsRefused
	countSignalsTooBig
	countSignalsWithoutRoute
	countViolations
	countFailedOpen
	countFailedClose
	countFailedLock
	countFailedUnlock
	countFailedDrop
	countFailedIntroduce
	countFailedInvite
	countFailedSend
	countFailedContacts
	counts
)

// countNames are the names of the sums in snapshots.
var countNames = [counts]string{
	countAnswersLate:              "answers_late",
	countArcsOpened:               "arcs_opened",
	countArcsRefused:              "arcs_refused",
	countAttemptsFailed:           "attempts_failed",
	countCloseAnswersLate:         "close_answers_late",
	countConnectionPanics:         "connection_panics",
	countConnectionsAuthenticated: "connections_authenticated",
	countConnectionsOpened:        "connections_opened",
	countConnectionsRefusedFull:   "connections_refused_full",
	countConnectionsViolated:      "connections_violated",
	countContactsLate:             "contacts_late",
	countDials:                    "dials",
	countForwardsWithoutNeighbor:  "forwards_without_neighbor",
	countGlares:                   "glares",
	countIntroductions:            "introductions",
	countIntroductionsRefused:     "introductions_refused",
	countJobsRefusedFull:          "jobs_refused_full",
	countMessagesLate:             "messages_late",
	countMessagesReceived:         "messages_received",
	countMessagesSent:             "messages_sent",
	countMessagesWithoutProtocol:  "messages_without_protocol",
	countNeighbourSignals:         "neighbour_signals",
	countOffersFromAfar:           "offers_from_afar",
	countNoProtocolsIgnored:       "no_protocols_ignored",
	countOffersRefused:            "offers_refused",
	countOpensRefusedFull:         "opens_refused_full",
	countOutcomesLate:             "outcomes_late",
	countProposalsCancelled:       "proposals_cancelled",
	countProposalsIgnored:         "proposals_ignored",
	countProtocolsIgnored:         "protocols_ignored",
	countRefusalsLate:             "refusals_late",
	countRetries:                  "retries",
	countRevived:                  "revived",
	countServiceEventsDropped:     "service_events_dropped",
	countSignalsFalse:             "signals_false",
	countSignalsFromSelf:          "signals_from_self",
	countSignalsLate:              "signals_late",
	countSignalsRefused:           "signals_refused",
	countSignalsTooBig:            "signals_too_big",
	countSignalsWithoutRoute:      "signals_without_route",
	countViolations:               "violations",
	countFailedOpen:               "failed_open",
	countFailedClose:              "failed_close",
	countFailedLock:               "failed_lock",
	countFailedUnlock:             "failed_unlock",
	countFailedDrop:               "failed_drop",
	countFailedIntroduce:          "failed_introduce",
	countFailedInvite:             "failed_invite",
	countFailedSend:               "failed_send",
	countFailedContacts:           "failed_contacts",
}

// failedOps are the sums of requests that ended without success.
var failedOps = map[messages.Op]count{
	messages.OpOpen:      countFailedOpen,
	messages.OpClose:     countFailedClose,
	messages.OpLock:      countFailedLock,
	messages.OpUnlock:    countFailedUnlock,
	messages.OpDrop:      countFailedDrop,
	messages.OpIntroduce: countFailedIntroduce,
	messages.OpInvite:    countFailedInvite,
	messages.OpSend:      countFailedSend,
	messages.OpContacts:  countFailedContacts,
}

// tally is the sums of one actor since its start.
type tally [counts]uint32

func (t *tally) add(c count) { t[c]++ }

// failed adds a request that ended without success.
func (t *tally) failed(op messages.Op) {
	c, ok := failedOps[op]
	if !ok {
		panic(fmt.Sprintf("actors: no sum of the requests %q that failed", op))
	}
	t.add(c)
}

// into adds the sums to those of a snapshot, by name.
func (t *tally) into(sums map[string]float64) {
	for c, n := range t {
		if n > 0 {
			sums[countNames[c]] += float64(n)
		}
	}
}
