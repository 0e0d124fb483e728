//go:build !js

package wrtc_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/wrtc"
)

const fingerprintLine = "a=fingerprint:sha-256 01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF"

// description returns a session description as pion writes it, with more lines.
func description(more ...string) string {
	lines := []string{
		"v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", fingerprintLine, "a=group:BUNDLE 0",
		"m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=setup:actpass", "a=mid:0",
		"a=sendrecv", "a=sctp-port:5000", "a=ice-ufrag:abcd", "a=ice-pwd:efghijklmnopqrstuvwxyzab",
	}
	return strings.Join(append(lines, more...), "\r\n") + "\r\n"
}

func candidate(address string, port int) string {
	return fmt.Sprintf("a=candidate:1 1 udp 2130706431 %s %d typ host", address, port)
}

func TestCandidatesThatAreNoPeersAreDropped(t *testing.T) {
	good := []string{
		candidate("192.0.2.1", 1), candidate("2001:db8::1", 65535), candidate("10.0.0.1", 5000),
		"a=candidate:1 1 UDP 1 198.51.100.1 7 typ srflx raddr 10.0.0.1 rport 5000",
		"a=candidate:1 1 udp 1 198.51.100.1 8 typ relay raddr 10.0.0.1 rport 5000",
	}
	bad := []string{
		candidate("f3b1a9f4-0000-4000-8000-000000000000.local", 1), candidate("example.org", 1),
		candidate("127.0.0.1", 1), candidate("::1", 1), candidate("::ffff:127.0.0.1", 1),
		candidate("0.0.0.0", 1), candidate("::", 1), candidate("224.0.0.1", 1), candidate("ff02::1", 1),
		candidate("255.255.255.255", 1), candidate("fe80::1%eth0", 1),
		candidate("192.0.2.2", 0), candidate("192.0.2.2", 65536),
		"a=candidate:1 1 tcp 1 192.0.2.2 9 typ host tcptype active",
		"a=candidate:1 2 udp 1 192.0.2.2 9 typ host", "a=candidate:1 1 udp x 192.0.2.2 9 typ host",
		"a=candidate:1 1 udp 1 192.0.2.2 9 typ other", "a=candidate:short",
	}
	got, err := wrtc.CheckRemote(description(append(bad, good...)...), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range good {
		if !strings.Contains(got, line) {
			t.Errorf("%s was dropped", line)
		}
	}
	if n := strings.Count(got, "a=candidate"); n != len(good) {
		t.Errorf("%d candidates are left of %d good ones:\n%s", n, len(good), got)
	}
	if got, err := wrtc.CheckRemote(description(candidate("127.0.0.1", 1)), true); err != nil || !strings.Contains(got, "127.0.0.1") {
		t.Errorf("loopback is allowed, but got %q, %v", got, err)
	}
}

func TestATabTriesTheNamesBehindWhichBrowsersHide(t *testing.T) {
	const name = "f3b1a9f4-0000-4000-8000-00000000000A.local"
	good := []string{candidate(name, 1), candidate("192.0.2.1", 1)}
	bad := []string{
		candidate("printer.local", 1), candidate("a."+name, 1), candidate(name+".", 1), candidate(name[:36], 1),
		candidate("f3b1a9f4-0000-4000-8000-00000000000g.local", 1), candidate("f3b1a9f400000-4000-8000-000000000000.local", 1),
		candidate(name, 0), "a=candidate:1 1 tcp 1 " + name + " 9 typ host tcptype active",
		"a=candidate:1 1 udp 1 " + name + " 9 typ srflx raddr 0.0.0.0 rport 0", candidate("127.0.0.1", 1),
	}
	got, err := wrtc.CheckRemoteInTab(description(append(bad, good...)...))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range good {
		if !strings.Contains(got, line) {
			t.Errorf("%s was dropped", line)
		}
	}
	if n := strings.Count(got, "a=candidate"); n != len(good) {
		t.Errorf("%d candidates are left of %d good ones:\n%s", n, len(good), got)
	}
}

func TestSessionDescriptionsThatAreNoneAreRefused(t *testing.T) {
	without := func(part string) string {
		var kept []string
		for line := range strings.SplitSeq(description(), "\r\n") {
			if !strings.HasPrefix(line, part) {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "\r\n")
	}
	var many []string
	for i := range 33 {
		many = append(many, candidate("192.0.2.1", i+1))
	}
	noMedia, _, _ := strings.Cut(description(), "m=")
	for name, text := range map[string]string{
		"empty":              "",
		"no SDP":             "hello",
		"too long":           description("a=x:" + strings.Repeat("x", messages.MaxSDP)),
		"no media":           noMedia,
		"two media":          description("m=application 9 UDP/DTLS/SCTP webrtc-datachannel"),
		"video":              strings.Replace(description(), "m=application 9 UDP/DTLS/SCTP", "m=video 9 UDP/TLS/RTP/SAVPF", 1),
		"no fingerprint":     without("a=fingerprint"),
		"sha-1":              strings.Replace(description(), "sha-256", "sha-1", 1),
		"short fingerprint":  strings.Replace(description(), "01:23:", "", 1),
		"second fingerprint": description("a=fingerprint:sha-1 00"),
		"no ufrag":           without("a=ice-ufrag"),
		"no password":        without("a=ice-pwd"),
		"no mid":             without("a=mid"),
		"33 candidates":      description(many...),
	} {
		if _, err := wrtc.CheckRemote(text, true); !errors.Is(err, messages.ErrMalformed) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestOurOwnDescriptionStaysWithinTheCaps(t *testing.T) {
	var many []string
	for i := range 100 {
		many = append(many, candidate("192.0.2.1", i+1), strings.Replace(candidate("192.0.2.1", i+1), ":1 1 udp", ":1 2 udp", 1))
	}
	got, err := wrtc.Shorten(description(many...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrtc.CheckRemote(got, false); err != nil {
		t.Fatalf("the remote would refuse it: %v", err)
	}
}

func FuzzCheckRemote(f *testing.F) {
	f.Add(description(candidate("192.0.2.1", 1), candidate("x.local", 1)), true)
	f.Add(description("a=end-of-candidates"), false)
	f.Add("v=0", false)
	f.Fuzz(func(t *testing.T, text string, loopback bool) {
		got, err := wrtc.CheckRemote(text, loopback)
		if err != nil {
			if !errors.Is(err, messages.ErrMalformed) {
				t.Fatalf("%v does not wrap ErrMalformed", err)
			}
			return
		}
		for line := range strings.SplitSeq(got, "\r\n") {
			if value, ok := strings.CutPrefix(line, "a=candidate:"); ok {
				ip, err := netip.ParseAddr(strings.Fields(value)[4])
				if err != nil || ip.IsUnspecified() || ip.IsMulticast() || ip.Unmap().IsLoopback() && !loopback {
					t.Fatalf("%q is left", line)
				}
			}
		}
		if len(got) <= messages.MaxSDP {
			if again, err := wrtc.CheckRemote(got, loopback); err != nil || again != got {
				t.Fatalf("%q became %q, %v", got, again, err)
			}
		}
	})
}
