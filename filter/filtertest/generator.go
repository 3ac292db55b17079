package filtertest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
)

// A Generator makes contacts, filters and edits that fit one schema. It remembers
// the values it has given out, so that filters meet them.
//
// A Generator must not be used by more than one goroutine at a time.
type Generator struct {
	choose  Chooser
	schema  *contact.Schema
	sources []*source
	zone    *time.Location

	weekStart int
	march     bool

	companies []*source           // of the fields of companies
	ids       []contact.CompanyID // given to companies, perhaps dead
	inScope   bool                // it generates for companies
}

// New returns a generator with a random schema of its own and a random time zone.
func New(choose Chooser) *Generator {
	g := &Generator{choose: choose, zone: time.UTC}
	var err error
	parts := g.Parts(1 + choose(8))
	if choose.chance(2) {
		parts = append(parts, g.companyPart())
	}
	if g.schema, err = contact.NewSchema(parts...); err != nil {
		panic(err) // the parts are made to be accepted
	}
	g.adopt(g.schema)
	if zone, err := time.LoadLocation(oneOf(choose, zones)); err == nil {
		g.zone = zone
	}
	g.weekStart, g.march = choose(8), choose.chance(3)
	return g
}

// For returns a generator for a given schema, which must have a field available
// for segments. Bare dates are meant in UTC.
func For(choose Chooser, schema *contact.Schema) *Generator {
	g := &Generator{choose: choose, zone: time.UTC}
	g.adopt(schema)
	return g
}

// Schema returns the schema that what is generated fits.
func (g *Generator) Schema() *contact.Schema { return g.schema }

// Zone returns the time zone that filters are meant in.
func (g *Generator) Zone() *time.Location { return g.zone }

// Segments returns the names of the segments that filters refer to.
func (g *Generator) Segments() []string { return slices.Clone(segmentRefs) }

// Parts returns n new fields for the schema, fewer if names run out. The first
// field of a schema is available for segments. [Generator.Adopt] makes them known.
func (g *Generator) Parts(n int) []contact.Part {
	var parts []contact.Part
	free := slices.DeleteFunc(slices.Clone(fieldNames), func(name string) bool {
		if g.schema == nil {
			return false
		}
		_, taken := g.schema.Field(name)
		return taken
	})
	for range min(n, len(free)) {
		i := g.choose(len(free))
		part := g.part(free[i])
		if (g.schema != nil || len(parts) > 0) && g.choose.chance(12) {
			part = part.NotForSegments()
		}
		parts = append(parts, part)
		free = slices.Delete(free, i, i+1)
	}
	return parts
}

// companyPart returns companies with some fields; the first is available for segments.
func (g *Generator) companyPart() contact.Part {
	var fields []contact.Part
	free := companyNames()
	for range 1 + g.choose(4) {
		i := g.choose(len(free))
		part := g.part(free[i])
		if len(fields) > 0 && g.choose.chance(12) {
			part = part.NotForSegments()
		}
		fields, free = append(fields, part), slices.Delete(free, i, i+1)
	}
	return contact.Companies(fields...)
}

func (g *Generator) part(name string) contact.FieldPart {
	kinds := []contact.Kind{contact.KindText, contact.KindNumber, contact.KindBool, contact.KindDate, contact.KindDateTime,
		contact.KindTimeOfDay, contact.KindSelect, contact.KindMultiSelect, contact.KindTags, contact.KindDateTime}
	switch oneOf(g.choose, kinds) {
	case contact.KindNumber:
		part := contact.Number(name)
		if g.choose.chance(6) {
			part = part.Unique()
		}
		return part
	case contact.KindBool:
		return contact.Bool(name)
	case contact.KindDate:
		return contact.Date(name)
	case contact.KindDateTime:
		return contact.DateTime(name)
	case contact.KindTimeOfDay:
		return contact.TimeOfDay(name)
	case contact.KindSelect:
		return contact.Select(name, oneOf(g.choose, optionLists)...)
	case contact.KindMultiSelect:
		return contact.MultiSelect(name, oneOf(g.choose, optionLists)...)
	case contact.KindTags:
		return contact.Tags(name)
	}
	part := contact.Text(name)
	switch g.choose(6) {
	case 1, 2:
		part = part.Exact()
	case 3:
		part = part.Unique()
	case 4:
		part = part.Unique().Exact()
	}
	return part
}

