package main

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
)

const (
	maxKey    = 256     // bytes
	maxValue  = 1 << 16 // bytes
	maxValues = 10_000  // a cache may forget: when full, it starts anew
	patience  = 5 * time.Second
)

// The requests to the cache.
type (
	get   struct{ key string }
	put   struct{ key, value string }
	found struct {
		value string
		ok    bool
	}
)

// cache is an actor of the service, beside the peer.
type cache struct {
	peer   *actors.Peer
	values map[string]string
}

func (c *cache) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case get:
		value, ok := c.values[m.key]
		ctx.Respond(found{value, ok})
	case put:
		c.put(m)
		ctx.Respond(found{m.value, true})
	case broadcast.Delivered: // a replica has stored a value for this key
		if m.Origin != c.peer.ID() {
			delete(c.values, string(m.Payload))
		}
	}
}

func (c *cache) put(m put) {
	if len(c.values) >= maxValues {
		clear(c.values)
	}
	c.values[m.key] = m.value
	_ = c.peer.Tell("broadcast", broadcast.Publish{Payload: []byte(m.key)})
}

// routes returns the handler of the service's HTTP requests.
func routes(system *actor.ActorSystem, items *actor.PID, peer *actors.Peer) http.Handler {
	ask := func(w http.ResponseWriter, question any) {
		switch answer, err := system.Root.RequestFuture(items, question, patience).Result(); {
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		case !answer.(found).ok:
			http.Error(w, "not in the cache", http.StatusNotFound)
		default:
			_, _ = io.WriteString(w, answer.(found).value)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{key}", func(w http.ResponseWriter, r *http.Request) {
		ask(w, get{r.PathValue("key")})
	})
	mux.HandleFunc("PUT /items/{key}", func(w http.ResponseWriter, r *http.Request) {
		value, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxValue))
		if key := r.PathValue("key"); err != nil || len(key) > maxKey {
			http.Error(w, "the key or the value is too long", http.StatusRequestEntityTooLarge)
		} else {
			ask(w, put{key, string(value)})
		}
	})
	mux.HandleFunc("GET /peers", func(w http.ResponseWriter, r *http.Request) {
		s, err := peer.Snapshot(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{
			"self": s.ID, "linked": s.Linked, "connections": s.Connections,
			"outview": s.Views["spray"].Out.Occurrences(), "inview": s.Views["spray"].In.Occurrences(),
		})
	})
	return mux
}
