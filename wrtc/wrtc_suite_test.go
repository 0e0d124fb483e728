//go:build !js

package wrtc_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/wrtc"
)

func TestWRTC(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "wrtc")
}

func loopback(t tester) wrtc.Config {
	t.Helper()
	cfg, err := wrtc.LoopbackConfig()
	if err != nil {
		t.Fatalf("config: %v", err)
	}
	return cfg
}
