package main

import "encoding/binary"

// The capacity of the chunks of a column doubles from the first to the largest, so
// that a short column is small and a long one is never copied.
const (
	firstChunk   = 1 << 10
	largestChunk = 1 << 20
)

// cells keeps the cells of a column in the order of the rows, each as its length and
// its bytes.
type cells struct{ chunks [][]byte }

// add appends a cell. The string may be a part of something larger: it is copied.
func (c *cells) add(cell string) {
	need := binary.MaxVarintLen64 + len(cell)
	last := len(c.chunks) - 1
	if last < 0 || cap(c.chunks[last])-len(c.chunks[last]) < need {
		size := firstChunk
		if last >= 0 {
			size = min(2*cap(c.chunks[last]), largestChunk)
		}
		c.chunks = append(c.chunks, make([]byte, 0, max(need, size)))
		last++
	}
	chunk := binary.AppendUvarint(c.chunks[last], uint64(len(cell)))
	c.chunks[last] = append(chunk, cell...)
}

// take removes the first cell and returns its bytes, which stay as they are. There
// must be one.
func (c *cells) take() []byte {
	for len(c.chunks[0]) == 0 {
		c.chunks[0] = nil // lets go of it
		c.chunks = c.chunks[1:]
	}
	n, head := binary.Uvarint(c.chunks[0])
	end := head + int(n)
	cell := c.chunks[0][head:end]
	c.chunks[0] = c.chunks[0][end:]
	return cell
}
