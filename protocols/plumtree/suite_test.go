//go:build !js

package plumtree_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func TestPlumtree(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Plumtree")
}
