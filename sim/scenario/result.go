package scenario

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"

	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
)

// Result is the result of a scenario.
type Result struct {
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	Peers    int    `json:"peers"`
	Cycles   int    `json:"cycles"`
	World    string `json:"world"`
	// Detail and Workers are those of the simulated world.
	Detail  string `json:"detail"`
	Workers int    `json:"workers"`
	// Version names the program that ran it, and Command the call that runs it again.
	Version string `json:"version,omitzero"`
	Command string `json:"command,omitzero"`
	// Settings, Protocols and Network are all that made the result beside these.
	Settings  Settings           `json:"settings,omitzero"`
	Protocols []ProtocolSettings `json:"protocols,omitzero"`
	Network   NetworkSettings    `json:"network,omitzero"`
	// VirtualSeconds is how long the peers lived, WallSeconds how long that took.
	VirtualSeconds float64 `json:"virtual_seconds"`
	WallSeconds    float64 `json:"wall_seconds"`
	// Events are deliveries and timers of a simulated world.
	Events        uint64 `json:"events"`
	ActorMessages uint64 `json:"actor_messages"`
	// PeakRSS is the most memory that the process has had, in MB (10^6 bytes); 0
	// where the system does not say.
	PeakRSS float64 `json:"peak_rss_mb"`
	// TraceHash is the trace hash of the world, empty if there is none.
	TraceHash string `json:"trace_hash"`
	// Metrics are the metrics at the end, with sums and broadcasts over the whole
	// run.
	Metrics Metrics `json:"metrics"`
	Series  []Row   `json:"series"`
	// CutShort tells that the run was stopped before its end.
	CutShort bool `json:"cut_short,omitempty"`

	// Overlay is the last snapshot.
	Overlay Overlay `json:"-"`
}

// Row has the metrics at the end of a cycle; 0 is before the first. Sums are since
// the start, broadcasts those published since the row before.
type Row struct {
	Cycle          int
	VirtualSeconds float64
	Metrics        Metrics
}

// Overlay says which peers held arcs to which.
type Overlay struct {
	Protocol string
	Peers    []messages.PeerID
	// Out are the outviews of Peers, in the same order.
	Out []protocols.Arcs
}

// Metric is a number and its name.
type Metric struct {
	Name  string
	Value float64
}

// Metrics is a list of metrics without repetition.
type Metrics []Metric

// Get returns a metric; NaN when there is none of that name.
func (m Metrics) Get(name string) float64 {
	for _, metric := range m {
		if metric.Name == name {
			return metric.Value
		}
	}
	return math.NaN()
}

// MarshalJSON writes one object, in the order of the list.
func (m Metrics) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, metric := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		metric.write(&b)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object of numbers, in its order.
func (m *Metrics) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	*m = Metrics{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var value float64
		if err := d.Decode(&value); err != nil {
			return err
		}
		*m = append(*m, Metric{name.(string), value})
	}
	return nil
}

func (m Metric) write(b *bytes.Buffer) {
	b.WriteString(strconv.Quote(m.Name))
	b.WriteByte(':')
	b.WriteString(m.String())
}

// String is the value, to six decimals at most.
func (m Metric) String() string {
	return strconv.FormatFloat(math.Round(m.Value*1e6)/1e6, 'f', -1, 64)
}

// MarshalJSON writes the row as one object.
func (r Row) MarshalJSON() ([]byte, error) {
	all := append(Metrics{{"cycle", float64(r.Cycle)}, {"virtual_seconds", r.VirtualSeconds}}, r.Metrics...)
	return all.MarshalJSON()
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Row) UnmarshalJSON(text []byte) error {
	var all Metrics
	if err := all.UnmarshalJSON(text); err != nil {
		return err
	}
	*r = Row{}
	for _, m := range all {
		switch m.Name {
		case "cycle":
			r.Cycle = int(m.Value)
		case "virtual_seconds":
			r.VirtualSeconds = m.Value
		default:
			r.Metrics = append(r.Metrics, m)
		}
	}
	return nil
}
