package scenario

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/actors"
	"github.com/n2n-overlay/n2n/catalog"
	"github.com/n2n-overlay/n2n/sim"
)

// Settings are the settings of a scenario that have no place of their own in a Result. Times
// are written as in a scenario's file.
type Settings struct {
	// File is where the scenario was read, and SHA256 the hash of its text.
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
	// Set are the values that were set from outside, KEY=VALUE.
	Set []string `json:"set"`
	// Parameters are the values of the scenario's parameters.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Cycle is the length of a cycle.
	Cycle  string   `json:"cycle"`
	Phases []string `json:"phases"`
	// Every is after how many cycles Metrics are measured.
	Every   int      `json:"every"`
	Metrics []string `json:"metrics"`
	// Groups are the peers whose protocols have other options.
	Groups []GroupSettings `json:"groups,omitempty"`
	// Peer has the settings of every peer, by key.
	Peer map[string]any `json:"peer"`
}

// GroupSettings are the other options of a fraction of the peers.
type GroupSettings struct {
	Fraction float64           `json:"fraction"`
	Options  map[string]string `json:"options"`
}

// ProtocolSettings are the settings of a protocol of a scenario.
type ProtocolSettings struct {
	Kind string `json:"kind"`
	// Name is that of the protocol, if it is not the kind's.
	Name    string         `json:"name,omitempty"`
	Options map[string]any `json:"options"`
}

// NetworkSettings are the settings of the network by key, as in a scenario's file; and
// latency_floor, the least latency. A world of real connections has those that it applies.
type NetworkSettings map[string]any

// Hash is SHA-256 of the text that the scenario was read from, in hexadecimal.
func (s *Scenario) Hash() string { return s.hash }

// settings lists the settings of the scenario.
func (s *Scenario) settings() Settings {
	var groups []GroupSettings
	for _, g := range s.Groups {
		groups = append(groups, GroupSettings{g.Fraction, g.Options})
	}
	return Settings{
		Groups: groups,
		File:   s.Source, SHA256: s.hash, Set: append([]string{}, s.Sets...), Parameters: s.parameters,
		Cycle: s.Cycle.String(), Phases: s.phases(), Every: s.Measure.Every, Metrics: s.Measure.Metrics, Peer: peerOf(s.Peer),
	}
}

func (s *Scenario) phases() []string {
	all := make([]string, len(s.Phases))
	for i, p := range s.Phases {
		all[i] = p.String()
	}
	return all
}

func peerOf(c actors.Config) map[string]any {
	all := map[string]any{}
	for field, value := range catalog.Fields(&c) {
		all[field.Key] = catalog.Value(value)
	}
	return all
}

func (s *Scenario) protocolSettings() []ProtocolSettings {
	all := make([]ProtocolSettings, len(s.Protocols))
	for i, p := range s.Protocols {
		all[i] = ProtocolSettings{Kind: p.Kind.Name, Options: p.Options}
		if p.Protocol.Name != p.Kind.Name {
			all[i].Name = p.Protocol.Name
		}
	}
	return all
}

// networkOf lists the settings of a network in a world.
func networkOf(n sim.Network, world string) NetworkSettings {
	orDefault := func(d, def time.Duration) string {
		if d == 0 {
			d = def
		}
		return d.String()
	}
	all := NetworkSettings{
		"latency": latencyText(n.Latency), "latency_floor": n.Latency.Floor().String(), "loss": n.Loss,
		"retransmit": orDefault(n.Retransmit, 200*time.Millisecond), "bandwidth": n.Bandwidth,
		"setup_round_trips": n.RoundTrips(), "setup_failure": n.SetupFailure, "unreachable": n.Unreachable,
		"detection": n.DetectionTime().String(),
	}
	if world != "sim" {
		for key := range all {
			if !slices.Contains(everywhere, key) {
				delete(all, key)
			}
		}
	}
	return all
}

// latencyText is a latency as a file writes it.
func latencyText(l sim.Latency) string {
	switch l.Kind {
	case "uniform":
		return fmt.Sprintf("uniform %v %v", l.Min, l.Max)
	case "lognormal":
		text := fmt.Sprintf("lognormal %v %v", l.Mean, l.Sigma)
		if l.Least > 0 {
			text += " " + l.Least.String()
		}
		return text
	default:
		return l.Mean.String()
	}
}

// String is the phase as a file writes it, with all keys that have a value.
func (p Phase) String() string {
	var keys []string
	add := func(key string, value any) { keys = append(keys, fmt.Sprintf("%s: %v", key, value)) }
	if p.takesCycles() {
		add("cycles", p.Cycles)
	}
	switch p.Kind {
	case phaseJoin:
		if !math.IsNaN(p.Fraction) { // all that have not
			add("fraction", p.Fraction)
		}
	case phaseCrash, phaseLeave:
		add("fraction", p.Fraction)
	case phaseTell:
		add("protocol", p.Protocol)
		add("what", strconv.Quote(p.What))
		add("fraction", p.Fraction)
	case phaseChurn:
		add("rate", p.Rate)
		add("leave", p.Leave)
	case phasePartition:
		groups := make([]string, len(p.Fractions))
		for i, f := range p.Fractions {
			groups[i] = strconv.FormatFloat(f, 'g', -1, 64)
		}
		add("fractions", "["+strings.Join(groups, ", ")+"]")
	}
	if p.Over != (span{}) {
		add("over", p.Over)
	}
	if p.Growing {
		add("pace", "growing")
	}
	if p.Broadcasts > 0 {
		name := "broadcasts"
		if p.Kind == phaseBroadcast {
			name = "rate"
		}
		add(name, p.Broadcasts)
		add("payload", p.Payload)
	}
	return p.Kind + ": {" + strings.Join(keys, ", ") + "}"
}

// String is the span as a file writes it.
func (s span) String() string {
	if s.cycles > 0 {
		return strconv.FormatFloat(s.cycles, 'g', -1, 64) + " cycles"
	}
	return s.time.String()
}
