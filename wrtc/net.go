//go:build !js

package wrtc

import (
	"fmt"
	"net"
	"sync/atomic"
)

// guardedNet is a network whose UDP sockets have large buffers and drop unwanted
// packets.
type guardedNet struct {
	Net
	receive, send int // the sizes to ask for
	granted       struct{ receive, send atomic.Int64 }
}

// newGuardedNet opens one socket, to learn which buffer sizes the system grants.
func newGuardedNet(network Net, receive, send int) (*guardedNet, error) {
	n := &guardedNet{Net: network, receive: receive, send: send}
	probe, err := network.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4zero})
	if err != nil {
		return nil, fmt.Errorf("wrtc: no UDP socket can be opened: %w", err)
	}
	n.prepare(probe)
	return n, probe.Close()
}

// prepare asks for the buffers and reads the granted sizes.
func (n *guardedNet) prepare(socket any) {
	buffered, ok := socket.(interface {
		SetReadBuffer(bytes int) error
		SetWriteBuffer(bytes int) error
	})
	if !ok {
		return
	}
	// The system may grant less, or refuse. Then the buffers stay as they are.
	_ = buffered.SetReadBuffer(n.receive)
	_ = buffered.SetWriteBuffer(n.send)
	receive, send := socketBuffers(socket)
	n.granted.receive.Store(int64(receive))
	n.granted.send.Store(int64(send))
}

func (n *guardedNet) ListenUDP(network string, local *net.UDPAddr) (udpConn, error) {
	conn, err := n.Net.ListenUDP(network, local)
	return n.guardUDP(conn, err)
}

func (n *guardedNet) DialUDP(network string, local, remote *net.UDPAddr) (udpConn, error) {
	conn, err := n.Net.DialUDP(network, local, remote)
	return n.guardUDP(conn, err)
}

func (n *guardedNet) guardUDP(conn udpConn, err error) (udpConn, error) {
	if err != nil {
		return nil, err
	}
	n.prepare(conn)
	return &guardedUDP{conn}, nil
}

func (n *guardedNet) ListenPacket(network, address string) (net.PacketConn, error) {
	conn, err := n.Net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	n.prepare(conn)
	return &guardedPackets{conn}, nil
}

func (n *guardedNet) Dial(network, address string) (net.Conn, error) {
	conn, err := n.Net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	n.prepare(conn)
	return &guardedConn{conn}, nil
}

func (n *guardedNet) CreateDialer(dialer *net.Dialer) netDialer {
	return guardedDialer{n.Net.CreateDialer(dialer)}
}

type guardedDialer struct{ netDialer }

func (d guardedDialer) Dial(network, address string) (net.Conn, error) {
	conn, err := d.netDialer.Dial(network, address)
	if err != nil {
		return nil, err
	}
	return &guardedConn{conn}, nil
}

type guardedUDP struct{ udpConn }

func (c *guardedUDP) Read(b []byte) (n int, err error) {
	for {
		if n, err = c.udpConn.Read(b); err != nil || !unwanted(b[:n]) {
			return n, err
		}
	}
}

func (c *guardedUDP) ReadFrom(b []byte) (n int, from net.Addr, err error) {
	for {
		if n, from, err = c.udpConn.ReadFrom(b); err != nil || !unwanted(b[:n]) {
			return n, from, err
		}
	}
}

func (c *guardedUDP) ReadFromUDP(b []byte) (n int, from *net.UDPAddr, err error) {
	for {
		if n, from, err = c.udpConn.ReadFromUDP(b); err != nil || !unwanted(b[:n]) {
			return n, from, err
		}
	}
}

func (c *guardedUDP) ReadMsgUDP(b, oob []byte) (n, oobn, flags int, from *net.UDPAddr, err error) {
	for {
		if n, oobn, flags, from, err = c.udpConn.ReadMsgUDP(b, oob); err != nil || !unwanted(b[:n]) {
			return n, oobn, flags, from, err
		}
	}
}

type guardedPackets struct{ net.PacketConn }

func (c *guardedPackets) ReadFrom(b []byte) (n int, from net.Addr, err error) {
	for {
		if n, from, err = c.PacketConn.ReadFrom(b); err != nil || !unwanted(b[:n]) {
			return n, from, err
		}
	}
}

type guardedConn struct{ net.Conn }

func (c *guardedConn) Read(b []byte) (n int, err error) {
	for {
		if n, err = c.Conn.Read(b); err != nil || !unwanted(b[:n]) {
			return n, err
		}
	}
}
