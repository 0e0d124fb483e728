//go:build !js

package wrtc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/cmd/browsertest/echo"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/wrtc"
)

// TestMain can run the far end of a tab's measurements: this test's binary in a
// process of its own, in place of the tests. The far end has plain pion with the
// settings of a transport, which only this package can make.
func TestMain(m *testing.M) {
	if room := os.Getenv("N2N_FAR"); room != "" {
		if err := beFar(os.Getenv("N2N_SIGNAL"), room); err != nil {
			fmt.Fprintln(os.Stderr, "the far end:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beFar runs a peer with a courier in a room and prints its PeerID. It answers each
// offer for a bare connection, a line of JSON.
func beFar(signal, room string) error {
	peer, err := echo.Start(context.Background(), signal, room)
	if err != nil {
		return err
	}
	handler := func() protocols.Handler {
		return &courier{far: true, pinger: pinger{count: &atomic.Int64{}, done: make(chan error, 1)}}
	}
	if _, err := peer.Actors().Spawn(context.Background(), protocols.Protocol{Name: "ping", Message: &wrapperspb.BytesValue{}, New: handler}); err != nil {
		return err
	}
	transport, err := wrtc.NewTransport(wrtc.Config{Loopback: true}, wrtc.NewQueue())
	if err != nil {
		return err
	}
	fmt.Println(peer.ID())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := answerBare(transport, lines.Bytes())
		if err != nil {
			return err
		}
		fmt.Println(answer)
	}
	return lines.Err()
}

func answerBare(transport *wrtc.Transport, line []byte) (string, error) {
	var offer string
	if err := json.Unmarshal(line, &offer); err != nil {
		return "", err
	}
	b := newBare(&process{}, transport)
	text, err := b.describe(offer)
	if err != nil {
		return "", err
	}
	low := make(chan struct{}, 1)
	b.channel.SetBufferedAmountLowThreshold(wrtc.HighMark / 2)
	b.channel.OnBufferedAmountLow(func() {
		select {
		case low <- struct{}{}:
		default:
		}
	})
	go func() {
		far := &bareFar{raw: <-b.opened, channel: b.channel, low: low}
		if err := far.run(); err != nil && !errors.Is(err, io.EOF) {
			fmt.Fprintln(os.Stderr, "the bare end:", err)
		}
	}()
	answer, err := json.Marshal(text)
	return string(answer), err
}

// bareFar obeys orders on a bare channel.
type bareFar struct {
	raw     wrtc.BareDetached
	channel *wrtc.BareChannel
	low     chan struct{}
}

func (f *bareFar) run() error {
	buffer := make([]byte, 1<<16)
	var now order
	for {
		n, err := f.raw.Read(buffer)
		if err != nil {
			return err
		}
		o, ok := decodeOrder(buffer[:n])
		switch {
		case ok:
			now = o
			if now.do == orderFlood {
				err = f.flood(now)
			}
		case now.do == orderEcho:
			_, err = f.raw.Write(buffer[:n])
		case now.do == orderCount:
			if now.count--; now.count == 0 {
				_, err = f.raw.Write([]byte{0})
			}
		default:
			err = fmt.Errorf("%d bytes came before an order", n)
		}
		if err != nil {
			return err
		}
	}
}

func (f *bareFar) flood(o order) error {
	payload := make([]byte, o.size)
	for range o.count {
		if f.channel.BufferedAmount() > wrtc.HighMark {
			<-f.low
		}
		if _, err := f.raw.Write(payload); err != nil {
			return err
		}
	}
	return nil
}

// process is the tester of a program that is no test. Its resources are freed when
// the process ends.
type process struct{}

func (*process) Helper()        {}
func (*process) Cleanup(func()) {}
func (*process) Fatalf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "the far end: "+format+"\n", args...)
	os.Exit(1)
}
