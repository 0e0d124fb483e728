//go:build !js

package tman_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestTMan(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "T-Man")
}
