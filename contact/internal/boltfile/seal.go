package boltfile

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// sealSize is the length of the checksum in front of each value.
const sealSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// bucket is what both the checksum and the hash of an entry need of its bucket.
// Neither may ever change: files hold them.
type bucket struct {
	name string
	crc  uint32 // of the name
	seed uint64 // of the hashes
}

func makeBucket(name string) bucket {
	return bucket{name: name, crc: crc32.Checksum([]byte(name), castagnoli), seed: hash([]byte(name), 0)}
}

// sum returns the checksum of an entry. The lengths of name and key are in it, so
// that a byte can't move from one to the other.
func (b *bucket) sum(key, value []byte) uint32 {
	var lengths [8]byte
	binary.LittleEndian.PutUint32(lengths[:4], uint32(len(b.name)))
	binary.LittleEndian.PutUint32(lengths[4:], uint32(len(key)))
	crc := crc32.Update(b.crc, castagnoli, lengths[:])
	crc = crc32.Update(crc, castagnoli, key)
	return crc32.Update(crc, castagnoli, value)
}

// seal returns the stored form of a value: its checksum and a copy of it.
func (b *bucket) seal(key, value []byte) []byte {
	stored := make([]byte, sealSize+len(value))
	binary.LittleEndian.PutUint32(stored, b.sum(key, value))
	copy(stored[sealSize:], value)
	return stored
}

// open returns the value of a stored form; ok is false if the checksum does not fit.
func (b *bucket) open(key, stored []byte) (value []byte, ok bool) {
	if len(stored) < sealSize {
		return nil, false
	}
	value = stored[sealSize:len(stored):len(stored)]
	return value, binary.LittleEndian.Uint32(stored) == b.sum(key, value)
}

// hash returns the hash of a sound stored entry. The hashes of a bucket's entries
// add up to its set hash.
func (b *bucket) hash(key, stored []byte) uint64 {
	return hash(key, b.seed^uint64(binary.LittleEndian.Uint32(stored))<<32)
}

// hash mixes b, eight bytes at a time, into 64 bits.
func hash(b []byte, seed uint64) uint64 {
	const (
		odd1 = 0x9e3779b97f4a7c15
		odd2 = 0xd1342543de82ef95
	)
	h := seed ^ uint64(len(b))*odd2
	for ; len(b) >= 8; b = b[8:] {
		h = mix(h^binary.LittleEndian.Uint64(b), odd1)
	}
	var tail [8]byte
	copy(tail[:], b)
	return mix(mix(h^binary.LittleEndian.Uint64(tail[:]), odd1)^odd2, odd2)
}

// mix folds the product of two numbers.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
