package segment_test

import (
	"math"
	"strings"

	"github.com/rosterdb/roster/contact/contacttest"
)

// boundCompanies is the companies of the workload as a program written for exactly
// these queries would hold them. Index 0 is no company.
type boundCompanies struct {
	code      []uint8 // the industry by its number
	codes     map[string]uint8
	employees []int32    // -1 if missing
	contacts  [][]uint32 // whose primary company it is
	primary   []uint32   // by contact
}

func boundCompaniesOf(n int) boundCompanies {
	c := boundCompanies{codes: map[string]uint8{}, primary: make([]uint32, n+1)}
	total := contacttest.CompaniesOf(n)
	c.code, c.employees, c.contacts = make([]uint8, total+1), make([]int32, total+1), make([][]uint32, total+1)
	c.employees[0] = -1
	for i, company := range contacttest.Companies(benchSeed, total) {
		code, ok := c.codes[company.Industry]
		if !ok {
			code = uint8(len(c.codes) + 1)
			c.codes[company.Industry] = code
		}
		c.code[i+1], c.employees[i+1] = code, -1
		if company.HasEmployees {
			c.employees[i+1] = int32(company.Employees)
		}
	}
	for i, e := range contacttest.Employments(benchSeed, n) {
		if e.Primary >= 0 {
			c.primary[i+1] = uint32(e.Primary + 1)
			c.contacts[e.Primary+1] = append(c.contacts[e.Primary+1], uint32(i+1))
		}
	}
	return c
}

func boundQ10(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	c := &d.companies
	industry, over := c.codes[q10Industry(i)], int32(q10Over(i))
	var words []uint64
	if ids {
		words = make([]uint64, d.n/64+1)
	}
	for company, code := range c.code {
		if code != industry || c.employees[company] <= over {
			continue
		}
		r.n += len(c.contacts[company])
		if ids {
			for _, id := range c.contacts[company] {
				words[id>>6] |= 1 << (id & 63)
			}
		}
	}
	for w, m := range words {
		r.add(w, m, true)
	}
	return r.both()
}

func boundQ09(d *boundData, i int, ids bool) (int, []uint32) {
	var r result
	co, t := countries[i%40:], tagNames[i%64:]
	var maps [3][]uint64
	for k, at := range []int{0, 2, 4} {
		maps[k] = d.bitmap(&d.country, co[at])
	}
	plan, tagA, tagB := d.bitmap(&d.plan, plans[i%4]), d.tags[t[0]], d.tags[t[2]]
	points, revenue, active := int16(1000+i), int32((300+i)*100)+1, int32(q09Active(i).Unix())
	city := make([]uint64, d.n/64+1) // the rows of the rarest condition of the third group
	d.markQ09(city, i)
	for w := range plan {
		m := (maps[0][w] | maps[1][w] | maps[2][w]) & d.customer[w] &^ d.dnc[w]
		if m != 0 {
			m &= inRange(span(d.points, w), points, math.MaxInt16)
		}
		if p := plan[w] & (tagA[w] | tagB[w]) &^ m; p != 0 {
			if p &= inRange(span(d.revenue, w), revenue, math.MaxInt32); p != 0 {
				m |= p & inRange(span(d.lastActive, w), active, math.MaxInt32)
			}
		}
		r.add(w, m|city[w], ids)
	}
	return r.both()
}

// markQ09 marks the contacts of the third group.
func (d *boundData) markQ09(words []uint64, i int) {
	signup, over := int32(q09Signup(i).Unix()), int32(100+i)
	var jo []bool
	for _, name := range d.first.folded {
		jo = append(jo, strings.HasPrefix(name, "jo"))
	}
	for _, name := range cities[i%64:][:5] {
		for _, id := range d.city.rows[d.city.codes[name]] {
			if d.signup[id] >= signup && jo[d.firstCode[id]] && d.companies.employees[d.companies.primary[id]] > over {
				words[id>>6] |= 1 << (id & 63)
			}
		}
	}
}
