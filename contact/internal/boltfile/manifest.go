package boltfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Names in the root of the tree and in the bucket of the manifest.
const (
	dataName     = "data"
	manifestName = "manifest"
	manifestKey  = "m"
)

// manifestMagic begins every manifest. The number is the version of its layout,
// which is not the caller's format.
const manifestMagic = "rosterM\x01"

// tally is what the manifest knows of one bucket.
type tally struct {
	count uint64 // of keys
	bytes uint64 // of keys and values, without the seals
	set   uint64 // sum of the entries' hashes
}

// add counts a stored entry.
func (t *tally) add(b *bucket, key, stored []byte) {
	t.count++
	t.bytes += uint64(len(key) + len(stored) - sealSize)
	t.set += b.hash(key, stored)
}

// remove is the opposite of add.
func (t *tally) remove(b *bucket, key, stored []byte) {
	t.count--
	t.bytes -= uint64(len(key) + len(stored) - sealSize)
	t.set -= b.hash(key, stored)
}

// manifest describes the contents of one commit.
type manifest struct {
	format  uint32
	txid    uint64
	header  []byte
	tallies []tally // by number of the bucket
}

// The fixed part of a manifest: magic, format, length of the header, number of
// buckets, transaction id. Then come the tallies, the header and the checksum.
const (
	manifestFixed = 8 + 4 + 2 + 2 + 8
	tallySize     = 3 * 8
)

// encode returns the stored form. With MaxBuckets and MaxHeader it is 860 bytes long:
// bbolt keeps a bucket inline up to a quarter of a page.
func (m *manifest) encode() []byte {
	b := make([]byte, 0, manifestFixed+len(m.tallies)*tallySize+len(m.header)+4)
	b = append(b, manifestMagic...)
	b = binary.LittleEndian.AppendUint32(b, m.format)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(m.header)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(m.tallies)))
	b = binary.LittleEndian.AppendUint64(b, m.txid)
	for _, t := range m.tallies {
		b = binary.LittleEndian.AppendUint64(b, t.count)
		b = binary.LittleEndian.AppendUint64(b, t.bytes)
		b = binary.LittleEndian.AppendUint64(b, t.set)
	}
	b = append(b, m.header...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeManifest reads the stored form; the result shares nothing with it.
func decodeManifest(b []byte) (*manifest, error) {
	if len(b) < manifestFixed+4 {
		return nil, fmt.Errorf("manifest of %d bytes", len(b))
	}
	body, sum := b[:len(b)-4], b[len(b)-4:]
	switch {
	case string(b[:8]) != manifestMagic:
		return nil, errors.New("no manifest where it should be")
	case crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum):
		return nil, errors.New("manifest with a wrong checksum")
	}
	m := &manifest{format: binary.LittleEndian.Uint32(b[8:]), txid: binary.LittleEndian.Uint64(b[16:])}
	header, buckets := int(binary.LittleEndian.Uint16(b[12:])), int(binary.LittleEndian.Uint16(b[14:]))
	if len(body) != manifestFixed+buckets*tallySize+header || buckets > MaxBuckets || header > MaxHeader {
		return nil, errors.New("manifest of a wrong length")
	}
	body = body[manifestFixed:]
	for range buckets {
		m.tallies = append(m.tallies, tally{
			count: binary.LittleEndian.Uint64(body),
			bytes: binary.LittleEndian.Uint64(body[8:]),
			set:   binary.LittleEndian.Uint64(body[16:]),
		})
		body = body[tallySize:]
	}
	m.header = append([]byte{}, body...)
	return m, nil
}
