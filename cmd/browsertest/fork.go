package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/n2n-overlay/n2n/cmd/browsertest/echo"
)

// forkArgument makes this program a Go peer in a process of its own. URL and ROOM follow
// it. The end of that process is not reported.
const forkArgument = "-peer"

// fork is a process beside this one with a peer. The first line that it prints is its
// PeerID. It ends with its standard input.
type fork struct {
	process *exec.Cmd
	in      io.Writer
	out     *bufio.Reader
}

// forkPeer starts this program as a fork and returns its PeerID.
func forkPeer(url, room string) (*fork, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	return startFork(exec.Command(self, forkArgument, url, room))
}

func startFork(process *exec.Cmd) (*fork, string, error) {
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := process.Start(); err != nil {
		return nil, "", err
	}
	f := &fork{process: process, in: in, out: bufio.NewReader(out)}
	id, err := f.line()
	if err != nil {
		_ = f.end()
		return nil, "", err
	}
	return f, id, nil
}

// say writes a line and returns the line that answers it.
func (f *fork) say(line string) (string, error) {
	if _, err := io.WriteString(f.in, line+"\n"); err != nil {
		return "", fmt.Errorf("the peer's process: %w", err)
	}
	return f.line()
}

func (f *fork) line() (string, error) {
	line, err := f.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the peer's process: %w", err)
	}
	return strings.TrimSpace(line), nil
}

func (f *fork) end() error {
	err := f.process.Process.Kill()
	_ = f.process.Wait() // killed, it says
	return err
}

// beFork runs the peer of a fork.
func beFork(url, room string) error {
	peer, err := echo.Start(context.Background(), url, room)
	if err != nil {
		return err
	}
	fmt.Println(peer.ID())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}
