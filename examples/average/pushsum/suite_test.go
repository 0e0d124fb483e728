package pushsum_test

import (
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/n2n-overlay/n2n/examples/average/pushsum"
	"github.com/n2n-overlay/n2n/messages"
	"github.com/n2n-overlay/n2n/protocols"
	"github.com/n2n-overlay/n2n/protocols/protocoltest"
	"github.com/n2n-overlay/n2n/protocols/spray"
)

func TestPushSum(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Push-sum")
}

func protocol(input float64) protocols.Protocol {
	p, err := pushsum.New(pushsum.DefaultConfig(), input)
	if err != nil {
		panic(err)
	}
	return p
}

func overlay(period time.Duration) protocols.Protocol {
	config := spray.DefaultConfig()
	config.Period = period
	p, err := spray.New(config)
	if err != nil {
		panic(err)
	}
	return p
}

// epoch is the one in which the virtual time of a Port and a Network begins.
var epoch = uint64(protocoltest.Epoch.UnixNano() / int64(pushsum.DefaultConfig().Epoch()))

// start returns a peer a with an input of 8 that has started, and its neighbours.
func start(neighbors ...string) *protocoltest.Port {
	p := protocoltest.NewPort("a", protocol(8), 1)
	p.Deliver(messages.Started{})
	for _, name := range neighbors {
		p.SeeArc("spray", name, messages.Out)
	}
	return p
}

func share(epoch uint64, sum, weight float64) *pushsum.Share {
	return &pushsum.Share{Epoch: epoch, Sum: sum, Weight: weight}
}

// holds asks a peer what it holds.
func holds(p *protocoltest.Port) pushsum.Estimate {
	p.Deliver(messages.Told{Event: pushsum.Ask{}})
	return p.Emitted[len(p.Emitted)-1].(pushsum.Estimate)
}
