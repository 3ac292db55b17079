package column

import (
	"hash/maphash"
	"math/bits"
	"unsafe"

	"github.com/rosterdb/roster/contact/internal/fold"
	"github.com/rosterdb/roster/contact/internal/version"
)

// A dict numbers the distinct texts of a column, from 1, in the order they came.
// Texts lie in contiguous chunks that are only ever appended to, each with its
// folded form beside it where that differs; a text once numbered never moves and
// never changes, so its number can be remembered for as long as the dict lives.
// A text no row has any more stays until its column builds a new dict.
//
// The chunks and the list of places are append-only and shared by all versions;
// the hash table is paged and copied like everything else.
type dict struct {
	id     *dictID
	fold   func(string) string
	lower  bool // fold makes capital letters of ASCII small
	seed   maphash.Seed
	chunks [][]byte      // contents; each made once, at its full size
	free   int           // unused bytes at the end of the last chunk
	places [][]uint64    // by code: chunk<<32 | offset, in lists of dictPage
	n      uint32        // texts numbered
	slots  table[uint32] // open addressing by the hash of the folded form
	size   uint32        // number of slots, a power of two; 0 while empty
	blank  uint64        // one more than the place of the codes without a text; 0 if there are none
}

// dictID is the identity of a dict: numbers mean the same text as long as it is
// the same.
type dictID struct{ _ byte }

const (
	dictPage   = 1024
	chunkBytes = 64 << 10
	firstChunk = 1 << 10 // the first chunk of a dict, so that small stores stay small
)

func newDict(fold func(string) string) dict {
	lower := fold != nil && fold("A") == "a"
	return dict{id: new(dictID), fold: fold, lower: lower, seed: dictSeed}
}

// foldBytes is the length of ASCII text up to which folding it needs no memory.
const foldBytes = 64

// folding returns the folded form of a text, perhaps in the memory of buf.
func (d *dict) folding(buf *[foldBytes]byte, text string) string {
	if d.lower {
		if folded, ok := fold.ASCII(buf[:], text); ok {
			return folded
		}
	}
	return d.fold(text)
}

// dictSeed is one for the process: tables are never kept beyond it.
var dictSeed = maphash.MakeSeed()

// written returns the text of a code as it was written. The string shares the
// dict's memory, which is never written again.
func (d *dict) written(code uint32) string {
	w, _ := d.record(code)
	return w
}

// folded returns the folded form of a code's text.
func (d *dict) folded(code uint32) string {
	_, f := d.record(code)
	return f
}

// record reads both forms. A record is the length of the text, the text, and the
// length of the folded form plus one with that form, or 0 if it is the same.
func (d *dict) record(code uint32) (written, folded string) {
	at := d.place(code)
	return readRecord(d.chunks[at>>32][uint32(at):])
}

func readRecord(b []byte) (written, folded string) {
	n, k := uvarint(b)
	written = unsafe.String(unsafe.SliceData(b[k:]), n)
	b = b[k+n:]
	n, k = uvarint(b)
	if n == 0 {
		return written, written
	}
	return written, unsafe.String(unsafe.SliceData(b[k:]), n-1)
}

// run returns the places of the codes from one on, as many as lie together.
func (d *dict) run(from uint32) []uint64 {
	page := d.places[(from-1)/dictPage][(from-1)%dictPage:]
	return page[:min(len(page), int(d.n-from+1))]
}

// texts reads both forms of the record at a place, as record does, and is made for a
// loop over many.
func (d *dict) texts(at uint64) (written, folded string) {
	b := d.chunks[at>>32][uint32(at):]
	// Nearly all texts are short, and so are their folded forms.
	if n := int(b[0]); n < 0x80 {
		written = unsafe.String(unsafe.SliceData(b[1:]), n)
		if m := int(b[n+1]); m == 0 {
			return written, written
		} else if m < 0x80 {
			return written, unsafe.String(unsafe.SliceData(b[n+2:]), m-1)
		}
	}
	return readRecord(b)
}

// place returns where the record of a code is.
func (d *dict) place(code uint32) uint64 { return d.places[(code-1)/dictPage][(code-1)%dictPage] }

// uvarint reads a length; one byte in nearly every case.
func uvarint(b []byte) (n, size int) {
	if b[0] < 0x80 {
		return int(b[0]), 1
	}
	var x uint64
	for i, c := range b {
		x |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return int(x), i + 1
		}
	}
	return 0, len(b)
}

// find calls yield with each code whose folded form is the given one, until
// yield returns false.
func (d *dict) find(folded string, yield func(code uint32) bool) {
	if d.size == 0 {
		return
	}
	h := maphash.String(d.seed, folded)
	mask := d.size - 1
	for i := uint32(h) & mask; ; i = (i + 1) & mask {
		slot := d.slots.get(i)
		if slot == 0 {
			return
		}
		if slot&^mask == d.tag(h) && d.folded(slot&mask) == folded && !yield(slot&mask) {
			return
		}
	}
}

// tag returns the bits of a hash that fill a slot beside the code, so that most
// slots of other texts are passed over without reading them. They are those of the
// lower half that do not choose the slot.
func (d *dict) tag(h uint64) uint32 { return uint32(h) &^ (d.size - 1) }

// code returns the number of a text as written, 0 if it has none.
func (d *dict) code(text string) uint32 {
	var buf [foldBytes]byte
	folded := d.folding(&buf, text)
	return d.known(maphash.String(d.seed, folded), text, folded)
}

