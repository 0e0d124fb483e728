//go:build !js

package wrtc

// pace lets others run between turns; here threads do.
type pace struct{}

func newPace() pace { return pace{} }

func (pace) breathe() {}
