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
	"github.com/n2n-overlay/n2n/wrtc"
)

// forkArgument, URL, ROOM make this program a Go peer in a process of its own,
// whose end nobody is told of.
const forkArgument = "-peer"

// forkPeer starts one and returns its PeerID.
func forkPeer(ctx context.Context, url, room string) (*exec.Cmd, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	child := exec.CommandContext(context.WithoutCancel(ctx), self, forkArgument, url, room)
	child.Stderr = os.Stderr
	if _, err := child.StdinPipe(); err != nil { // it ends with this process
		return nil, "", err
	}
	said, err := child.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := child.Start(); err != nil {
		return nil, "", err
	}
	id, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		_ = endFork(child)
		return nil, "", fmt.Errorf("the peer's process: %w", err)
	}
	return child, strings.TrimSpace(id), nil
}

func endFork(child *exec.Cmd) error {
	err := child.Process.Kill()
	_ = child.Wait() // killed, it says
	return err
}

// beFork is the process.
func beFork(url, room string) error {
	peer, err := echo.Start(context.Background(), echo.NewSystem(), wrtc.Config{Loopback: true}, url, room)
	if err != nil {
		return err
	}
	fmt.Println(peer.ID())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}
