package cyclon_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestCyclon(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Cyclon")
}
