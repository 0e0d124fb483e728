package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/n2n-overlay/n2n"
	"github.com/n2n-overlay/n2n/cmd/n2n/internal/node"
	"github.com/n2n-overlay/n2n/internal/console"
	"github.com/n2n-overlay/n2n/protocols/broadcast"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/wrtc"
)

// peerOptions are the flags of n2n peer.
type peerOptions struct {
	signal         []string
	room, key      string
	json, loopback bool
	stun, turn     []string
	period         time.Duration
}

func newPeer(c *console.Console) *cobra.Command {
	o := peerOptions{period: spray.DefaultConfig().Period}
	cmd := &cobra.Command{
		Use:   "peer --signal URL --room NAME",
		Short: "Run one peer of a Spray overlay",
		Long: `Run one headless peer. It enters a room through a signaling server, takes part
in the room's Spray overlay, and prints what happens, an event a line: joined,
then arc_opened, arc_closed, peer_down, introduced, failed and received. Each
line of standard input is broadcast to all peers of the overlay.

Given several signaling servers, it enters through the first that answers and
stays linked to all that it can reach: it is found through any of them, and losing
one is not losing the room.

Ctrl-C or SIGTERM ends it in order: its neighbours are introduced to each other.`,
		Example: console.Examples(
			"n2n peer --signal ws://localhost:5555 --room lobby",
			"n2n peer --signal ws://localhost:5555 --room lobby --loopback --json",
			"n2n peer --signal wss://one.example.org --signal wss://two.example.org --room lobby",
			"n2n peer --signal wss://signal.example.org --room lobby --key peer.pem --stun stun:stun.example.org:3478",
		),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range []string{"signal", "room"} {
				if !cmd.Flags().Changed(name) {
					return console.Usagef("peer: --%s is missing", name)
				}
			}
			return runPeer(cmd.Context(), c, o)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.signal, "signal", nil, "`URL` of a signaling server, ws://host:port or wss://host (repeatable)")
	flags.StringVar(&o.room, "room", "", "`name` of the room to enter, 1 to 64 bytes")
	flags.StringVar(&o.key, "key", "", "`file` of the peer's Ed25519 key (PKCS#8 in PEM), made if there is none (default: a new identity each time)")
	flags.BoolVar(&o.json, "json", false, "print one JSON object a line")
	flags.BoolVar(&o.loopback, "loopback", false, "use loopback interfaces too, for peers on one machine")
	flags.StringArrayVar(&o.stun, "stun", nil, "`URL` of a STUN server, stun:host:port (repeatable)")
	flags.StringArrayVar(&o.turn, "turn", nil, "`URL` of a TURN server, turn:user:password@host:port (repeatable)")
	flags.DurationVar(&o.period, "period", o.period, "`time` between two exchanges of arcs")
	return cmd
}

// network returns the WebRTC config of the peer, with its key.
func (o peerOptions) network() (wrtc.Config, error) {
	config := wrtc.DefaultConfig()
	config.Loopback = o.loopback
	for _, url := range o.stun {
		if !strings.HasPrefix(url, "stun:") {
			return config, console.Usagef("peer: --stun %q is no STUN server, want stun:host:port", url)
		}
		config.ICEServers = append(config.ICEServers, wrtc.ICEServer{URLs: []string{url}})
	}
	for _, url := range o.turn {
		server, err := turnServer(url)
		if err != nil {
			return config, err
		}
		config.ICEServers = append(config.ICEServers, server)
	}
	if err := config.Validate(); err != nil {
		return config, console.Usage(err)
	}
	if o.key != "" {
		key, err := n2n.LoadKey(o.key)
		if err != nil {
			return config, err
		}
		config.Key = key
	}
	return config, nil
}

// turnServer reads turn:user:password@host:port. The password may hold any character.
func turnServer(url string) (wrtc.ICEServer, error) {
	rest, isTURN := strings.CutPrefix(url, "turn:")
	at := strings.LastIndexByte(rest, '@')
	user, password, ok := strings.Cut(rest[:max(0, at)], ":")
	if !isTURN || !ok || user == "" || password == "" {
		return wrtc.ICEServer{}, console.Usagef("peer: --turn is no TURN server, want turn:user:password@host:port") // the password is not shown
	}
	return wrtc.ICEServer{URLs: []string{"turn:" + rest[at+1:]}, Username: user, Credential: password}, nil
}

func (o peerOptions) validate() error {
	switch {
	case o.period <= 0:
		return console.Usagef("peer: --period is %v, must be above 0", o.period)
	case len(slices.Compact(slices.Sorted(slices.Values(o.signal)))) < len(o.signal):
		return console.Usagef("peer: --signal names a server twice; each newer link of a peer would end the one before")
	}
	return checkRoom("peer", o.room)
}

// runPeer runs a peer until ctx is done.
func runPeer(ctx context.Context, c *console.Console, o peerOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	network, err := o.network()
	if err != nil {
		return err
	}
	log := c.Logger()
	if c.Verbose {
		network.Logger = log
	}
	system := node.NewSystem(log)
	defer system.Shutdown()
	n, err := node.Start(network, o.period, n2n.System(system), n2n.Logger(log), n2n.Signal(o.signal...))
	if err != nil {
		return err
	}
	out := newPrinter(c.Out, o.json)
	for _, protocol := range []string{node.Spray, node.Broadcast} {
		n.Actors().Subscribe(protocol, func(event any) { out.take(protocol, event) })
	}
	contact, err := n.Enter(ctx, o.room)
	if err != nil {
		_ = node.Leave(n) // the error before is worth more
		if ctx.Err() != nil {
			return nil // asked to stop while it entered
		}
		return err
	}

	ended, printed := make(chan struct{}), make(chan struct{})
	go func() {
		out.print(joined{Type: "joined", Peer: n.ID(), Room: o.room, Contact: known(contact)}, ended)
		close(printed)
	}()
	go publishLines(c, n)
	select {
	case <-ctx.Done():
	case <-n.Done():
	}
	err = node.Leave(n)
	close(ended)
	select {
	case <-printed:
	case <-time.After(node.LeaveTimeout): // nobody reads standard output
	}
	select {
	case <-out.lost:
		c.Say("n2n: some events were not printed, standard output was too slow for them")
	default:
	}
	return err
}

// publishLines broadcasts each line of standard input. The end of the input does not
// end the peer.
func publishLines(c *console.Console, n *n2n.Peer) {
	most := broadcast.DefaultConfig().MaxPayload
	in := bufio.NewReaderSize(c.In, most+2) // a line and its end
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			c.Say("n2n: a line of standard input was not broadcast: it is longer than %d bytes", most)
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
			line = nil
		}
		if text := bytes.TrimRight(line, "\r\n"); len(text) > 0 {
			if n.Actors().Tell(node.Broadcast, broadcast.Publish{Payload: bytes.Clone(text)}) != nil {
				return // it has ended
			}
		}
		if err != nil {
			return
		}
	}
}
