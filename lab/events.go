package lab

import (
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/n2n-overlay/n2n/protocols"
)

// passive is a protocol that keeps arcs and carries text.
func passive(name string) protocols.Protocol {
	return protocols.Protocol{Name: name, Message: &wrapperspb.BytesValue{}}
}
