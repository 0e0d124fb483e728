package protocols_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

func TestViewsAreReadableInJSON(t *testing.T) {
	var view protocols.View
	view.Out.Set(protocols.Arc{Peer: messages.PeerID{1}, Count: 2, Locks: 1})
	view.Out.Set(protocols.Arc{Peer: messages.PeerID{2}, Count: 1})
	text, err := json.Marshal(view)
	want := `{"out":[{"peer":"` + messages.PeerID{1}.String() + `","count":2,"locks":1},{"peer":"` + messages.PeerID{2}.String() + `","count":1}],"in":[]}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	var back protocols.View
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, view) {
		t.Errorf("%v came back, %v; want %v", back, err, view)
	}
	for _, bad := range []string{`[{"peer":"x"}]`, `{}`, `[{"peer":"` + messages.PeerID{1}.String() + `","count":1,"locks":2}]`} {
		if err := json.Unmarshal([]byte(bad), &back.Out); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
