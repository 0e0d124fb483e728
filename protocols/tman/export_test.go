//go:build !js

package tman

// Period is the timer event with which benchmarks begin a new period.
var Period any = period{}
