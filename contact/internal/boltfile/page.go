package boltfile

import (
	"bytes"
	"errors"
	"fmt"
)

// page is a branch or leaf page that has been checked for itself: its entries lie
// exactly where bbolt puts them, behind each other with no gap. data ends with the
// last one.
type page struct {
	leaf  bool
	count int
	data  []byte
}

// head is the header of a page.
type head struct {
	id       uint64
	flags    uint16
	count    int
	overflow uint64 // number of pages that follow as part of this one
}

func decodeHead(b []byte) head {
	return head{
		id:       native.Uint64(b),
		flags:    native.Uint16(b[8:]),
		count:    int(native.Uint16(b[10:])),
		overflow: uint64(native.Uint32(b[12:])),
	}
}

// table returns how many bytes header and entries take, without keys and values.
func (h head) table() int { return headerSize + h.count*elementSize }

// extent checks the entries' positions in data, which holds the table at least, and
// returns where the last one ends.
func (h head) extent(data []byte) (end uint64, err error) {
	end = uint64(h.table())
	leaf := h.flags == leafFlag
	for at := headerSize; at < h.table(); at += elementSize {
		e := data[at : at+elementSize]
		pos, key, value := native.Uint32(e), native.Uint32(e[4:]), uint32(0)
		if leaf {
			pos, key, value = native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:])
		}
		if uint64(at)+uint64(pos) != end {
			return 0, fmt.Errorf("entry %d lies at %d instead of %d", (at-headerSize)/elementSize, at+int(pos), end)
		}
		if key == 0 || key > MaxKey {
			return 0, fmt.Errorf("entry %d has a key of %d bytes", (at-headerSize)/elementSize, key)
		}
		end += uint64(key) + uint64(value)
	}
	return end, nil
}

// key returns the key of entry i.
func (p *page) key(i int) []byte {
	at := headerSize + i*elementSize
	e := p.data[at:]
	pos, size := native.Uint32(e), native.Uint32(e[4:])
	if p.leaf {
		pos, size = native.Uint32(e[4:]), native.Uint32(e[8:])
	}
	return p.data[at+int(pos):][:size:size]
}

// child returns the page that entry i of a branch leads to.
func (p *page) child(i int) uint64 { return native.Uint64(p.data[headerSize+i*elementSize+8:]) }

// entry returns an entry of a leaf.
func (p *page) entry(i int) (flags uint32, key, value []byte) {
	at := headerSize + i*elementSize
	e := p.data[at:]
	pos, ksize, vsize := int(native.Uint32(e[4:])), int(native.Uint32(e[8:])), int(native.Uint32(e[12:]))
	kv := p.data[at+pos:]
	return native.Uint32(e), kv[:ksize:ksize], kv[ksize : ksize+vsize : ksize+vsize]
}

// inRange checks the order of the keys: strictly ascending, the first equal to lo and
// the last below hi, if these are not nil. bbolt finds the entry of a page in the page
// above by its first key, so anything but equality breaks the next change.
func (p *page) inRange(lo, hi []byte) error {
	if p.count == 0 {
		return nil
	}
	last := p.key(0)
	if lo != nil && !bytes.Equal(last, lo) {
		return errors.New("the first key is not that of the page above")
	}
	for i := 1; i < p.count; i++ {
		k := p.key(i)
		if bytes.Compare(last, k) >= 0 {
			return fmt.Errorf("key %d is not above the one before", i)
		}
		last = k
	}
	if hi != nil && bytes.Compare(last, hi) >= 0 {
		return errors.New("the last key is not below the next page")
	}
	return nil
}

// decodeBucket reads the entry of a bucket: the page of its root, or the page that lies
// in the entry itself if the bucket is small.
func decodeBucket(flags uint32, value []byte) (root uint64, inline *page, err error) {
	const size = 16 // root and sequence
	if flags != bucketFlag || len(value) < size {
		return 0, nil, errors.New("no bucket where one should be")
	}
	if native.Uint64(value[8:]) != 0 {
		return 0, nil, errors.New("a bucket with a sequence")
	}
	root, value = native.Uint64(value), value[size:]
	if root != 0 {
		if len(value) != 0 {
			return 0, nil, errors.New("a bucket with a root and entries of its own")
		}
		return root, nil, nil
	}
	if len(value) < headerSize {
		return 0, nil, errors.New("a bucket without a root")
	}
	h := decodeHead(value)
	if h.id != 0 || h.flags != leafFlag || h.overflow != 0 || h.table() > len(value) {
		return 0, nil, errors.New("a small bucket with a wrong header")
	}
	end, err := h.extent(value)
	if err == nil && end != uint64(len(value)) {
		err = fmt.Errorf("a small bucket of %d bytes in an entry of %d", end, len(value))
	}
	if err != nil {
		return 0, nil, err
	}
	return 0, &page{leaf: true, count: h.count, data: value}, nil
}
