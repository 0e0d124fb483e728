package hall_test

import (
	"fmt"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/signaling/hall"
)

// Two peers of one process meet without a server.
func Example() {
	lobby, err := hall.New(hall.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	a, b := messages.PeerID{1}, messages.PeerID{2}
	atA, atB := make(chan any, 1), make(chan any, 1)
	linkA, linkB := lobby.Link(a), lobby.Link(b)
	linkA.Enter("room", func(event any) { atA <- event })
	linkB.Enter("room", func(event any) { atB <- event })
	<-atA
	fmt.Println("members:", (<-atB).(messages.RendezvousEntered).Members)

	linkB.Contacts(1, 3)
	fmt.Println("contacts:", len((<-atB).(*messages.ContactList).GetPeers()))

	linkA.Signal(&messages.Signal{
		Job: 7, From: a.Bytes(), To: b.Bytes(),
		Body: &messages.Signal_Offer{Offer: &messages.Offer{Sdp: "v=0", Protocol: "spray"}},
	})
	fmt.Println("offer:", (<-atB).(*messages.Signal).GetOffer().GetProtocol())
	linkA.Leave()
	linkB.Leave()
	<-atA
	<-atB
	// Output:
	// members: 2
	// contacts: 1
	// offer: spray
}
