package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"
)

// flags make Chromium run headless, as root, and without requests to its maker's hosts.
// None changes its WebRTC, or the slow timers of hidden tabs.
var flags = []string{
	"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
}

func findChromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium in PATH: install it (Debian's package chromium), or name one in CHROMIUM")
}

// chromium is a running browser. It opens and closes tabs.
type chromium struct {
	process *exec.Cmd
	profile string
	control string        // http://host:port of its DevTools
	ended   chan struct{} // closed when the process has ended
}

func startChromium(ctx context.Context, path string) (*chromium, error) {
	profile, err := os.MkdirTemp("", "browsertest-")
	if err != nil {
		return nil, err
	}
	c := &chromium{profile: profile, ended: make(chan struct{})}
	c.process = exec.Command(path, append(flags, "--remote-debugging-port=0", "--user-data-dir="+profile, "about:blank")...)
	said, err := c.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	listening := make(chan string, 1)
	go func() {
		c.listen(said, listening)
		_ = c.process.Wait()
		close(c.ended)
	}()
	select {
	case c.control = <-listening:
		return c, nil
	case <-c.ended:
		err = errors.New("it ended at once")
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(patience):
		err = fmt.Errorf("it does not listen after %v", patience)
	}
	return nil, errors.Join(fmt.Errorf("%s: %w", path, err), c.close())
}

// listen reads the browser's output to the end and finds the address of its DevTools.
func (c *chromium) listen(said io.Reader, listening chan<- string) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if _, address, found := strings.Cut(lines.Text(), "DevTools listening on ws://"); found {
			host, _, _ := strings.Cut(address, "/")
			listening <- "http://" + host
		}
	}
	_, _ = io.Copy(io.Discard, said)
}

// open opens a tab and returns its id.
func (c *chromium) open(ctx context.Context, page string) (string, error) {
	b, err := c.ask(ctx, "/json/new?"+url.QueryEscape(page))
	if err != nil {
		return "", err
	}
	var target struct{ ID string }
	if err := json.Unmarshal(b, &target); err != nil || target.ID == "" {
		return "", fmt.Errorf("the browser opened no tab: %.200s", b)
	}
	return target.ID, nil
}

// shut closes a tab, as its user would.
func (c *chromium) shut(ctx context.Context, id string) error {
	_, err := c.ask(ctx, "/json/close/"+id)
	return err
}

func (c *chromium) ask(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, c.control+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the browser answered %s to %s: %.200s", response.Status, path, b)
	}
	return b, err
}

// close ends the browser and removes its profile.
func (c *chromium) close() error {
	_ = c.process.Process.Kill()
	<-c.ended
	// Its other processes end by themselves, and may still write a little.
	var err error
	for range 50 {
		if err = os.RemoveAll(c.profile); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
