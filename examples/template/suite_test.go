package template_test

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/examples/template"
	"github.com/n2n-overlay/n2n/protocols"
)

func TestTemplate(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Template")
}

func protocol(change func(*template.Config)) protocols.Protocol {
	config := template.DefaultConfig()
	if change != nil {
		change(&config)
	}
	p, err := template.New(config)
	if err != nil {
		panic(err)
	}
	return p
}
