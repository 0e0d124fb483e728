package actors

import (
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Transport makes connections to other peers: WebRTC in wrtc, simulated in sim.
type Transport interface {
	// Connect prepares one connection to remote and returns at once; nothing is
	// sent before Offer or Answer. events gets the Conn's events, one at a time and
	// in order; the last is ConnClosed. The transport may call events on any
	// goroutine: it only posts.
	Connect(remote messages.PeerID, events func(ConnEvent)) Conn
	// Close ends every connection without a word and frees what the transport
	// holds. It waits for neither.
	Close()
}

// Conn is one connection to one remote peer, with one channel for each delivery
// class. No method blocks; what a method starts is reported as an event.
type Conn interface {
	// Offer makes an offer. ConnSignal or ConnClosed follows.
	Offer()
	// Answer takes the remote's offer and makes an answer. ConnSignal or ConnClosed
	// follows.
	Answer(offer string)
	// Accept takes the remote's answer to our offer.
	Accept(answer string)
	// OpenClass makes the channel of a class other than Ordered. ConnClassOpened
	// follows. Nothing may be sent on it before the remote has made its own.
	OpenClass(class protocols.Delivery)
	// Send takes over one envelope of any size up to the cap of a message, and
	// keeps the order within Ordered. Errors: ErrTooBig, ErrFull (the queue's cap),
	// ErrClosed; then nothing was sent.
	Send(class protocols.Delivery, envelope messages.Envelope) error
	// Congested reports whether too much waits to be sent. ConnWritable comes once
	// when that is over.
	Congested() bool
	// Close ends the connection. ConnClosed follows. With flush, the queue is sent
	// first, as far as it can be within a second.
	Close(flush bool)
}

// ConnEvent is one of the Conn… types below.
type ConnEvent interface{ connEvent() }

type (
	// ConnSignal is the offer or answer, with all candidates.
	ConnSignal struct{ SDP string }
	// ConnOpened tells that channel 0 is open. The fingerprints identify the certificates
	// of both ends of the encrypted session, SHA-256.
	ConnOpened struct{ Local, Remote []byte }
	// ConnReceived is one frame that arrived, decoded and within the caps.
	ConnReceived struct {
		Class     protocols.Delivery
		Envelopes []messages.Envelope
	}
	// ConnClassOpened tells that our channel of the class is made.
	ConnClassOpened struct{ Class protocols.Delivery }
	// ConnWritable tells that the queue is no longer congested.
	ConnWritable struct{}
	// ConnViolated tells that the remote sent something that no correct peer sends. It
	// was dropped, or the connection closed.
	ConnViolated struct{ Err error }
	// ConnClosed is the last event. Err is the reason, nil after our own Close.
	ConnClosed struct{ Err error }
)

func (ConnSignal) connEvent()      {}
func (ConnOpened) connEvent()      {}
func (ConnReceived) connEvent()    {}
func (ConnClassOpened) connEvent() {}
func (ConnWritable) connEvent()    {}
func (ConnViolated) connEvent()    {}
func (ConnClosed) connEvent()      {}
