// Package simtest runs protocols on real peers in the simulated world, in a few
// lines of a test:
//
//	w := simtest.New(t, simtest.LAN(1), 100, overlay, mine)
//	w.Run(time.Minute)
//	w.Crash(w.ID(3))
//	protocoltest.Always(t, w, time.Minute, time.Second, "spray", protocoltest.NoSelf)
//	events := w.Emitted(w.ID(0), "mine")
//
// Package protocoltest has what is needed to test a handler alone, and a network
// of handlers without peers, which is faster.
package simtest
