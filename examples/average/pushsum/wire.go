package pushsum

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
)

// share is a part of what the peers of an epoch hold.
type share struct {
	epoch       uint64
	sum, weight float64
}

// slack is the part of the range of inputs that rounding may add to an average.
const slack = 1e-9

// validate returns what a remote peer says, or what is wrong with it. NaN is
// within no bounds.
func (c Config) validate(m proto.Message) (share, error) {
	message, ok := m.(*Share)
	if !ok {
		return share{}, errors.New("pushsum: not a message of this protocol")
	}
	s := share{message.GetEpoch(), message.GetSum(), message.GetWeight()}
	if !(s.weight > 0 && s.weight <= float64(c.MaxPeers)) {
		return share{}, fmt.Errorf("pushsum: a weight of %v, must be above 0 and at most %d", s.weight, c.MaxPeers)
	}
	more := slack * (c.Most - c.Least)
	if average := s.sum / s.weight; !(average >= c.Least-more && average <= c.Most+more) {
		return share{}, fmt.Errorf("pushsum: an average of %v, must be %v to %v", average, c.Least, c.Most)
	}
	return s, nil
}

func (c Config) checkInput(input float64) error {
	if !(input >= c.Least && input <= c.Most) {
		return fmt.Errorf("pushsum: an input of %v, must be %v to %v", input, c.Least, c.Most)
	}
	return nil
}

func (s share) message() *Share { return &Share{Epoch: s.epoch, Sum: s.sum, Weight: s.weight} }
