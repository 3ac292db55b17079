package boltfile

import (
	"errors"
	"fmt"
	"io"
)

// windowSize is how much is read at once where pages lie close together.
const windowSize = 1 << 20

// reader reads pages of a file through a window, so that a walk in the order of the
// file costs few calls. What it returns is good until the next call.
type reader struct {
	path string
	file io.ReaderAt
	size int64

	window []byte // what has been read
	start  int64  // where it lies in the file
	large  []byte // for pages that do not lie in the window
}

// damaged makes the error for damage in a page.
func (r *reader) damaged(offset int64, format string, args ...any) *CorruptError {
	return &CorruptError{File: r.path, Offset: offset, What: fmt.Sprintf(format, args...)}
}

// move reads the window anew: n bytes from offset, or as many as there are.
func (r *reader) move(offset, n int64) error {
	n = min(n, r.size-offset)
	if int64(cap(r.window)) < n {
		r.window = make([]byte, n)
	}
	r.window, r.start = r.window[:n], offset
	return r.read(r.window, offset)
}

// bytes returns n bytes from offset.
func (r *reader) bytes(offset, n int64) ([]byte, error) {
	if offset+n > r.size {
		return nil, r.damaged(r.size, "the file ends here, in the middle of a page")
	}
	if at := offset - r.start; at >= 0 && at+n <= int64(len(r.window)) {
		return r.window[at : at+n], nil
	}
	if int64(cap(r.large)) < n {
		r.large = make([]byte, n)
	}
	r.large = r.large[:n]
	return r.large, r.read(r.large, offset)
}

func (r *reader) read(b []byte, offset int64) error {
	n, err := r.file.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return r.damaged(offset+int64(n), "the file ends here, it was longer a moment ago")
	}
	return fmt.Errorf("boltfile: reading %s at byte %d: %w", r.path, offset+int64(n), err)
}

// page reads and checks page id, which must lie below limit, and returns how many
// pages it takes.
func (r *reader) page(id, limit uint64) (p *page, pages uint64, err error) {
	offset := int64(id * pageSize)
	b, err := r.bytes(offset, pageSize)
	if err != nil {
		return nil, 0, err
	}
	h := decodeHead(b)
	pages = h.overflow + 1
	switch {
	case h.id != id:
		return nil, 0, r.damaged(offset, "page %d says it is page %d", id, h.id)
	case h.flags != leafFlag && h.flags != branchFlag:
		return nil, 0, r.damaged(offset, "page of kind %#x", h.flags)
	case h.flags == branchFlag && h.count == 0:
		return nil, 0, r.damaged(offset, "a branch without entries")
	case pages > limit-id:
		return nil, 0, r.damaged(offset, "a page beyond the last one")
	case uint64(h.table()) > pages*pageSize:
		return nil, 0, r.damaged(offset, "%d entries in %d pages", h.count, pages)
	}
	// The size that the entries add up to has to agree with the number of pages before
	// so much is read.
	if b, err = r.bytes(offset, int64(h.table())); err != nil {
		return nil, 0, err
	}
	end, err := h.extent(b)
	if err != nil {
		return nil, 0, r.damaged(offset, "%v", err)
	}
	if (end+pageSize-1)/pageSize != pages {
		return nil, 0, r.damaged(offset, "%d bytes in %d pages", end, pages)
	}
	if b, err = r.bytes(offset, int64(end)); err != nil {
		return nil, 0, err
	}
	return &page{leaf: h.flags == leafFlag, count: h.count, data: b}, pages, nil
}
