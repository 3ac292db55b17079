package contact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"

	"github.com/rosterdb/roster/contact/internal/boltfile"
)

// A chunk is the stored values of one block of one column. A small one is one entry,
// its head, with the values behind a zero byte. A large one is cut into parts, which
// need not be written in one commit: there are two slots for parts, and the head
// says which of them counts and how many parts there are. The parts of the next
// version go into the other slot, and the head that turns to it comes last.
//
//	column, block                 0, values
//	column, block                 slot (1 or 2), number of parts
//	column, block, slot, part     so many bytes of the values
const (
	chunkWhole = 0
	slotA      = 1
	slotB      = 2
)

// Lengths of keys: of heads, and of heads with a slot.
const (
	headBytes = 6
	slotBytes = headBytes + 1
)

// leastPart is the smallest size of the parts, whatever the tests make of slices.
const leastPart = 512

func partKey(head []byte, slot byte, part int) []byte {
	return binary.BigEndian.AppendUint32(append(append(make([]byte, 0, slotBytes+4), head...), slot), uint32(part))
}

// chunkEntries iterates over what has to be put into the file, in this order, for a
// chunk to have new values; none if it is to be gone.
func (d *durable) chunkEntries(head, values []byte) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		id := string(head)
		size := max(d.store.opts.Seam.Slice, leastPart)
		if len(values) <= size {
			delete(d.slots, id)
			if len(values) > 0 {
				values = append([]byte{chunkWhole}, values...)
			}
			yield(entry{bucket: bucketChunk, key: head, value: values, prune: true})
			return
		}
		slot := byte(slotA)
		if d.slots[id] == slotA {
			slot = slotB
		}
		parts := 0
		for ; parts*size < len(values); parts++ {
			part := values[parts*size : min(len(values), (parts+1)*size)]
			if !yield(entry{bucket: bucketChunk, key: partKey(head, slot, parts), value: part}) {
				return
			}
		}
		d.slots[id] = slot
		yield(entry{
			bucket: bucketChunk, key: head, value: binary.AppendUvarint([]byte{slot}, uint64(parts)),
			prune: true, keep: partKey(head, slot, 0)[:slotBytes], parts: parts,
		})
	}
}

// put puts an entry into the file, or deletes it if it has no value, and with prune
// the parts of a chunk that do not count any more.
func (e *entry) put(tx *boltfile.Tx) error {
	if e.prune {
		if err := e.pruneParts(tx); err != nil {
			return err
		}
	}
	if len(e.value) == 0 {
		return tx.Delete(e.bucket, e.key)
	}
	return tx.Put(e.bucket, e.key, e.value)
}

func (e *entry) pruneParts(tx *boltfile.Tx) error {
	var gone [][]byte
	err := tx.Walk(e.bucket, partKey(e.key, 0, 0), func(key, _ []byte) error {
		if !bytes.HasPrefix(key, e.key) {
			return errEnd
		}
		if e.keep == nil || !bytes.HasPrefix(key, e.keep) || int(binary.BigEndian.Uint32(key[slotBytes:])) >= e.parts {
			gone = append(gone, bytes.Clone(key))
		}
		return nil
	})
	if err != nil && err != errEnd {
		return err
	}
	for _, key := range gone {
		if err := tx.Delete(e.bucket, key); err != nil {
			return err
		}
	}
	return nil
}

var errEnd = fmt.Errorf("the end of what was asked for")

// chunks calls fn with the values of the blocks of a column in their order. They are
// good during the call.
func (d *durable) chunks(col int, fn func(block int, values []byte) error) error {
	r := chunkReader{d: d, col: col, fn: fn}
	return d.view(func(tx *boltfile.Tx) error {
		err := tx.Walk(bucketChunk, chunkKey(col, 0), r.entry)
		if err != nil && err != errEnd {
			return err
		}
		return r.end()
	})
}

// A chunkReader puts chunks together from their entries in the order of the keys: a
// head comes before its parts.
type chunkReader struct {
	d       *durable
	col     int
	fn      func(block int, values []byte) error
	block   int
	slot    byte // chunkWhole: nothing is open
	parts   int
	waiting []byte
	got     int
}

func (r *chunkReader) entry(key, value []byte) error {
	if len(key) < headBytes || int(binary.BigEndian.Uint32(key)) != r.col {
		return errEnd
	}
	block := int(binary.BigEndian.Uint16(key[headBytes-2:]))
	switch {
	case len(key) == headBytes:
		if err := r.end(); err != nil {
			return err
		}
		return r.head(key, block, value)
	case len(key) == slotBytes+4 && block == r.block && key[headBytes] == r.slot && int(binary.BigEndian.Uint32(key[slotBytes:])) == r.got && r.got < r.parts:
		r.waiting = append(r.waiting, value...)
		r.got++
	}
	return nil // a part that no head counts: a checkpoint was cut short
}

func (r *chunkReader) head(key []byte, block int, value []byte) error {
	r.block = block
	switch {
	case len(value) > 1 && value[0] == chunkWhole:
		return r.damaged(r.fn(block, value[1:]))
	case len(value) > 1 && (value[0] == slotA || value[0] == slotB):
		n, size := binary.Uvarint(value[1:])
		if size == len(value)-1 && n > 0 && n < 1<<32 {
			r.slot, r.parts = value[0], int(n)
			r.d.setSlot(string(key), r.slot)
			return nil
		}
	}
	return r.damaged(errHeader)
}

// end hands out the chunk whose parts have been read.
func (r *chunkReader) end() error {
	if r.slot == chunkWhole {
		return nil
	}
	if r.got != r.parts {
		return r.damaged(fmt.Errorf("%d parts of %d", r.got, r.parts))
	}
	err := r.damaged(r.fn(r.block, r.waiting))
	r.slot, r.got, r.waiting = chunkWhole, 0, r.waiting[:0]
	return err
}

func (r *chunkReader) damaged(err error) error {
	if err == nil {
		return nil
	}
	return &CorruptError{File: r.d.path(), Offset: -1, What: fmt.Sprintf("block %d of column %d: %v", r.block, r.col, err)}
}

// setSlot notes which slot of a chunk counts. Columns are loaded at the same time.
func (d *durable) setSlot(id string, slot byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots[id] = slot
}
