package segment_test

import (
	"context"
	"math"
	"math/bits"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// boundData is the workload as a program written for exactly these queries would
// hold it. Index 0 is no contact.
type boundData struct {
	n        int
	country  dictionary
	city     dictionary
	first    dictionary
	plan     dictionary
	tags     map[string][]uint64
	emails   string // end to end
	emailEnd []uint32
	points   []int16
	revenue  []int32 // cents, -1 if missing
	signup   []int32 // seconds since 1970
	customer []uint64
	noActive int
	inactive []uint64
	segments [][]uint64

	firstCode  []uint16
	dnc        []uint64
	lastActive []int32 // seconds since 1970
	companies  boundCompanies
	events     boundEvents
}

// A dictionary is a text column by hand: a bitmap and a count per value.
type dictionary struct {
	codes  map[string]int
	values []string // as written
	folded []string
	count  []int
	rows   [][]uint32 // ids of a value
	bitmap map[int][]uint64
}

func (d *dictionary) add(value string, id uint32) {
	c, ok := d.codes[value]
	if !ok {
		if d.codes == nil {
			d.codes = map[string]int{}
		}
		c = len(d.values)
		d.codes[value] = c
		d.values = append(d.values, value)
		d.folded = append(d.folded, contact.Fold(value))
		d.count = append(d.count, 0)
		d.rows = append(d.rows, nil)
	}
	d.count[c]++
	d.rows[c] = append(d.rows[c], id)
}

// bits makes the bitmap of every value.
func (d *dictionary) bits(n int) {
	d.bitmap = map[int][]uint64{}
	for c, rows := range d.rows {
		d.bitmap[c] = bitmapOf(n, rows)
	}
}

func bitmapOf(n int, ids []uint32) []uint64 {
	words := make([]uint64, n/64+1)
	for _, id := range ids {
		words[id>>6] |= 1 << (id & 63)
	}
	return words
}

var boundDatas = map[int]*boundData{}

func boundDataOf(b *testing.B, n int) *boundData {
	if d := boundDatas[n]; d != nil {
		return d
	}
	d := &boundData{n: n, tags: map[string][]uint64{}, emailEnd: make([]uint32, n+1),
		points: make([]int16, n+1), revenue: make([]int32, n+1), signup: make([]int32, n+1),
		customer: make([]uint64, n/64+1), inactive: make([]uint64, n/64+1),
		firstCode: make([]uint16, n+1), dnc: make([]uint64, n/64+1), lastActive: make([]int32, n+1), companies: boundCompaniesOf(n)}
	var emails strings.Builder
	d.signup[0], d.revenue[0] = math.MinInt32, -1
	for i, row := range contacttest.Rows(benchSeed, n) {
		id := uint32(i + 1)
		d.country.add(row.Country, id)
		d.city.add(row.City, id)
		d.first.add(row.First, id)
		d.firstCode[id] = uint16(d.first.codes[row.First])
		d.plan.add(row.Plan, id)
		for _, t := range row.Tags {
			if d.tags[t] == nil {
				d.tags[t] = make([]uint64, n/64+1)
			}
			d.tags[t][id>>6] |= 1 << (id & 63)
		}
		emails.WriteString(contact.Fold(row.Email))
		d.emailEnd[id] = uint32(emails.Len())
		d.points[id] = int16(row.Points)
		d.revenue[id] = -1
		if row.HasRevenue {
			d.revenue[id] = int32(math.Round(row.Revenue * 100))
		}
		d.signup[id] = int32(row.Signup / 1000)
		if row.DNC {
			d.dnc[id>>6] |= 1 << (id & 63)
		}
		d.lastActive[id] = math.MinInt32
		if row.HasLastActive {
			d.lastActive[id] = int32(row.LastActive / 1000)
		}
		if row.IsCustomer {
			d.customer[id>>6] |= 1 << (id & 63)
		}
		if !row.HasLastActive {
			d.inactive[id>>6] |= 1 << (id & 63)
			d.noActive++
		}
	}
	d.emails = emails.String()
	for _, dict := range []*dictionary{&d.country, &d.plan} {
		dict.bits(n)
	}
	eng := queryEngine(b, n)
	for i := range q15Segments {
		f := text(`in segment s%d`, i+1)
		set, err := compileQuery(b, eng, eng.Store().View(), f).Select(context.Background(), eng.Store().View())
		require.NoError(b, err)
		words := make([]uint64, n/64+1)
		for id := range set.All() {
			words[id>>6] |= 1 << (id & 63)
		}
		d.segments = append(d.segments, words)
	}
	boundDatas[n] = d
	return d
}

// result counts or lists the bits of word w.
type result struct {
	n   int
	ids []uint32
}

func (r *result) add(w int, word uint64, ids bool) {
	if !ids {
		r.n += bits.OnesCount64(word)
		return
	}
	for ; word != 0; word &= word - 1 {
		r.ids = append(r.ids, uint32(w*64+bits.TrailingZeros64(word)))
	}
}

func (r *result) both() (int, []uint32) { return r.n, r.ids }

func (d *boundData) bitmap(dict *dictionary, value string) []uint64 {
	c, ok := dict.codes[value]
	if !ok {
		return make([]uint64, d.n/64+1)
	}
	return dict.bitmap[c]
}

func boundQ01(d *boundData, i int, ids bool) (int, []uint32) {
	c, ok := d.country.codes[countries[i+3]]
	if !ok {
		return 0, nil
	}
	if !ids {
		return d.country.count[c], nil
	}
	return 0, append([]uint32(nil), d.country.rows[c]...)
}

// inRange returns the bits of the values in [lo, hi] among up to 64, without a
// branch and in four chains.
func inRange[T int16 | int32](rows []T, lo, hi T) uint64 {
	if len(rows) < 64 {
		var m uint64
		for j, v := range rows {
			m |= one(v >= lo && v <= hi) << (j & 63)
		}
		return m
	}
	r := (*[64]T)(rows)
	var a, b, c, d uint64
	for j := range 16 {
		a = a>>1 | one(r[j] >= lo && r[j] <= hi)<<15
		b = b>>1 | one(r[j+16] >= lo && r[j+16] <= hi)<<15
		c = c>>1 | one(r[j+32] >= lo && r[j+32] <= hi)<<15
		d = d>>1 | one(r[j+48] >= lo && r[j+48] <= hi)<<15
	}
	return a | b<<16 | c<<32 | d<<48
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func span[T any](rows []T, w int) []T { return rows[w*64 : min(len(rows), w*64+64)] }

func boundQ02(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	c := countries[i%40:]
	var maps [5][]uint64
	for k, at := range []int{0, 3, 5, 8, 9} {
		maps[k] = d.bitmap(&d.country, c[at])
	}
	for w := range maps[0] {
		if m := maps[0][w] | maps[1][w] | maps[2][w] | maps[3][w] | maps[4][w]; m != 0 {
			r.add(w, m&inRange(span(d.points, w), int16(500+i), math.MaxInt16), ids)
		}
	}
	return r.both()
}

func boundQ03(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	lo, hi := int16(1970+i), int16(3970+i)
	for w := 0; w*64 < len(d.points); w++ {
		r.add(w, inRange(span(d.points, w), lo, hi), ids)
	}
	return r.both()
}

func boundQ04(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	suffix := "@" + domains[i+10]
	for id := 1; id <= d.n; id++ {
		if strings.HasSuffix(d.emails[d.emailEnd[id-1]:d.emailEnd[id]], suffix) {
			r.n++
			if ids {
				r.ids = append(r.ids, uint32(id))
			}
		}
	}
	return r.both()
}

// values answers a question about the values of a dictionary.
func (d *boundData) values(dict *dictionary, values []string, accept func(string) bool, ids bool) (int, []uint32) {
	var r result
	var words []uint64
	if ids {
		words = make([]uint64, d.n/64+1)
	}
	for c, v := range values {
		if !accept(v) {
			continue
		}
		r.n += dict.count[c]
		if ids {
			for _, id := range dict.rows[c] {
				words[id>>6] |= 1 << (id & 63)
			}
		}
	}
	for w, m := range words {
		r.add(w, m, true)
	}
	return r.both()
}

func boundQ05(d *boundData, i int, ids bool) (int, []uint32) {
	return d.values(&d.first, d.first.folded, func(v string) bool { return strings.HasPrefix(v, prefixes[i]) }, ids)
}

func boundQ06(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	from := int32(q06From(i).Unix())
	for w, m := range d.customer {
		if m != 0 {
			r.add(w, m&inRange(span(d.signup, w), from, math.MaxInt32), ids)
		}
	}
	return r.both()
}

func boundQ07(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	t := tagNames[i:]
	a, b, c, not := d.tags[t[0]], d.tags[t[1]], d.tags[t[2]], d.tags[t[5]]
	p, q := d.bitmap(&d.plan, plans[1+i%2]), d.bitmap(&d.plan, plans[3])
	over := int32((500+i)*100) + 1
	for w := range p {
		m := (a[w] | b[w] | c[w]) &^ not[w]
		if plan := (p[w] | q[w]) &^ m; plan != 0 {
			m |= plan & inRange(span(d.revenue, w), over, math.MaxInt32)
		}
		r.add(w, m, ids)
	}
	return r.both()
}

func boundQ08(d *boundData, _ int, ids bool) (int, []uint32) {
	if !ids {
		return d.noActive, nil
	}
	var r result
	for w, m := range d.inactive {
		r.add(w, m, true)
	}
	return r.both()
}

func boundQ14(d *boundData, i int, ids bool) (int, []uint32) {
	re := regexp.MustCompile("(?i)" + q14Pattern(i))
	return d.values(&d.city, d.city.values, re.MatchString, ids)
}

func boundQ15(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	a, b := q15Pair(i)
	in, out := d.segments[a-1], d.segments[b-1]
	for w, m := range in {
		r.add(w, m&^out[w], ids)
	}
	return r.both()
}
