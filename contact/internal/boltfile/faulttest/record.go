package faulttest

import (
	"io"
	"math/rand/v2"
)

// OpKind is a kind of Op.
type OpKind int

// What bbolt does to a file.
const (
	Write OpKind = iota // writes Data at Offset
	Grow                // makes the file Offset bytes long
	Sync                // waits until all before it is permanent
)

// Op is one thing that bbolt did to the file.
type Op struct {
	Kind   OpKind
	Offset int64
	Data   []byte
}

// Meta reports whether the op writes a meta page, the last write of a commit.
func (op Op) Meta() bool { return op.Kind == Write && op.Offset < metaEnd }

// Record starts the record with the file as it is.
func (x *Faults) Record() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	info, err := x.file.Stat()
	if err != nil {
		return err
	}
	x.base = make([]byte, info.Size())
	if _, err := io.ReadFull(io.NewSectionReader(x.file, 0, info.Size()), x.base); err != nil {
		return err
	}
	x.recording, x.size, x.ops = true, info.Size(), nil
	return nil
}

// record notes a write, and what has happened since the one before.
func (x *Faults) record(op Op) {
	if info, err := x.file.Stat(); err == nil && info.Size() > x.size {
		x.size = info.Size()
		x.ops = append(x.ops, Op{Kind: Grow, Offset: x.size})
	}
	if op.Meta() {
		x.ops = append(x.ops, Op{Kind: Sync}, op, Op{Kind: Sync})
		return
	}
	x.ops = append(x.ops, op)
}

// Ops returns the record so far. When an Update has returned, all of it is permanent:
// the length then is the mark that a test remembers.
func (x *Faults) Ops() []Op {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.ops[:len(x.ops):len(x.ops)]
}

// Span is a part of the data of a write, from one byte to before another.
type Span struct{ From, To int }

// Whole keeps a write or growth whole.
func Whole(op Op) []Span { return []Span{{0, len(op.Data)}} }

// Nothing loses it.
func Nothing(Op) []Span { return nil }

// Sectors returns a choice that keeps each sector of 512 bytes with probability 1/2.
func Sectors(r *rand.Rand) func(Op) []Span {
	return func(op Op) (spans []Span) {
		if len(op.Data) == 0 {
			return Chance(r)(op)
		}
		for at := 0; at < len(op.Data); at += 512 {
			if r.IntN(2) == 0 {
				spans = append(spans, Span{at, min(at+512, len(op.Data))})
			}
		}
		return spans
	}
}

// Torn returns a choice that keeps a write up to a random byte. Meta pages, whose
// contents are in their first bytes, are mostly torn there.
func Torn(r *rand.Rand) func(Op) []Span {
	return func(op Op) []Span {
		n := len(op.Data)
		if op.Meta() && r.IntN(4) > 0 {
			n = 96
		}
		return []Span{{0, r.IntN(n + 1)}}
	}
}

// Chance returns a choice that keeps each write whole or loses it.
func Chance(r *rand.Rand) func(Op) []Span {
	return func(op Op) []Span {
		if r.IntN(2) == 0 {
			return nil
		}
		return Whole(op)
	}
}

// Pending returns the numbers of the ops among the first n that were not synced.
func (x *Faults) Pending(n int) (pending []int) {
	for i, op := range x.Ops()[:n] {
		if op.Kind == Sync {
			pending = nil
		} else {
			pending = append(pending, i)
		}
	}
	return pending
}

// Replay returns the file after a loss of power behind the first n ops: with all that
// was synced, and of each later op with what keep returns.
func (x *Faults) Replay(n int, keep func(i int, op Op) []Span) []byte {
	loose := map[int]bool{}
	for _, i := range x.Pending(n) {
		loose[i] = true
	}
	file := append([]byte(nil), x.base...)
	for i, op := range x.Ops()[:n] {
		spans := Whole(op)
		if loose[i] {
			spans = keep(i, op)
		}
		for _, s := range spans {
			end := op.Offset
			if op.Kind == Write {
				end += int64(s.To)
			}
			if grow := end - int64(len(file)); grow > 0 {
				file = append(file, make([]byte, grow)...)
			}
			if op.Kind == Write {
				copy(file[op.Offset+int64(s.From):], op.Data[s.From:s.To])
			}
		}
	}
	return file
}
