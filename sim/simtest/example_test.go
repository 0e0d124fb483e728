package simtest_test

import (
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
	"github.com/n2n-overlay/n2n/sim/simtest"
)

// Twenty real peers in the simulated world. In a test, t is its *testing.T.
func Example() {
	t := printing{}
	overlay, err := spray.New(spray.DefaultConfig())
	if err != nil {
		t.Fatalf("%v", err)
	}

	w := simtest.New(t, simtest.LAN(1), 20, overlay)
	w.Run(10 * time.Second)
	w.StopServer()
	protocoltest.Always(t, w, 5*time.Minute, 10*time.Second, "spray", protocoltest.NoSelf, protocoltest.Outviews(0, 10), protocoltest.Connected)
	w.Crash(w.ID(7))
	w.Run(time.Minute)

	fmt.Println(len(w.Peers()), "peers; broken:", protocoltest.Holds(w, "spray", protocoltest.Connected))
	// Output: 19 peers; broken: <nil>
}

// printing stands for a *testing.T, which an example does not have.
type printing struct{ testing.TB }

func (printing) Helper() {}

func (printing) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