// Adopt makes a grown schema the one to generate for. Fields keep their values.
func (g *Generator) Adopt(schema *contact.Schema) { g.adopt(schema) }

func (g *Generator) adopt(schema *contact.Schema) {
	g.schema = schema
	g.sources = g.adopted(g.sources, schema)
	g.companies = g.adopted(g.companies, schema.Companies())
}

func (g *Generator) adopted(sources []*source, schema *contact.Schema) []*source {
	for f := range schema.Fields() {
		if i := slices.IndexFunc(sources, func(s *source) bool { return s.field.Name() == f.Name() }); i >= 0 {
			sources[i].field = f
			continue
		}
		sources = append(sources, newSource(g.choose, f))
	}
	return sources
}

// Contact returns a new contact.
func (g *Generator) Contact() Contact {
	c := Contact{}
	for _, s := range g.sources {
		if x, ok := s.next(g.choose); ok {
			c[s.field.Name()] = x
		}
	}
	return c
}

// Change returns a copy of c in which a few fields have another value or none.
func (g *Generator) Change(c Contact) Contact {
	c = maps.Clone(c)
	for range 1 + g.choose(3) {
		s := oneOf(g.choose, g.sources)
		if x, ok := s.next(g.choose); ok {
			c[s.field.Name()] = x
		} else {
			delete(c, s.field.Name())
		}
	}
	return c
}

// Edit makes one random step in a transaction, a contact inserted, changed or
// deleted or its tags edited, and does the same to contacts. A Contact in the map
// is replaced and never changed, so that a shallow copy of the map is a snapshot.
func (g *Generator) Edit(tx *contact.Tx, contacts map[contact.ID]Contact) error {
	if len(contacts) == 0 || g.choose.chance(5) {
		return g.Insert(tx, contacts, g.Contact())
	}
	ids := slices.Sorted(maps.Keys(contacts))
	id := oneOf(g.choose, ids)
	switch g.choose(6) {
	case 0:
		delete(contacts, id)
		return tx.Delete(id)
	case 1, 2:
		return g.editWords(tx, contacts, id)
	}
	before, after := contacts[id], g.Change(contacts[id])
	contacts[id] = after
	return tx.Set(id, difference(before, after))
}

// Insert adds a contact in a transaction and to contacts.
func (g *Generator) Insert(tx *contact.Tx, contacts map[contact.ID]Contact, c Contact) error {
	id, err := tx.Insert(contact.Values(c))
	if err == nil {
		contacts[id] = c
	}
	return err
}

// editWords adds or takes away tags or options of a contact, if there is a field
// for them.
func (g *Generator) editWords(tx *contact.Tx, contacts map[contact.ID]Contact, id contact.ID) error {
	s := oneOf(g.choose, g.sources)
	name := s.field.Name()
	x, ok := s.next(g.choose)
	if !ok || !s.field.Kind().Multiple() {
		return nil
	}
	edited, had := maps.Clone(contacts[id]), wordsOf(contacts[id][name])
	contacts[id] = edited
	if g.choose.chance(2) {
		edited[name] = slices.Concat(had, x.([]string))
		return tx.Add(id, name, x.([]string)...)
	}
	edited[name] = slices.DeleteFunc(had, func(w string) bool {
		return slices.ContainsFunc(x.([]string), func(y string) bool { return Fold(w) == Fold(y) })
	})
	return tx.Remove(id, name, x.([]string)...)
}

// wordsOf returns a copy of a list that may be missing.
func wordsOf(x any) []string {
	list, _ := x.([]string)
	return slices.Clone(list)
}

// difference returns what to set to make after of before.
func difference(before, after Contact) contact.Values {
	values := contact.Values{}
	for name := range before {
		values[name] = nil
	}
	maps.Copy(values, after)
	return values
}

// source makes the values of one field.
type source struct {
	field   contact.Field
	numbers []float64
	pool    []any // values given out
	distinct,
	missing int // chances: a value is a new one, is missing
	seconds bool // instants to the second only
	zones   bool // texts are names of time zones, most of them
	seq     int  // makes identities different
}

