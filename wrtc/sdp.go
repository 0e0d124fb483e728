package wrtc

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/n2n-overlay/n2n/messages"
)

// maxCandidates is how many candidates a session description may hold.
const maxCandidates = 32

func malformedSDP(format string, args ...any) error {
	return fmt.Errorf("session description: "+format+": %w", append(args, messages.ErrMalformed)...)
}

// checkRemote checks the session description of a remote peer before pion reads it.
// Any relay on the way may have written it. It returns the description without the
// candidates that must not be tried: TCP, addresses where no peer can be, and those
// that the rules do not allow. It has no side effects.
func checkRemote(text string, allowed rules) (string, error) {
	if len(text) > messages.MaxSDP {
		return "", malformedSDP("has %d bytes, at most %d are allowed", len(text), messages.MaxSDP)
	}
	description, err := parseSDP(text)
	if err != nil {
		return "", err
	}
	if err := checkStructure(description); err != nil {
		return "", err
	}
	keepCandidates(description, func(candidate string) bool { return usable(candidate, allowed) })
	if n := countCandidates(description); n > maxCandidates {
		return "", malformedSDP("has %d candidates, at most %d are allowed", n, maxCandidates)
	}
	return formatSDP(description)
}

// rules says which candidates of a remote may be tried in addition to public ones.
type rules struct {
	loopback bool // addresses of this machine
	local    bool // the .local names with which browsers hide their addresses
}

// shorten returns our own session description without the parts that the remote does
// not need: the second component of each candidate, TCP, and candidates over the
// cap.
func shorten(text string) (string, error) {
	description, err := parseSDP(text)
	if err != nil {
		return "", err
	}
	kept := 0
	keepCandidates(description, func(candidate string) bool {
		fields := strings.Fields(candidate)
		if len(fields) < 3 || fields[1] != "1" || !strings.EqualFold(fields[2], "udp") || kept == maxCandidates {
			return false
		}
		kept++
		return true
	})
	text, err = formatSDP(description)
	if err == nil && len(text) > messages.MaxSDP {
		return "", fmt.Errorf("session description: has %d bytes, at most %d are allowed; name fewer Interfaces", len(text), messages.MaxSDP)
	}
	return text, err
}

func parseSDP(text string) (*sdpDescription, error) {
	description := new(sdpDescription)
	if err := description.UnmarshalString(text); err != nil {
		return nil, malformedSDP("%v", err)
	}
	return description, nil
}

func formatSDP(description *sdpDescription) (string, error) {
	b, err := description.Marshal()
	if err != nil {
		return "", malformedSDP("%v", err)
	}
	return string(b), nil
}

// checkStructure checks that there is one section, for data channels, and that each
// attribute that ICE and DTLS need is there once.
func checkStructure(d *sdpDescription) error {
	if len(d.MediaDescriptions) != 1 {
		return malformedSDP("has %d media sections, want 1", len(d.MediaDescriptions))
	}
	media := d.MediaDescriptions[0]
	if media.MediaName.Media != "application" || !strings.Contains(strings.Join(media.MediaName.Protos, "/"), "SCTP") {
		return malformedSDP("is not for data channels")
	}
	fingerprints := 0
	for _, a := range append(d.Attributes[:len(d.Attributes):len(d.Attributes)], media.Attributes...) {
		if a.Key == "fingerprint" {
			fingerprints++
			if _, err := parseFingerprint(a.Value); err != nil {
				return err
			}
		}
	}
	if fingerprints == 0 {
		return malformedSDP("has no fingerprint")
	}
	for _, key := range []string{"ice-ufrag", "ice-pwd", "mid"} {
		value, ok := media.Attribute(key)
		if !ok {
			value, ok = d.Attribute(key)
		}
		if !ok || value == "" || len(value) > 256 {
			return malformedSDP("has no usable %s", key)
		}
	}
	return nil
}

// parseFingerprint reads a fingerprint of 32 bytes, as in "sha-256 AB:CD:…".
func parseFingerprint(value string) ([]byte, error) {
	algorithm, digits, _ := strings.Cut(value, " ")
	if !strings.EqualFold(algorithm, "sha-256") {
		return nil, malformedSDP("has a fingerprint of kind %.20q, want sha-256", algorithm)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(digits, ":", ""))
	if err != nil || len(b) != 32 || len(digits) != 95 {
		return nil, malformedSDP("has a fingerprint that is not 32 bytes")
	}
	return b, nil
}

// keepCandidates keeps the candidates for which keep returns true. It drops all
// candidates outside the media section, because they mean nothing.
func keepCandidates(d *sdpDescription, keep func(candidate string) bool) {
	attributes := d.Attributes[:0]
	for _, a := range d.Attributes {
		if !a.IsICECandidate() {
			attributes = append(attributes, a)
		}
	}
	d.Attributes = attributes
	for _, media := range d.MediaDescriptions {
		attributes := media.Attributes[:0]
		for _, a := range media.Attributes {
			if !a.IsICECandidate() || keep(a.Value) {
				attributes = append(attributes, a)
			}
		}
		media.Attributes = attributes
	}
}

func countCandidates(d *sdpDescription) int {
	n := 0
	for _, media := range d.MediaDescriptions {
		for _, a := range media.Attributes {
			if a.IsICECandidate() {
				n++
			}
		}
	}
	return n
}

// usable reports whether a candidate is worth a packet. Its form is "foundation
// component transport priority address port typ type …" (RFC 8839, section 5.1).
func usable(candidate string, allowed rules) bool {
	fields := strings.Fields(candidate)
	if len(fields) < 8 || fields[1] != "1" || !strings.EqualFold(fields[2], "udp") || fields[6] != "typ" {
		return false
	}
	if _, err := strconv.ParseUint(fields[3], 10, 32); err != nil {
		return false
	}
	if port, err := strconv.ParseUint(fields[5], 10, 16); err != nil || port == 0 {
		return false
	}
	if isLocalName(fields[4]) {
		return allowed.local && fields[7] == "host"
	}
	address, err := netip.ParseAddr(fields[4])
	if err != nil || address.Zone() != "" {
		return false
	}
	switch address = address.Unmap(); {
	case address.IsUnspecified(), address.IsMulticast(), address == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return false
	case address.IsLoopback():
		return allowed.loopback
	}
	switch fields[7] {
	case "host", "srflx", "prflx", "relay":
		return true
	}
	return false
}

// isLocalName reports whether a candidate's address is a name made by a browser: a
// UUID and .local (draft-ietf-mmusic-mdns-ice-candidates, section 3.1.1).
func isLocalName(address string) bool {
	id, found := strings.CutSuffix(strings.ToLower(address), ".local")
	if !found || len(id) != 36 {
		return false
	}
	for i, r := range id {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (r == '-') || !dash && !strings.ContainsRune("0123456789abcdef", r) {
			return false
		}
	}
	return true
}
