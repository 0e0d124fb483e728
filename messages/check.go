package messages

import "fmt"

// The functions below check the caps beside the fields of wire.proto, in received
// messages and in messages to send.

func malformed(format string, args ...any) error {
	return fmt.Errorf(format+": %w", append(args, ErrMalformed)...)
}

func checkExactly(field string, b []byte, want int) error {
	if len(b) != want {
		return malformed("%s: has %d bytes, want %d", field, len(b), want)
	}
	return nil
}

func checkAtMost(field string, n, most int) error {
	if n > most {
		return malformed("%s: has %d bytes, at most %d are allowed", field, n, most)
	}
	return nil
}

func checkCount(field string, n, most int) error {
	if n > most {
		return malformed("%s: has %d entries, at most %d are allowed", field, n, most)
	}
	return nil
}

func checkNumber(field string, n uint32) error {
	if n < 1 || n > MaxProtocol {
		return malformed("%s: is %d, outside 1 to %d", field, n, MaxProtocol)
	}
	return nil
}

func checkName(field, name string) error {
	if !ValidName(name) {
		return malformed("%s: %.40q is not 1 to %d of [a-z0-9.-]", field, name, MaxName)
	}
	return nil
}

func checkPeer(field string, b []byte) error {
	if _, err := PeerIDFromBytes(b); err != nil {
		return malformed("%s: %w", field, err)
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkNumbers(field string, numbers []*ProtocolNumber) error {
	if err := checkCount(field, len(numbers), MaxProtocols); err != nil {
		return err
	}
	for _, p := range numbers {
		if err := first(checkNumber(field+".number", p.GetNumber()), checkName(field+".name", p.GetName())); err != nil {
			return err
		}
	}
	return nil
}

func checkHello(m *Hello) error {
	return first(
		checkAtMost("hello.network", len(m.Network), MaxNetwork),
		checkExactly("hello.public_key", m.PublicKey, KeySize),
		checkNumbers("hello.protocols", m.Protocols),
		checkExactly("hello.nonce", m.Nonce, NonceSize),
	)
}

func checkProof(m *Proof) error { return checkExactly("proof.signature", m.Signature, SignatureSize) }

func checkProtocols(m *Protocols) error {
	if err := first(
		checkNumbers("protocols.added", m.Added),
		checkCount("protocols.removed", len(m.Removed), MaxProtocols),
	); err != nil {
		return err
	}
	for _, n := range m.Removed {
		if err := checkNumber("protocols.removed", n); err != nil {
			return err
		}
	}
	return nil
}

func checkClassReady(m *ClassReady) error {
	if m.Class != 1 && m.Class != 2 {
		return malformed("class_ready.class: is %d, neither 1 nor 2", m.Class)
	}
	return nil
}

func checkArcs(m *Arcs) error {
	if m.Count > MaxArcs {
		return malformed("arcs.count: is %d, at most %d is allowed", m.Count, MaxArcs)
	}
	return checkNumber("arcs.protocol", m.Protocol)
}

func checkArcsRefused(m *ArcsRefused) error {
	if m.Keep > MaxArcs {
		return malformed("arcs_refused.keep: is %d, at most %d is allowed", m.Keep, MaxArcs)
	}
	return checkNumber("arcs_refused.protocol", m.Protocol)
}

func checkSignal(m *Signal) error {
	if err := first(
		checkPeer("signal.from", m.From),
		checkPeer("signal.to", m.To),
		checkCount("signal.route", len(m.Route), MaxRoute),
	); err != nil {
		return err
	}
	for _, hop := range m.Route {
		if err := checkPeer("signal.route", hop); err != nil {
			return err
		}
	}
	switch body := m.Body.(type) {
	case *Signal_Offer:
		return first(
			checkSDP("signal.offer.sdp", body.Offer.GetSdp()),
			checkName("signal.offer.protocol", body.Offer.GetProtocol()),
		)
	case *Signal_Answer:
		return checkSDP("signal.answer.sdp", body.Answer.GetSdp())
	case *Signal_Refusal:
		return nil
	default:
		return malformed("signal.body: is none of offer, answer, refusal")
	}
}

// checkSDP refuses an empty or too long description.
func checkSDP(field, sdp string) error {
	if sdp == "" {
		return malformed("%s: is empty", field)
	}
	return checkAtMost(field, len(sdp), MaxSDP)
}

func checkIntroduction(m *Introduction) error {
	if m.Job == 0 {
		return malformed("introduction.job: is 0")
	}
	return first(checkName("introduction.protocol", m.Protocol), checkPeer("introduction.to", m.To))
}

func checkChunk(m *Chunk) error {
	switch {
	case m.Count < 2 || m.Count > MaxChunks:
		return malformed("chunk.count: is %d, outside 2 to %d", m.Count, MaxChunks)
	case m.Index >= m.Count:
		return malformed("chunk.index: is %d of %d", m.Index, m.Count)
	case len(m.Data) == 0:
		return malformed("chunk.data: is empty")
	}
	return checkAtMost("chunk.data", len(m.Data), MaxFrame)
}

func checkRendezvous(r *Rendezvous) error {
	switch body := r.GetBody().(type) {
	case *Rendezvous_Challenge:
		return checkExactly("challenge.nonce", body.Challenge.GetNonce(), NonceSize)
	case *Rendezvous_Enter:
		return first(
			checkRoom(body.Enter.GetRoom()),
			checkExactly("enter.public_key", body.Enter.GetPublicKey(), KeySize),
			checkExactly("enter.signature", body.Enter.GetSignature(), SignatureSize),
		)
	case *Rendezvous_Entered:
		return nil
	case *Rendezvous_ContactRequest:
		if n := body.ContactRequest.GetCount(); n < 1 || n > MaxContacts {
			return malformed("contact_request.count: is %d, outside 1 to %d", n, MaxContacts)
		}
		return nil
	case *Rendezvous_ContactList:
		return checkContacts(body.ContactList.GetPeers())
	case *Rendezvous_Signal:
		if body.Signal == nil {
			return malformed("rendezvous.signal: is missing")
		}
		return checkSignal(body.Signal)
	case *Rendezvous_Gone:
		return checkPeer("gone.peer", body.Gone.GetPeer())
	case *Rendezvous_Fault:
		return checkAtMost("fault.text", len(body.Fault.GetText()), MaxFaultText)
	default:
		return malformed("rendezvous.body: is none that is known")
	}
}

func checkRoom(room string) error {
	if room == "" {
		return malformed("enter.room: is empty")
	}
	return checkAtMost("enter.room", len(room), MaxRoom)
}

func checkContacts(peers [][]byte) error {
	if err := checkCount("contact_list.peers", len(peers), MaxContacts); err != nil {
		return err
	}
	for _, peer := range peers {
		if err := checkPeer("contact_list.peers", peer); err != nil {
			return err
		}
	}
	return nil
}