// known returns the number of a text, given with its folded form and the hash of that,
// 0 if it has none.
func (d *dict) known(h uint64, text, folded string) uint32 {
	if d.size == 0 {
		return 0
	}
	mask, tag := d.size-1, d.tag(h)
	for i := uint32(h) & mask; ; i = (i + 1) & mask {
		slot := d.slots.get(i)
		if slot == 0 {
			return 0
		}
		if slot&^mask == tag {
			if w, f := d.record(slot & mask); w == text && f == folded {
				return slot & mask
			}
		}
	}
}

// first returns the lowest number of a text that folds like this one, 0 if there is
// none.
func (d *dict) first(text string) uint32 {
	if d.size == 0 {
		return 0
	}
	var buf [foldBytes]byte
	folded := d.folding(&buf, text)
	h := maphash.String(d.seed, folded)
	mask, tag := d.size-1, d.tag(h)
	for i := uint32(h) & mask; ; i = (i + 1) & mask {
		slot := d.slots.get(i)
		if slot == 0 || slot&^mask == tag && d.folded(slot&mask) == folded {
			return slot & mask
		}
	}
}

// add returns the number of a text, giving it one if needed.
func (d *dict) add(e *version.Epochs, text string) uint32 {
	var buf [foldBytes]byte
	folded := d.folding(&buf, text)
	h := maphash.String(d.seed, folded)
	if code := d.known(h, text, folded); code != 0 {
		return code
	}
	d.addHashed(e, h, text, folded)
	return d.n
}

// addNew gives a text the next number, also if it has one.
func (d *dict) addNew(e *version.Epochs, text, folded string) {
	d.addHashed(e, maphash.String(d.seed, folded), text, folded)
}

func (d *dict) addHashed(e *version.Epochs, h uint64, text, folded string) {
	d.grow(e)
	d.append(text, folded)
	d.insert(e, d.n, h)
}

// insert puts a code into the table by the hash of its folded form.
func (d *dict) insert(e *version.Epochs, code uint32, h uint64) {
	mask := d.size - 1
	i := uint32(h) & mask
	for d.slots.get(i) != 0 {
		i = (i + 1) & mask
	}
	d.slots.set(e, i, code|d.tag(h))
}

// grow makes room for one more text in the table, at most four fifths full. Only
// the writer's version gets the new table.
func (d *dict) grow(e *version.Epochs) {
	if d.size > 0 && uint64(d.n+1)*5 <= uint64(d.size)*4 {
		return
	}
	d.size = max(16, d.size*2)
	d.slots = table[uint32]{}
	for code := uint32(1); code <= d.n; code++ {
		if !d.isBlank(code) {
			d.insert(e, code, maphash.String(d.seed, d.folded(code)))
		}
	}
}

// append stores a text under the next number.
func (d *dict) append(text, folded string) { d.number(d.store(text, folded)) }

// appendBlank uses up the next number for no text: nothing finds it, and it reads as
// the empty one.
func (d *dict) appendBlank() {
	if d.blank == 0 {
		d.blank = d.store("", "") + 1
	}
	d.number(d.blank - 1)
}

// isBlank reports whether a number was used up for no text.
func (d *dict) isBlank(code uint32) bool { return d.place(code)+1 == d.blank }

// store writes a record and returns its place.
func (d *dict) store(text, folded string) uint64 {
	need := uvarintLen(len(text)) + len(text) + 1
	if folded != text {
		need += uvarintLen(len(folded)+1) + len(folded) - 1
	}
	if need > d.free {
		size := max(need, min(chunkBytes, firstChunk<<min(len(d.chunks), 6)))
		d.chunks = append(d.chunks, make([]byte, size))
		d.free = size
	}
	last := d.chunks[len(d.chunks)-1]
	at := len(last) - d.free
	d.free -= need
	b := appendUvarint(last[:at], len(text))
	b = append(b, text...)
	if folded == text {
		b = append(b, 0)
	} else {
		b = appendUvarint(b, len(folded)+1)
		b = append(b, folded...)
	}
	_ = b // written in place: the chunk has the room
	return uint64(len(d.chunks)-1)<<32 | uint64(at)
}

// number gives the record at a place the next number.
func (d *dict) number(place uint64) {
	if d.n%dictPage == 0 {
		d.places = append(d.places, make([]uint64, min(dictPage, max(16, int(d.n)))))
	}
	d.n++
	page := &d.places[(d.n-1)/dictPage]
	if i := int(d.n-1) % dictPage; i >= len(*page) {
		// Only the first page starts short. Versions that know fewer codes keep
		// the old one.
		grown := make([]uint64, min(dictPage, 2*len(*page)))
		copy(grown, *page)
		d.places = append([][]uint64{grown}, d.places[1:]...)
		page = &d.places[0]
	}
	(*page)[(d.n-1)%dictPage] = place
}

func uvarintLen(n int) int { return max(1, (bits.Len(uint(n))+6)/7) }

func appendUvarint(b []byte, n int) []byte {
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func (d *dict) bytes() int {
	n := d.slots.bytes(4) + 24*len(d.places) + 24*len(d.chunks)
	for _, p := range d.places {
		n += 8 * len(p)
	}
	for _, c := range d.chunks {
		n += len(c)
	}
	return n
}
