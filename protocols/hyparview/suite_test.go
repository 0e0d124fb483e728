//go:build !js

package hyparview_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestHyParView(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "HyParView")
}
