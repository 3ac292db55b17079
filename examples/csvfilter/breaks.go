package main

import (
	"bytes"
	"io"
)

// breaks reads CSV for encoding/csv in such a way that cells keep their line breaks:
// the Reader there turns each \r\n into \n, in quotes too, so the \r of one in quotes
// is doubled. It takes the other one away.
type breaks struct {
	from   io.Reader
	buf    [1 << 16]byte
	rest   []byte // of buf, read from the file and not handed out yet
	quoted bool   // the rest begins inside quotes
	cr     bool   // the byte handed out last was a \r
}

// Read fills p as far as one read of the file allows.
func (b *breaks) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(b.rest) == 0 {
		n, err := b.from.Read(b.buf[:])
		if n == 0 {
			return 0, err
		}
		b.rest = b.buf[:n] // an error comes again with the next read
	}
	n := 0
	for n < len(p) && len(b.rest) > 0 {
		if b.quoted && b.cr && b.rest[0] == '\n' {
			p[n], b.cr = '\r', false
			n++
			continue
		}
		k := copy(p[n:], b.rest[:b.plain()])
		n += k
		b.quoted = b.quoted != (b.rest[k-1] == '"')
		b.cr = b.rest[k-1] == '\r'
		b.rest = b.rest[k:]
	}
	return n, nil
}

// plain returns how many bytes of the rest, at least one, can be handed out before
// anything has to be done. A quote and, in quotes, a \r are the last of them.
func (b *breaks) plain() int {
	n := bytes.IndexByte(b.rest, '"') + 1
	if n == 0 {
		n = len(b.rest)
	}
	if b.quoted {
		if i := bytes.IndexByte(b.rest[:n], '\r'); i >= 0 {
			return i + 1
		}
	}
	return n
}
