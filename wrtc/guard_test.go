//go:build !js

package wrtc_test

import (
	"encoding/binary"
	"net"
	"testing"

	"github.com/n2n-overlay/n2n/wrtc"
)

var xorAddresses = []wrtc.STUNAttribute{wrtc.XORMapped, wrtc.XORRelayed, wrtc.XORPeer}

// stunPacket returns a binding success with one attribute, as raw bytes.
func stunPacket(kind wrtc.STUNAttribute, value []byte) []byte {
	b := make([]byte, 20, 64)
	binary.BigEndian.PutUint16(b, 0x0101)
	binary.BigEndian.PutUint16(b[2:], uint16(4+(len(value)+3)&^3))
	binary.BigEndian.PutUint32(b[4:], 0x2112A442)
	b = binary.BigEndian.AppendUint16(b, uint16(kind))
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b[:len(b):len(b)]
}

// panics reads every XOR address in a packet, as pion does.
func panics(packet []byte) (crashed bool) {
	defer func() { crashed = recover() != nil }()
	m := &wrtc.STUNMessage{Raw: packet[:len(packet):len(packet)]}
	if m.Decode() != nil {
		return false
	}
	for _, kind := range xorAddresses {
		var address wrtc.XORMappedAddress
		_ = address.GetFromAs(m, kind)
	}
	return false
}

func TestShortXORAddressesCrashPionAndAreDropped(t *testing.T) {
	for _, kind := range xorAddresses {
		packet := stunPacket(kind, nil)
		if !panics(packet) {
			t.Errorf("pion reads %v without a panic: the guard may no longer be needed", kind)
		}
		if !wrtc.Unwanted(packet) {
			t.Errorf("an empty %v is let through", kind)
		}
	}
}

func TestCorrectPacketsAreNotDropped(t *testing.T) {
	for _, ip := range []net.IP{net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")} {
		for _, kind := range xorAddresses {
			m := new(wrtc.STUNMessage)
			m.WriteHeader()
			if err := (wrtc.XORMappedAddress{IP: ip, Port: 5}).AddToAs(m, kind); err != nil {
				t.Fatal(err)
			}
			m.WriteHeader()
			if wrtc.Unwanted(m.Raw) {
				t.Errorf("%v %v is dropped", kind, ip)
			}
		}
	}
	for _, other := range [][]byte{nil, {1}, make([]byte, 1200), stunPacket(0x8022, nil)} {
		if wrtc.Unwanted(other) {
			t.Errorf("%x is dropped", other)
		}
	}
}

func TestMediaIsDropped(t *testing.T) {
	rtp := make([]byte, 100)
	rtp[0] = 0x80
	rtcp := []byte{0x81, 200, 0, 0}
	for name, packet := range map[string][]byte{"RTP": rtp, "RTCP": rtcp} {
		if !wrtc.Unwanted(packet) {
			t.Errorf("%s is let through", name)
		}
	}
	if dtls := []byte{22, 254, 253}; wrtc.Unwanted(dtls) {
		t.Error("DTLS is dropped")
	}
}

func TestWhatATURNServerRelaysIsGuardedToo(t *testing.T) {
	channelData := func(b []byte) []byte { return append([]byte{0x40, 0, 0, byte(len(b))}, b...) }
	indication := func(b []byte) []byte { return stunPacket(0x0013, b) }
	for name, relay := range map[string]func([]byte) []byte{"channel data": channelData, "data indication": indication} {
		for _, bad := range [][]byte{stunPacket(wrtc.XORMapped, nil), {0x80, 1, 2}} {
			if !wrtc.Unwanted(relay(bad)) {
				t.Errorf("%x in %s is let through", bad, name)
			}
		}
		for _, good := range [][]byte{{22, 254, 253}, stunPacket(wrtc.XORMapped, make([]byte, 8)), nil} {
			if wrtc.Unwanted(relay(good)) {
				t.Errorf("%x in %s is dropped", good, name)
			}
		}
	}
}

func TestSocketsDropWhatCrashesPion(t *testing.T) {
	system, err := wrtc.NewSystemNet()
	if err != nil {
		t.Fatal(err)
	}
	guarded, err := wrtc.NewGuarded(system, 1<<20, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sender.Close() }()
	local := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	udp, err := guarded.ListenUDP("udp4", local)
	if err != nil {
		t.Fatal(err)
	}
	packets, err := guarded.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dialed, err := guarded.Dial("udp4", sender.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	dialedUDP, err := guarded.DialUDP("udp4", local, sender.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	byDialer, err := guarded.CreateDialer(&net.Dialer{}).Dial("udp4", sender.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		to   net.Addr
		read func([]byte) (int, error)
		end  func() error
	}{
		"ReadFrom": {udp.LocalAddr(), func(b []byte) (int, error) {
			n, _, err := udp.ReadFrom(b)
			return n, err
		}, nil},
		"ReadFromUDP": {udp.LocalAddr(), func(b []byte) (int, error) {
			n, _, err := udp.ReadFromUDP(b)
			return n, err
		}, nil},
		"ReadMsgUDP": {udp.LocalAddr(), func(b []byte) (int, error) {
			n, _, _, _, err := udp.ReadMsgUDP(b, nil)
			return n, err
		}, nil},
		"PacketConn": {packets.LocalAddr(), func(b []byte) (int, error) {
			n, _, err := packets.ReadFrom(b)
			return n, err
		}, packets.Close},
		"Dial":    {dialed.LocalAddr(), dialed.Read, dialed.Close},
		"DialUDP": {dialedUDP.LocalAddr(), dialedUDP.Read, dialedUDP.Close},
		"Dialer":  {byDialer.LocalAddr(), byDialer.Read, byDialer.Close},
	} {
		for _, packet := range [][]byte{stunPacket(wrtc.XORMapped, nil), []byte("good")} {
			if _, err := sender.WriteTo(packet, c.to); err != nil {
				t.Fatal(err)
			}
		}
		b := make([]byte, 100)
		if n, err := c.read(b); err != nil || string(b[:n]) != "good" {
			t.Errorf("%s: got %q, %v", name, b[:n], err)
		}
		if c.end != nil {
			_ = c.end()
		}
	}
	_ = udp.Close()
}

// pion has two buffers of 1 MB behind the socket. They hold more than the payload
// that the window counts: 49 more bytes for each chunk of 1,171 bytes.
func TestTheReceiveWindowFitsTheBuffersBehindIt(t *testing.T) {
	const pionBuffer, chunk, above = 1_000_000, 1171, 49
	for _, socket := range []int{0, 64 << 10, 208 << 10, 1 << 20, 4 << 20, 64 << 20} {
		window := int(wrtc.Window(socket))
		if full := window + window/chunk*above; full > pionBuffer {
			t.Errorf("a socket of %d bytes: a window of %d fills %d bytes", socket, window, full)
		}
		if socket > 64<<10 && window >= socket {
			t.Errorf("a socket of %d bytes: a window of %d", socket, window)
		}
	}
}

func FuzzTheGuardStopsWhatCrashesPion(f *testing.F) {
	for _, kind := range xorAddresses {
		for n := range 24 {
			f.Add(stunPacket(kind, make([]byte, n)))
		}
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		if !wrtc.Unwanted(packet) && panics(packet) {
			t.Fatalf("%x passes and crashes", packet)
		}
	})
}