func newSource(choose Chooser, f contact.Field) *source {
	return &source{
		field:    f,
		numbers:  oneOf(choose, numberLists),
		distinct: oneOf(choose, []int{4, 2, 20, 1}),
		missing:  oneOf(choose, []int{4, 2, 100}),
		seconds:  choose.chance(2),
		zones:    choose.chance(4),
	}
}

// next returns the value of one more contact, false for none.
func (s *source) next(choose Chooser) (any, bool) {
	if choose.chance(s.missing) {
		return nil, false
	}
	if s.field.Unique() {
		return s.identity(choose), true
	}
	if len(s.pool) > 0 && !choose.chance(s.distinct) {
		return oneOf(choose, s.pool), true
	}
	return s.remember(s.fresh(choose)), true
}

// remember keeps a value for the contacts and filters that follow.
func (s *source) remember(x any) any {
	const most = 200
	if len(s.pool) < most {
		s.pool = append(s.pool, x)
	} else {
		s.pool[s.seq%most] = x
		s.seq++
	}
	return x
}

// identity returns a value that nobody has got before.
func (s *source) identity(choose Chooser) any {
	s.seq++
	if s.field.Kind() == contact.KindNumber {
		return s.remember(float64(s.seq))
	}
	return s.remember(oneOf(choose, words) + "#" + digits(s.seq))
}

func (s *source) fresh(choose Chooser) any {
	switch s.field.Kind() {
	case contact.KindNumber:
		return s.number(choose)
	case contact.KindBool:
		return choose.chance(2)
	case contact.KindDate:
		return day(choose)
	case contact.KindDateTime:
		t := instant(choose)
		if s.seconds {
			t = t.Truncate(time.Second)
		}
		return t
	case contact.KindTimeOfDay:
		return clockTime(choose)
	case contact.KindSelect:
		return s.option(choose)
	case contact.KindMultiSelect:
		return several(choose, s.option)
	case contact.KindTags:
		return several(choose, tag)
	}
	if s.zones && !choose.chance(8) {
		return oneOf(choose, zoneTexts)
	}
	if choose.chance(4) {
		return oneOf(choose, words) + oneOf(choose, words)
	}
	if s.distinct == 1 && choose.chance(2) {
		return "user" + digits(choose(100000))
	}
	return oneOf(choose, words)
}

// number returns one of the list, or a number of the same kind near zero.
func (s *source) number(choose Chooser) float64 {
	if choose.chance(3) {
		switch {
		case slices.Contains(s.numbers, 0.01):
			return float64(choose(20000)-10000) / 100
		case slices.Contains(s.numbers, 1e6):
			return float64(choose(200000) - 100000)
		}
		return float64(choose(200) - 100)
	}
	return oneOf(choose, s.numbers)
}

// option returns a declared option, sometimes in another case.
func (s *source) option(choose Chooser) string {
	return recase(choose, oneOf(choose, s.field.Options()).Value)
}

func recase(choose Chooser, s string) string {
	switch choose(6) {
	case 1:
		return strings.ToUpper(s)
	case 2:
		return strings.ToLower(s)
	}
	return s
}

// tag returns a word that does not fold to nothing.
func tag(choose Chooser) string {
	if w := oneOf(choose, words); Fold(w) != "" {
		return w
	}
	return "tag"
}

// several returns a list of up to 7 words, rarely one too long for a row's own
// cell, possibly with repetitions.
func several(choose Chooser, word func(Chooser) string) []string {
	list := []string{}
	for range choose(oneOf(choose, []int{3, 8})) {
		list = append(list, word(choose))
	}
	return list
}

func day(choose Chooser) contact.Day {
	d := oneOf(choose, days)
	if choose.chance(3) {
		d = contact.DayOf(2020+choose(10), time.Month(1+choose(12)), 1+choose(31))
	}
	return d
}

func instant(choose Chooser) time.Time {
	ms := int64(day(choose))*86400000 + oneOf(choose, timesOfDay)
	return time.UnixMilli(min(max(ms, minMillis), maxMillis)).UTC()
}

// clockTime returns a time of day, mostly one of a few.
func clockTime(choose Chooser) contact.ClockTime {
	if choose.chance(3) {
		return contact.ClockTime(choose(86400))
	}
	return oneOf(choose, clockTimes)
}

func digits(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return digits(n/10) + string(rune('0'+n%10))
}
