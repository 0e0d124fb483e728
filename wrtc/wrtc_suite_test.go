package wrtc_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestWRTC(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "wrtc")
}
