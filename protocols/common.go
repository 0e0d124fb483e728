package protocols

import (
	"reflect"
	"time"

	"github.com/n2n-overlay/n2n/messages"
)

// MaxWait is the longest time that a shipped protocol accepts in its configuration.
// Such times can be added up and spread without overflow.
const MaxWait = 1000 * time.Hour

// Spread returns d, varied by at most the given part of it (0 to 1), so that peers
// do not run in step.
func Spread(port Port, d time.Duration, part float64) time.Duration {
	return time.Duration(float64(d) * (1 + part*(2*port.Rand().Float64()-1)))
}

// Answer hands an event to asker (messages.Told.From): to that protocol of this
// peer, or to the subscribers if asker is empty.
func Answer(port Port, asker string, event any) {
	if asker == "" {
		port.Emit(event)
		return
	}
	port.Tell(asker, event)
}

// AnswerSample answers a messages.SampleRequest with some of the given peers, each
// equally likely. It ignores any other event. It changes the order of peers.
func AnswerSample(port Port, told messages.Told, peers []messages.PeerID) {
	request, ok := told.Event.(messages.SampleRequest)
	if !ok {
		return
	}
	port.Rand().Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	Answer(port, told.From, messages.Sample{Peers: peers[:max(0, min(request.N, len(peers)))]})
}

// OrDefault returns def in place of a configuration that is the zero value. So an empty
// Config means the defaults; one that names a field is taken as it is.
func OrDefault[T any](config, def T) T {
	if reflect.ValueOf(config).IsZero() {
		return def
	}
	return config
}
