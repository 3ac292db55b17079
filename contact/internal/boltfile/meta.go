package boltfile

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
)

// What follows is bbolt's format. bbolt writes numbers in the order of the machine.
var native = binary.NativeEndian

const (
	headerSize  = 16 // of each page: id, flags, count, overflow
	elementSize = 16 // of each entry of a branch or leaf page

	branchFlag = 0x01
	leafFlag   = 0x02
	metaFlag   = 0x04
	bucketFlag = 0x01 // of an entry

	boltMagic   = 0xED0CDAED
	boltVersion = 2
	noFreelist  = ^uint64(0)

	metaSize = 64 // with the checksum, the last eight bytes
)

// meta is what a meta page says about a commit.
type meta struct {
	root     uint64 // page of the root
	freelist uint64 // page of the list of free pages, or noFreelist
	pages    uint64 // number of pages in use: none of this commit has this number or a higher one
	txid     uint64
}

// decodeMeta reads a meta page. What is wrong with it comes back in words, "" if
// nothing is. The header of the page counts for nothing: bbolt does not read it.
func decodeMeta(page []byte) (m meta, size uint32, wrong string) {
	b := page[headerSize : headerSize+metaSize]
	m = meta{
		root:     native.Uint64(b[16:]),
		freelist: native.Uint64(b[32:]),
		pages:    native.Uint64(b[40:]),
		txid:     native.Uint64(b[48:]),
	}
	size = native.Uint32(b[8:])
	switch {
	case native.Uint32(b) != boltMagic:
		wrong = "no meta page where it should be"
	case native.Uint32(b[4:]) != boltVersion:
		wrong = fmt.Sprintf("meta page of version %d", native.Uint32(b[4:]))
	case native.Uint64(b[56:]) != metaSum(b):
		wrong = "meta page with a wrong checksum"
	}
	return m, size, wrong
}

// encodeMeta returns the meta page of a commit.
func encodeMeta(m meta) []byte {
	page := make([]byte, pageSize)
	native.PutUint64(page, m.slot())
	native.PutUint16(page[8:], metaFlag)
	b := page[headerSize : headerSize+metaSize]
	native.PutUint32(b, boltMagic)
	native.PutUint32(b[4:], boltVersion)
	native.PutUint32(b[8:], pageSize)
	native.PutUint64(b[16:], m.root)
	native.PutUint64(b[32:], m.freelist)
	native.PutUint64(b[40:], m.pages)
	native.PutUint64(b[48:], m.txid)
	native.PutUint64(b[56:], metaSum(b))
	return page
}

// slot returns the number of the page that the meta belongs to.
func (m meta) slot() uint64 { return m.txid % 2 }

// before returns a meta for the other page: the contents of m under the number of the
// commit before it. It is never read for its contents, only for its number.
func (m meta) before() meta {
	m.txid--
	return m
}

func metaSum(b []byte) uint64 {
	h := fnv.New64a()
	h.Write(b[:metaSize-8])
	return h.Sum64()
}

// claims reports whether a damaged meta page says that it is of commit txid, and not
// because just its number is damaged, which was one of the commit two before.
func claims(page []byte, txid uint64) bool {
	b := append([]byte{}, page[headerSize:headerSize+metaSize]...)
	if native.Uint32(b) != boltMagic || native.Uint64(b[48:]) != txid {
		return false
	}
	native.PutUint64(b[48:], txid-2)
	return native.Uint64(b[56:]) != metaSum(b)
}
