package scenario

import (
	"bufio"
	"bytes"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// What a peer takes of the process' memory at its peak, in bytes, the garbage
// collector's headroom included: its actors, and its ends of connections, of
// which a peer of Spray with a period of 30 s has about so many times ln N,
// lingering ones included. Measured with the steady scenario at 300, 1,000, 3,000
// and 10,000 peers and GOGC=100: peak_rss_mb is 202, 221, 233 and 334 KB a peer.
const (
	bytesOfPeer       = 30 << 10
	bytesOfConnection = 6 << 10
	connectionsOfPeer = 5.5 // times ln N
	// bytesOfArcsPeer is the same at the level of arcs, as the memory in use: after four
	// cycles of the steady scenario it is 9.7 and 11.8 KB a peer with 1,000 and 10,000
	// peers. The garbage collector needs some room above it.
	bytesOfArcsPeer       = 3500
	bytesOfArcsConnection = 165
	roomAboveArcs         = 1.4
)

// Estimate is about how much memory a scenario takes in the simulated world.
func (s *Scenario) Estimate() uint64 {
	peers := float64(s.Peers)
	if s.Detail == DetailArcs {
		return uint64(roomAboveArcs * peers * (bytesOfArcsPeer + bytesOfArcsConnection*connectionsOfPeer*math.Log(max(2, peers))))
	}
	return uint64(peers * (bytesOfPeer + bytesOfConnection*connectionsOfPeer*math.Log(max(2, peers))))
}

// TooBig is a scenario for which there is not enough memory.
type TooBig struct {
	Peers             int
	Needed, Available uint64
}

func (e *TooBig) Error() string {
	return fmt.Sprintf("%d peers take about %s of memory, and %s are available: try at most %d",
		e.Peers, gigabytes(e.Needed), gigabytes(e.Available), uint64(float64(e.Peers)*float64(e.Available)/float64(e.Needed)))
}

func gigabytes(bytes uint64) string { return fmt.Sprintf("%.1f GB", float64(bytes)/1e9) }

// Fits refuses a scenario that does not fit into the memory that is available.
func (s *Scenario) Fits(available uint64) error {
	if needed := s.Estimate(); available > 0 && needed > available {
		return &TooBig{Peers: s.Peers, Needed: needed, Available: available}
	}
	return nil
}

// AvailableMemory is how many bytes of memory are available, or 0 where the system
// does not say.
func AvailableMemory() uint64 { return procField("/proc/meminfo", "MemAvailable:") }

// UsedMemory is how many bytes of memory this process has now, or 0 where the system does not
// say.
func UsedMemory() uint64 { return procField("/proc/self/status", "VmRSS:") }

// peakRSS is the most memory that this process has had, in bytes.
func peakRSS() uint64 { return procField("/proc/self/status", "VmHWM:") }

// procField reads a line such as "VmHWM:  1234 kB".
func procField(file, name string) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) == 3 && words[0] == name {
			n, _ := strconv.ParseUint(words[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
