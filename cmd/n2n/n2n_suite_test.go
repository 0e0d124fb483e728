package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
	"go.uber.org/goleak"

	webprogram "github.com/n2n-overlay/n2n/web/program"

	"github.com/n2n-overlay/n2n/internal/console"
)

// theProgram replaces the program of a tab, because its build takes long.
var theProgram = webprogram.Program{Wasm: []byte("wasm"), Glue: []byte("glue")}

func TestN2N(t *testing.T) {
	buildTab = func(context.Context) (webprogram.Program, error) { return theProgram, nil }
	before := goleak.IgnoreCurrent()
	RegisterFailHandler(Fail)
	RunSpecs(t, "n2n")
	goleak.VerifyNone(t, before,
		goleak.IgnoreAnyFunction("github.com/onsi/ginkgo/v2/internal/interrupt_handler.(*InterruptHandler).registerForInterrupts.func2"))
}

// patience bounds each wait. Only a spec that fails waits that long.
const patience = 2 * time.Minute

// call is the command, run in this process.
type call struct {
	out, err *gbytes.Buffer
	in       *io.PipeWriter
	stop     context.CancelFunc
	exit     chan int
}

// begin runs the command until it ends or the spec does.
func begin(args ...string) *call {
	ctx, cancel := context.WithCancel(context.Background())
	in, stdin := io.Pipe()
	c := &call{gbytes.NewBuffer(), gbytes.NewBuffer(), stdin, cancel, make(chan int, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.exit <- run(ctx, args, in, c.out, c.err)
	}()
	DeferCleanup(func() {
		cancel()
		stdin.Close()
		Eventually(ended).WithTimeout(patience).Should(BeClosed())
	})
	return c
}

// ends waits for the end and expects this exit code.
func (c *call) ends(code int) {
	GinkgoHelper()
	Eventually(c.exit).WithTimeout(patience).Should(Receive(Equal(code)), func() string { return string(c.err.Contents()) })
}

// program is the command, run as a process of its own.
type program struct {
	*gexec.Session
	in io.WriteCloser
}

var binary string

// start runs the command in a process, which ends with the spec at the latest.
func start(args ...string) *program {
	GinkgoHelper()
	if binary == "" {
		var err error
		binary, err = gexec.Build("github.com/n2n-overlay/n2n/cmd/n2n")
		Expect(err).NotTo(HaveOccurred())
	}
	cmd := exec.Command(binary, args...)
	in, err := cmd.StdinPipe()
	Expect(err).NotTo(HaveOccurred())
	session, err := gexec.Start(cmd, nil, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait(patience) })
	return &program{session, in}
}

var _ = AfterSuite(gexec.CleanupBuildArtifacts)

// terminate asks a process to end, and expects that it ends in order.
func (p *program) terminate() {
	GinkgoHelper()
	p.Signal(syscall.SIGTERM)
	Eventually(p.Session).WithTimeout(patience).Should(gexec.Exit(console.ExitOK), func() string { return string(p.Err.Contents()) })
}

// line is a line for programs: an event, or joined.
type line struct {
	Type, Protocol, Peer, Dir, Via, Payload, Cause, Op, Error, Room string
	Contact                                                         *string
	Out, In                                                         int
}

// lines reads the whole lines that were printed so far.
func lines(out *gbytes.Buffer) []line {
	GinkgoHelper()
	text := string(out.Contents())
	var all []line
	for text := range strings.Lines(text[:strings.LastIndexByte(text, '\n')+1]) {
		var l line
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		Expect(decoder.Decode(&l)).To(Succeed(), text)
		all = append(all, l)
	}
	return all
}

// count returns the number of lines for which a condition holds.
func count(all []line, holds func(line) bool) int {
	n := 0
	for _, l := range all {
		if holds(l) {
			n++
		}
	}
	return n
}

// serverURL waits until a signaling server says where it listens.
func serverURL(out *gbytes.Buffer) string {
	GinkgoHelper()
	Eventually(out).WithTimeout(patience).Should(gbytes.Say("\n"))
	var url, health string
	_, err := fmt.Sscanf(string(out.Contents()), "signaling server at %s its health at %s\n", &url, &health)
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimSuffix(url, ",")
}
