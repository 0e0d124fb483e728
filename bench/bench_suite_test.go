package bench

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"go.uber.org/goleak"

	"github.com/n2n-overlay/n2n/catalog"
)

func TestBench(t *testing.T) {
	before := goleak.IgnoreCurrent()
	RegisterFailHandler(Fail)
	RunSpecs(t, "bench")
	goleak.VerifyNone(t, before,
		goleak.IgnoreAnyFunction("github.com/onsi/ginkgo/v2/internal/interrupt_handler.(*InterruptHandler).registerForInterrupts.func2"))
}

// patience bounds each wait. Only a spec that fails waits that long.
const patience = 60 * time.Second

// call is a program with these commands, run in this process.
type call struct {
	out, err *gbytes.Buffer
	stop     context.CancelFunc
	exit     chan int
}

// own are protocols that the program knows beside those that ship.
var own []catalog.Kind

// begin runs the program until it ends or the spec does.
func begin(args ...string) *call {
	ctx, cancel := context.WithCancel(context.Background())
	c := &call{gbytes.NewBuffer(), gbytes.NewBuffer(), cancel, make(chan int, 1)}
	ended := make(chan struct{})
	kinds := own
	go func() {
		defer close(ended)
		c.exit <- Run(ctx, append([]string{"mine"}, args...), c.out, c.err, kinds...)
	}()
	DeferCleanup(func() {
		cancel()
		Eventually(ended).WithTimeout(patience).Should(BeClosed())
	})
	return c
}

// ends waits for the end and expects this exit code.
func (c *call) ends(code int) {
	GinkgoHelper()
	Eventually(c.exit).WithTimeout(patience).Should(Receive(Equal(code)), func() string { return string(c.err.Contents()) })
}

// prints runs the program to its end, expects this exit code, and returns what it prints
// and says.
func prints(code int, args ...string) (out, said string) {
	GinkgoHelper()
	c := begin(args...)
	c.ends(code)
	return string(c.out.Contents()), string(c.err.Contents())
}
