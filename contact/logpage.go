package contact

import "slices"

// A logPage is some commits that follow each other: their records sealed, one after the
// other, or a long one as it is. What is in it is never written again, so that readers
// have the page as it was when they came.
type logPage struct {
	first  uint64   // number of its first record
	schema *Schema  // of all of them
	data   []byte   // sealed
	places []sealed // of each
	long   *Record  // instead of all that
}

// A sealed is the end of a record in a page, and its weight.
type sealed struct{ end, weight uint32 }

const (
	pageBytes = 64 << 10
	firstPage = 512      // of a log, so that small stores stay small
	longBytes = 16 << 10 // of a record from which on it is kept as it is
)

// takes reports whether a record goes into the page.
func (p *logPage) takes(r *Record) bool {
	return p.long == nil && p.schema == r.schema && len(p.data)+r.size() < pageBytes
}

func (p *logPage) append(r *Record) {
	p.data = r.seal(p.data, r.marks)
	p.places = append(p.places, sealed{uint32(len(p.data)), uint32(r.weight())})
}

// len returns the number of records.
func (p *logPage) len() int {
	if p.long != nil {
		return 1
	}
	return len(p.places)
}

// weight returns what a record counts, see Record.weight.
func (p *logPage) weight(i int) int {
	if p.long != nil {
		return p.long.weight()
	}
	return int(p.places[i].weight)
}

// sealed returns a record as it was sealed.
func (p *logPage) sealed(i int) []byte {
	from, end := uint32(0), p.places[i].end
	if i > 0 {
		from = p.places[i-1].end
	}
	return p.data[from:end:end]
}

// head returns a record without its changes, and record all of it. What was sealed here is
// not checked again.
func (p *logPage) head(i int) *Record {
	if p.long != nil {
		return p.long
	}
	d := decoder{p.sealed(i)}
	r, _ := d.head(p.first + uint64(i))
	return r
}

func (p *logPage) record(i int) *Record {
	if p.long != nil {
		return p.long
	}
	r, d := decodeRecord(p.first+uint64(i), p.sealed(i), p.schema)
	_ = d // all of it is read
	return r
}

// without returns the page without the first records, and those of some contacts without
// their values. hits and values count the records that had any, and these.
func (p logPage) without(skip int, erased func(ID) bool, before uint64) (left logPage, hits, values int) {
	left = logPage{first: p.first + uint64(skip), schema: p.schema}
	for i := skip; i < p.len(); i++ {
		r := p.record(i)
		if r.Number < before {
			blind := *r
			if n := blind.redact(erased); n > 0 {
				hits++
				values += n
			}
			r = &blind
		}
		if p.long != nil {
			r.data, r.eventData = slices.Clone(r.data), slices.Clone(r.eventData) // what they lie in may be the whole record
			left.long = r
			break
		}
		left.append(r)
	}
	return left, hits, values
}
