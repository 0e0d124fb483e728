package wrtc

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/n2n-overlay/n2n/messages"
)

const (
	// chunkData is how many bytes of a packet a chunk holds. Its frame then has at
	// most messages.MaxFrame bytes.
	chunkData = messages.MaxFrame - 32
	// maxPartial is how many packets may be incomplete at the receiver.
	maxPartial = 4
	// maxPartialBytes is how many bytes of them the receiver holds.
	maxPartialBytes = 2 * messages.MaxMessage
)

// splitPacket splits an encoded element of Frame.packets that is larger than a
// frame into chunks. It calls frame for the frame of each chunk. A frame is valid
// during the call.
func splitPacket(element []byte, id uint32, frame func([]byte)) error {
	packet, n := protowire.ConsumeBytes(element[1:]) // after the tag
	if n < 0 {
		return fmt.Errorf("split: %w", protowire.ParseError(n))
	}
	count := uint32((len(packet) + chunkData - 1) / chunkData)
	buffer := make([]byte, 0, messages.MaxFrame)
	for index := range count {
		part := packet[:min(chunkData, len(packet))]
		packet = packet[len(part):]
		b, err := messages.AppendEnvelope(buffer, messages.Envelope{
			Message: &messages.Chunk{Id: id, Index: index, Count: count, Data: part},
		})
		if err != nil {
			return err
		}
		frame(b)
	}
	return nil
}

// assembler joins the chunks of one channel.
type assembler struct {
	partial map[uint32]*partialPacket
	bytes   int
}

type partialPacket struct {
	parts [][]byte
	have  int
	bytes int
}

// take replaces the chunks among the envelopes of a frame, in place, by the
// envelopes that they complete. Chunks that break the rules of Chunk are
// ErrMalformed.
func (a *assembler) take(envelopes []messages.Envelope) ([]messages.Envelope, error) {
	kept := envelopes[:0]
	for _, e := range envelopes {
		if chunk, ok := e.Message.(*messages.Chunk); ok {
			whole, done, err := a.add(chunk)
			if err != nil {
				return nil, err
			}
			if !done {
				continue
			}
			e = whole
		}
		kept = append(kept, e)
	}
	return kept, nil
}

func (a *assembler) add(chunk *messages.Chunk) (whole messages.Envelope, done bool, err error) {
	p := a.partial[chunk.Id]
	switch {
	case p == nil && len(a.partial) == maxPartial:
		return whole, false, malformedChunk(chunk, "more than %d packets are incomplete", maxPartial)
	case p == nil:
		p = &partialPacket{parts: make([][]byte, chunk.Count)}
		if a.partial == nil {
			a.partial = make(map[uint32]*partialPacket)
		}
		a.partial[chunk.Id] = p
	case int(chunk.Count) != len(p.parts):
		return whole, false, malformedChunk(chunk, "the packet has %d parts", len(p.parts))
	case p.parts[chunk.Index] != nil:
		return whole, false, malformedChunk(chunk, "it comes twice")
	}
	p.parts[chunk.Index] = chunk.Data
	p.have++
	p.bytes += len(chunk.Data)
	a.bytes += len(chunk.Data)
	if a.bytes > maxPartialBytes {
		return whole, false, malformedChunk(chunk, "incomplete packets hold more than %d bytes", maxPartialBytes)
	}
	if p.have < len(p.parts) {
		return whole, false, nil
	}
	delete(a.partial, chunk.Id)
	a.bytes -= p.bytes
	packet := make([]byte, 0, p.bytes)
	for _, part := range p.parts {
		packet = append(packet, part...)
	}
	whole, err = messages.DecodePacket(packet)
	return whole, err == nil, err
}

func malformedChunk(chunk *messages.Chunk, format string, args ...any) error {
	rule := fmt.Sprintf(format, args...)
	return fmt.Errorf("chunk %d of %d, packet %d: %s: %w", chunk.Index, chunk.Count, chunk.Id, rule, messages.ErrMalformed)
}
