//go:build !js

package actors_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

func TestASnapshotSurvivesJSON(t *testing.T) {
	var view protocols.View
	view.Out.Set(protocols.Arc{Peer: messages.PeerID{2}, Count: 3, Locks: 1})
	before := actors.Snapshot{
		ID: messages.PeerID{1}, Incarnation: 1<<63 + 1, Linked: true, Views: map[string]protocols.View{"spray": view},
		Connections: []messages.PeerID{{2}}, Pending: []messages.PeerID{{3}},
		Counters: map[string]float64{"dials": 1}, Held: map[string]int{"opens": 2},
	}
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"id":"` + messages.PeerID{1}.String() + `"`, `"incarnation":"9223372036854775809"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s has no %s", text, want)
		}
	}
	var after actors.Snapshot
	if err := json.Unmarshal(text, &after); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(before, after) {
		t.Errorf("%+v came back as %+v", before, after)
	}
}
