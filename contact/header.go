package contact

import (
	"encoding/binary"
	"errors"
	"time"
)

// A header is what the file says of itself in every commit: few bytes beside the
// manifest.
type header struct {
	number     uint64    // of the last commit
	time       time.Time // of the last commit
	given      ID        // the last id given
	checkpoint uint64    // number of the version that the chunks hold at least
	first      uint64    // number of the oldest log record kept
	weight     uint64    // of the log records kept, see Record.weight
	companies  ID        // the last id given to a company
}

const headerVersion = 1

func (h *header) marshal() []byte {
	b := []byte{headerVersion}
	b = binary.AppendUvarint(b, h.number)
	b = binary.AppendVarint(b, millis(h.time))
	b = binary.AppendUvarint(b, uint64(h.given))
	b = binary.AppendUvarint(b, h.checkpoint)
	b = binary.AppendUvarint(b, h.first)
	b = binary.AppendUvarint(b, h.weight)
	if h.companies > 0 {
		b = binary.AppendUvarint(b, uint64(h.companies))
	}
	return b
}

var errHeader = errors.New("not a header that this version knows")

func unmarshalHeader(b []byte) (h header, err error) {
	defer func() {
		if recover() != nil { // ran over the end
			err = errHeader
		}
	}()
	d := decoder{b}
	if d.byte() != headerVersion {
		return h, errHeader
	}
	h.number = d.uvarint()
	ms := d.varint()
	if h.number > 0 {
		h.time = instant(ms)
	}
	h.given = ID(d.uvarint())
	h.checkpoint, h.first, h.weight = d.uvarint(), d.uvarint(), d.uvarint()
	if len(d.b) > 0 {
		h.companies = ID(d.uvarint())
	}
	if len(d.b) > 0 || h.checkpoint > h.number || h.first > h.number+1 {
		return h, errHeader
	}
	return h, nil
}

// The buckets of the file.
const (
	bucketChunk  = "chunk"  // column and block → values; see chunk.go
	bucketErased = "erased" // id → number of the commit that erased it, until the log is rewritten
	bucketFloor  = "floor"  // name, 0, key → what a floor's checkpoint says
	bucketKey    = "key"    // idempotency key → number of the commit
	bucketLog    = "log"    // number and part → sealed record
	bucketState  = "state"  // the few things below
)

// Keys of the state bucket.
const (
	stateSchema = "schema" // see Schema.marshal
	stateFloors = "floors" // the names of the floors with records, a zero byte behind each
	stateNames  = "names"  // the place of a field and a part: its tags in the order of their numbers
)

// The columns in the file are those of contacts, by their place, and the set of living
// ones; then in the same way those of companies. There are fewer fields than the places
// of a table.
const (
	liveColumn     = mostFields
	companyColumns = 1 << 16
	liveCompanies  = companyColumns + mostFields
)

// chunkKey is the key of a block of a column.
func chunkKey(col, block int) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, headBytes), uint32(col))
	return binary.BigEndian.AppendUint16(b, uint16(block))
}

// logKey is the key of a part of a record; the parts are numbered from 0.
func logKey(number uint64, part int) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 12), number)
	return binary.BigEndian.AppendUint32(b, uint32(part))
}

func floorKey(name, key string) []byte {
	return append(append([]byte(name), 0), key...)
}
