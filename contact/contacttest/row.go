package contacttest

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// Row is one contact as plain values.
//
// A Row must not be used by more than one goroutine at a time.
type Row struct {
	Email         string   // unique in a sequence, all ASCII and small letters
	First, Last   string   // as people write them, some with accents
	Country       string   // one of Countries
	City          string   // one of Cities, whatever the country
	Points        int      // 0 to 10 000
	Revenue       float64  // 0 to 5 000 with two decimals; 0 if HasRevenue is false
	HasRevenue    bool     //
	Signup        int64    // milliseconds since 1970 UTC, whole seconds, in the five years before Now
	LastActive    int64    // the same, in the two years before Now and not before Signup; 0 if missing
	HasLastActive bool     //
	Birthday      int32    // days since 1970-01-01, negative before; 16 to 90 years before Now
	IsCustomer    bool     //
	Plan          string   // one of Plans
	Tags          []string // none to six of TagNames, all different, in no order
	DNC           bool     // must not be contacted
}

// Clone returns a copy of r that shares nothing that changes.
func (r *Row) Clone() *Row {
	c := *r
	c.Tags = slices.Clone(r.Tags)
	return &c
}

const (
	secondsPerDay = 24 * 60 * 60
	nowSeconds    = 20_781 * secondsPerDay // 2026-11-24
	nowDay        = nowSeconds / secondsPerDay
	signupSeconds = (5*365 + 1) * secondsPerDay // the five years contain one 29 February
)

// Now returns the instant at which the rows are meant to be looked at,
// 2026-11-24T00:00:00Z. Nothing in them is later.
func Now() time.Time { return time.Unix(nowSeconds, 0).UTC() }

// Rows yields n rows made from the seed, with their positions from 0 on. The first
// rows of a longer sequence are those of a shorter one with the same seed. The
// sequence can be walked any number of times, by several goroutines at once.
//
// The row and its tags are overwritten by the next one: keep a [Row.Clone], or the
// strings, which stay valid. A row costs about half a microsecond and one
// allocation, the address.
func Rows(seed uint64, n int) iter.Seq2[int, *Row] {
	return func(yield func(int, *Row) bool) {
		g := newGenerator(seed)
		for i := range n {
			g.next(i)
			if !yield(i, &g.row) {
				return
			}
		}
	}
}

// generator makes one row after the other.
type generator struct {
	row  Row
	src  rand.PCG
	mail []byte // the address under construction
	*workload
}

func newGenerator(seed uint64) *generator {
	g := &generator{src: *rand.NewPCG(seed, 0), workload: theWorkload()}
	g.row.Tags = make([]string, 0, maxTags)
	return g
}

// next makes the row at position i. The order of the draws is part of what a seed
// means: it must not change.
func (g *generator) next(i int) {
	r, src := &g.row, &g.src
	first, last := g.first.draw(src), g.last.draw(src)
	r.First, r.Last = g.firstNames[first].text, g.lastNames[last].text
	r.Email = g.address(g.firstNames[first].ascii, g.lastNames[last].ascii, i)
	r.Country = g.countries[g.country.draw(src)]
	r.City = g.cities[g.city.draw(src)]
	r.Points = int(pointSteps.draw(src))
	if r.HasRevenue = chance(src, 700); r.HasRevenue {
		r.Revenue = float64(revenueSteps.draw(src)) / 100 // correctly rounded, hence two decimals
	} else {
		r.Revenue = 0
	}
	r.Signup = (nowSeconds - int64(below(src, signupSeconds)) - 1) * 1000
	if r.HasLastActive = chance(src, 800); r.HasLastActive {
		r.LastActive = max(r.Signup, (nowSeconds-int64(activeSteps.draw(src)))*1000)
	} else {
		r.LastActive = 0
	}
	r.Birthday = nowDay - int32(ageSteps.draw(src))
	r.IsCustomer = chance(src, 200)
	r.Plan = plans[planSteps.draw(src)]
	r.DNC = chance(src, 30)
	g.drawTags()
}

// drawTags gives the row its tags.
func (g *generator) drawTags() {
	tags := g.row.Tags[:0]
	for n := int(tagSteps.draw(&g.src)); len(tags) < n; {
		if t := g.tags[g.tag.draw(&g.src)]; !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	g.row.Tags = tags
}

// address returns an address that no other position has.
func (g *generator) address(first, last string, i int) string {
	b := append(g.mail[:0], first...)
	b = append(b, '.')
	b = append(b, last...)
	b = append(b, '.')
	b = strconv.AppendInt(b, int64(i)+1, 10)
	b = append(b, '@')
	b = append(b, g.domains[g.domain.draw(&g.src)]...)
	g.mail = b
	return string(b)
}
