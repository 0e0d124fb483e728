//go:build !js

package wrtc_test

import (
	"fmt"
	"log"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// Two ends in one process exchange their signals directly. In a peer, actors do
// this.
func Example() {
	cfg, err := wrtc.LoopbackConfig()
	if err != nil {
		log.Fatal(err)
	}
	transport := func() *wrtc.Transport {
		t, err := wrtc.NewTransport(cfg, wrtc.NewQueue())
		if err != nil {
			log.Fatal(err)
		}
		return t
	}
	alice, bob := transport(), transport()
	done := make(chan struct{})

	var a, b actors.Conn
	signals := make(chan string, 1) // from alice to bob
	a = alice.Connect(messages.PeerID{2}, func(event actors.ConnEvent) {
		switch event := event.(type) {
		case actors.ConnSignal:
			signals <- event.SDP
		case actors.ConnOpened:
			_ = a.Send(protocols.Ordered, messages.Envelope{Protocol: 1, Payload: []byte("hello")})
		}
	})
	b = bob.Connect(messages.PeerID{1}, func(event actors.ConnEvent) {
		switch event := event.(type) {
		case actors.ConnSignal:
			a.Accept(event.SDP)
		case actors.ConnReceived:
			fmt.Printf("%s\n", event.Envelopes[0].Payload)
			close(done)
		}
	})
	a.Offer()
	b.Answer(<-signals)
	<-done

	alice.Close()
	bob.Close()
	alice.Wait()
	bob.Wait()
	// Output: hello
}
