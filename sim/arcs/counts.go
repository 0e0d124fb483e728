package arcs

import "github.com/n2n-overlay/n2n/messages"

// count names one of the sums that a worker keeps over its peers.
type count uint8

const (
	countAnswersLate count = iota
	countArcsOpened
	countArcsRefused
	countAttemptsFailed
	countCloseAnswersLate
	countConnectionsAuthenticated
	countConnectionsOpened
	countConnectionsRefusedFull
	countContactsLate
	countDials
	countForwardsWithoutNeighbor
	countGlares
	countHandshakes
	countIntroductions
	countIntroductionsRefused
	countJobsRefusedFull
	countMessagesLate
	countMessagesReceived
	countMessagesSent
	countMessagesWithoutProtocol
	countNeighbourSignals
	countOffersFromAfar
	countOffersRefused
	countOpensRefusedFull
	countOutcomesLate
	countProposalsCancelled
	countProposalsIgnored
	countRefusalsLate
	countRendezvousDials
	countRetries
	countRevived
	countSignalsLate
	countSignalsRefused
	countSignalsWithoutRoute
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

// countNames are the names of the sums. An actors.Snapshot has all of them but two:
// rendezvous_dials, and handshakes, the authenticated connections, once a pair.
var countNames = [counts]string{
	countArcsOpened:               "arcs_opened",
	countArcsRefused:              "arcs_refused",
	countAttemptsFailed:           "attempts_failed",
	countCloseAnswersLate:         "close_answers_late",
	countConnectionsAuthenticated: "connections_authenticated",
	countConnectionsOpened:        "connections_opened",
	countConnectionsRefusedFull:   "connections_refused_full",
	countContactsLate:             "contacts_late",
	countDials:                    "dials",
	countForwardsWithoutNeighbor:  "forwards_without_neighbor",
	countGlares:                   "glares",
	countHandshakes:               "handshakes",
	countIntroductions:            "introductions",
	countIntroductionsRefused:     "introductions_refused",
	countJobsRefusedFull:          "jobs_refused_full",
	countAnswersLate:              "answers_late",
	countMessagesLate:             "messages_late",
	countMessagesReceived:         "messages_received",
	countMessagesSent:             "messages_sent",
	countMessagesWithoutProtocol:  "messages_without_protocol",
	countNeighbourSignals:         "neighbour_signals",
	countOffersFromAfar:           "offers_from_afar",
	countOffersRefused:            "offers_refused",
	countOpensRefusedFull:         "opens_refused_full",
	countOutcomesLate:             "outcomes_late",
	countProposalsCancelled:       "proposals_cancelled",
	countProposalsIgnored:         "proposals_ignored",
	countRefusalsLate:             "refusals_late",
	countRendezvousDials:          "rendezvous_dials",
	countRetries:                  "retries",
	countRevived:                  "revived",
	countSignalsLate:              "signals_late",
	countSignalsRefused:           "signals_refused",
	countSignalsWithoutRoute:      "signals_without_route",
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
}
