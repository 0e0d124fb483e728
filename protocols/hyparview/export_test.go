//go:build !js

package hyparview

import "github.com/n2n-overlay/n2n/protocols/protocoltest"

// Tick begins a new period.
func Tick(p *protocoltest.Bench) { p.Handle(period{}) }
