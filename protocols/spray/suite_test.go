//go:build !js

package spray_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestSpray(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Spray")
}
