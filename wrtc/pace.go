//go:build !js

package wrtc

// pace lets others run between turns. On this system, threads do that.
type pace struct{}

func newPace() pace { return pace{} }

func (pace) breathe() {}
