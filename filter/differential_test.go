package filter_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// The engine agrees with the oracle on random schemas, contacts, filters and
// histories of edits, on the newest version, on older ones and with programs older
// than the schema.
func TestDifferential(t *testing.T) {
	const enough = 900 // for every operator to be met on every kind; that the generator makes all is a test of its own
	seed, cases := testflags.Seed(t), testflags.Cases(100)
	met := coverage{}
	for i := range uint64(cases) {
		choose := filtertest.FromRand(rand.New(rand.NewPCG(seed+i, 0)))
		if !runCase(t, choose, seed+i, met) {
			return
		}
	}
	if cases >= enough {
		met.requireAll(t)
		met.requireCompanies(t)
	}
}

func runCase(t *testing.T, choose filtertest.Chooser, seed uint64, met coverage) (ok bool) {
	defer func() {
		if !ok {
			t.Logf("this case alone: -roster.cases=1 -roster.seed=%d", seed)
		}
	}()
	differential(t, choose, sizeOf(choose), met)
	return true
}

// sizeOf chooses how many contacts there are, and how many ids have been given to
// others before.
func sizeOf(choose filtertest.Chooser) (size storeSize) {
	switch choose(200) {
	case 0:
		size.before, size.copies = 60_000, 10_000
	case 1, 2, 3:
		size.before = 65_500 + choose(60)
	case 4, 5, 6:
		size.contacts = 1_000
	case 7, 8, 9, 10, 11, 12, 13, 14, 15, 16:
		size.copies = 5_000 // more than a filter lists
	}
	size.contacts += choose([]int{1, 5, 30, 150}[choose(4)])
	return size
}

type storeSize struct {
	before   int // ids given and deleted before
	contacts int // with values of their own
	copies   int // with values of one of these
}

// differential runs one history.
func differential(t testing.TB, choose filtertest.Chooser, size storeSize, met coverage) {
	g := filtertest.New(choose)
	p := newPeople(t, g.Schema(), g.Zone())
	p.fill(t, g, choose, size)
	p.setting = g.Setting()
	var programs []*filter.Program
	compile := func() {
		for range 1 + choose(3) {
			f := g.Zoned(g.Filter(choose(4)))
			met.note(g.Schema(), f)
			program, err := p.compile(f)
			require.NoError(t, err, "%s", f)
			programs = append(programs, program)
		}
	}
	ask := func(v *contact.View, contacts map[contact.ID]filtertest.Contact) {
		for _, program := range programs {
			if err := filter.Check(program.Filter(), v.Schema(), p.segments); err != nil && strings.Contains(err.Error(), "has no domain") {
				continue // older than the declaration: nobody has one there
			}
			p.setting.Now = g.Moment()
			if err := p.compare(v, program, g.Schema(), contacts); err != nil {
				p.report(t, err, v, g.Schema(), contacts, program.Filter())
			}
		}
	}
	compile()
	var old []*contact.View
	var was []map[contact.ID]filtertest.Contact
	for range 1 + choose(3) {
		if choose(3) > 0 {
			old, was = append(old, p.store.View()), append(was, maps.Clone(p.contacts))
			ask(old[len(old)-1], p.contacts)
		} else {
			p.store.Peek(func(v *contact.View) { ask(v, p.contacts) })
		}
		p.edit(t, g, choose)
		if choose(3) == 2 {
			p.grow(t, g, choose)
			compile()
		}
	}
	ask(p.store.View(), p.contacts)
	for i, v := range old {
		ask(v, was[i])
	}
}

// fill inserts the first contacts.
func (p *people) fill(t testing.TB, g *filtertest.Generator, choose filtertest.Chooser, size storeSize) {
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		for range size.before {
			id, err := tx.Insert(nil)
			if err == nil {
				err = tx.Delete(id)
			}
			if err != nil {
				return err
			}
		}
		var list []filtertest.Contact
		for range size.contacts {
			c := g.Contact()
			if err := g.Insert(tx, p.contacts, c); err != nil {
				return err
			}
			c = maps.Clone(c)
			for f := range g.Schema().Fields() {
				if f.Unique() {
					delete(c, f.Name())
				}
			}
			list = append(list, c)
		}
		list = append(list, filtertest.Contact{})
		for range size.copies {
			if err := g.Insert(tx, p.contacts, list[choose(len(list))]); err != nil {
				return err
			}
		}
		for range 2 * size.contacts {
			if err := g.EditCompanies(tx, p.contacts); err != nil {
				return err
			}
		}
		return nil
	}))
}

// edit runs some transactions, some of which are undone.
func (p *people) edit(t testing.TB, g *filtertest.Generator, choose filtertest.Chooser) {
	for range 1 + choose(2) {
		undo := choose(8) == 7
		err := p.update(func(tx *contact.Tx) error {
			for range choose(20) {
				step := g.Edit
				if choose(3) == 2 {
					step = g.EditCompanies
				}
				if err := step(tx, p.contacts); err != nil {
					return err
				}
			}
			if undo {
				return errUndo
			}
			return nil
		})
		if !undo {
			require.NoError(t, err)
		}
	}
}

// grow adds fields and an option to the schema, and declares texts to be e-mail
// addresses.
func (p *people) grow(t testing.TB, g *filtertest.Generator, choose filtertest.Chooser) {
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		for f := range g.Schema().Fields() {
			if f.Kind().Declared() {
				if err := tx.Schema().AddOptions(f.Name(), contact.Option{Value: "grown"}); err != nil {
					return err
				}
			}
			if f.Kind() == contact.KindText && choose(3) == 2 {
				if err := tx.Schema().MakeEmail(f.Name()); err != nil {
					return err
				}
			}
		}
		if err := tx.Schema().Add(g.Parts(choose(3))...); err != nil {
			return err
		}
		g.Adopt(tx.Schema().Current())
		return nil
	}))
	p.edit(t, g, choose)
}

// Every form of a question is asked in every way that a run asks: of a whole block,
// of many candidates, of a few, each negated and not.
func TestEveryProbeInEveryForm(t *testing.T) {
	p := newPeople(t, contact.MustSchema(
		contact.Number("row"), contact.Number("none"), contact.Number("small"), contact.Number("cents"), contact.Number("wide"),
		contact.Text("name"), contact.Text("many"), contact.Text("code").Exact(), contact.Bool("flag"), contact.Date("day"),
		contact.DateTime("at"), contact.Select("plan", "a", "b", "c"), contact.MultiSelect("langs", "x", "y", "z"), contact.Tags("tags"),
	), time.UTC)
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		for i := range 6000 {
			if err := p.insert(tx, rich(i)); err != nil {
				return err
			}
		}
		return nil
	}))
	v := p.store.View()
	p.setting.Now = instant("1970-01-06T12:00:00Z")
	for _, ask := range []string{
		`small in (-128, 5, 7)`, `small between -128 and 3`, `small = 0`, `cents = 0.29`, `cents <= 0.57`, `cents >= 1.1`, `cents < 0.05`,
		`cents < 0.23`, `cents > 0.35`, `cents > 1.38`, `cents in (0.07, 0.29, 1.13)`, `wide in (0.5, 1e300, 2.25)`, `wide > 1e299`, `wide = 0`,
		`name = "name 1"`, `name in ("name 1", "NAME 2")`, `name in ("name 1", "name 2", "name 3", "name 4", "name 5", "name 6", "name 7", "name 8", "name 9")`,
		`name like "%1%"`, `name is empty`, `many like "%7%"`, `many contains "12"`, `many starts with "many 5"`, `code = "A"`, `code matches "A|b"`, `code is empty`,
		`flag = true`, `flag = false`, `flag in (true, false)`, `flag is empty`, `day = 1970-01-01`, `day in (1970-01-02, 1970-01-20)`, `at >= 1970-01-02`,
		`at in (1970-01-01, 1970-01-03)`, `plan = "a"`, `plan in ("a", "c")`, `plan is empty`, `langs has any ("x", "y")`, `langs has all ("x", "y", "z")`,
		`langs has all ("z", "x")`, `langs is empty`, `tags has any ("t1", "t2", "nobody")`, `tags has any ("t0")`, `tags has all ("t1", "t0")`,
		`tags has all ("t0", "nobody")`, `tags has any ("nobody")`, `in segment vip`,
		`at within the last 3 days`, `at is in the next 5 days`, `day is this month`, `day = today`, `weekday of at in (monday, friday)`, `hour of at in (3, 4, 20)`,
		`month of day = 1`, `weekday of day = sunday`, `day of at > 15`, "in any segment (vip, `not`)", "in all segments (vip, `not`, größe)",
	} {
		requireEveryForm(t, p, v, ask, p.want(v, p.store.Schema(), p.contacts, filter.MustParse(ask)))
	}
}

// requireEveryForm asks a condition on 6 000 contacts alone and beside others, which leave
// many or few candidates. row is the number of a contact from 0, nobody has none, and leaf
// are those of whom the condition holds.
func requireEveryForm(t *testing.T, p *people, v *contact.View, ask string, leaf []contact.ID) {
	holds := make([]bool, 6000)
	for _, id := range leaf {
		holds[id-1] = true
	}
	for _, form := range []struct {
		text string
		want func(row int, leaf bool) bool
	}{
		{"%s", func(_ int, leaf bool) bool { return leaf }}, // of everybody
		{"not (%s)", func(_ int, leaf bool) bool { return !leaf }},
		{"row >= 50 and (none = 1 or %s)", func(row int, leaf bool) bool { return row >= 50 && leaf }}, // of many that a scan left
		{"row >= 50 and (none = 1 or not (%s))", func(row int, leaf bool) bool { return row >= 50 && !leaf }},
		{"row >= 5700 and row >= 5600 and (none = 1 or %s)", func(row int, leaf bool) bool { return row >= 5700 && leaf }}, // of a list
		{"row >= 5700 and row >= 5600 and (none = 1 or not (%s))", func(row int, leaf bool) bool { return row >= 5700 && !leaf }},
		{"%s and row between 10 and 40", func(row int, leaf bool) bool { return leaf && 10 <= row && row <= 40 }},
		{"not (%s) and row between 10 and 40", func(row int, leaf bool) bool { return !leaf && 10 <= row && row <= 40 }},
		{"none = 1 or %s", func(_ int, leaf bool) bool { return leaf }},
		{"none = 1 or not (%s)", func(_ int, leaf bool) bool { return !leaf }},
	} {
		program, err := p.compile(filter.MustParse(strings.ReplaceAll(form.text, "%s", ask)))
		require.NoError(t, err)
		program = program.At(p.setting.Now)
		got, err := program.Select(context.Background(), v)
		require.NoError(t, err)
		for row, holds := range holds {
			id := contact.ID(row + 1)
			if want := form.want(row, holds); got.Contains(id) != want || row%50 == 0 && program.Match(v, id) != want {
				t.Fatalf("%s: contact %d: Select says %v, Match %v, want %v", program.Filter(), id, got.Contains(id), program.Match(v, id), want)
			}
		}
	}
}

// rich returns the values of contact i of a store in which every sort of value, and
// its absence, is frequent.
func rich(i int) filtertest.Contact {
	c := filtertest.Contact{"row": float64(i)}
	set := func(every int, field string, x any) {
		if i%every != 0 {
			c[field] = x
		}
	}
	set(7, "small", float64(i%256-128))
	set(5, "cents", float64(i%200)/100)
	set(6, "wide", []float64{0, 0.5, 1e300, -1.0 / 3, 2.25}[i%5])
	set(8, "name", []string{"", "name ", "NAME "}[i%3])
	if name, ok := c["name"].(string); ok && name != "" {
		c["name"] = name + strconv.Itoa(i%150)
	}
	set(9, "many", "many "+strconv.Itoa(i))
	set(4, "code", []string{"A", "b", "", "a"}[i/4%4])
	set(3, "flag", i%2 == 0)
	set(10, "day", contact.Day(i%40))
	set(11, "at", time.UnixMilli(int64(i)*100_000_001))
	set(6, "plan", []string{"a", "B", "c"}[i%3])
	set(3, "langs", [][]string{{"x"}, {"x", "y"}, {"z", "Y", "x"}, {}}[i%4])
	set(5, "tags", []string{"t0", "t" + strconv.Itoa(i%7), "t" + strconv.Itoa(i%3), "u" + strconv.Itoa(i%11), "w", "v"}[:1+i%6])
	return c
}

// coverage counts the conditions met by operator, kind of field and negation.
type coverage map[met]int

type met struct {
	op      filter.Op
	kind    contact.Kind // 0 for segments
	negated bool
	company int              // 1 of the primary one, 2 of any
	domain  bool             // conditions on domains are counted apart
	part    filter.Part      // conditions on it are counted apart
	value   filter.ValueKind // 0, or one operand of a condition
}

func (c coverage) note(schema *contact.Schema, f filter.Filter) {
	for path, cond := range f.Conditions() {
		m := met{op: cond.Op(), negated: cond.Negated(), part: cond.Part()}
		if path.OnCompany() {
			f, _ := schema.Companies().Readable(cond.Field())
			m.kind, m.company, m.domain = f.Kind(), 2, f != f.Whole()
		} else if f, ok := schema.Readable(cond.Field()); ok {
			m.kind, m.domain = f.Kind(), f != f.Whole()
		} else if _, name, ok := schema.CompanyField(cond.Field()); ok {
			f, _ := schema.Companies().Readable(name)
			m.kind, m.company, m.domain = f.Kind(), 1, f != f.Whole()
		}
		c[m]++
		for v := range cond.Values() {
			m.value = v.Kind()
			c[m]++
		}
	}
}

// requireAll fails if an operator was never met on a kind it fits.
func (c coverage) requireAll(t testing.TB) {
	for op := filter.Equal; op <= filter.InAllSegments; op++ {
		for _, negated := range []bool{false, true} {
			if op.OnSegments() {
				require.NotZero(t, c[met{op: op, negated: negated}], "%q, negated %v", op, negated)
			}
			if op.Fits(contact.KindText) {
				n := c[met{op: op, kind: contact.KindText, domain: true}] + c[met{op: op, kind: contact.KindText, negated: true, domain: true}]
				require.NotZero(t, n, "%q on a domain", op)
			}
			for kind := contact.KindText; kind <= contact.KindTags; kind++ {
				if op.Fits(kind) {
					require.NotZero(t, c[met{op: op, kind: kind, negated: negated}], "%q on %s, negated %v", op, kind, negated)
				}
			}
		}
	}
}

// requireCompanies fails if an operator was never met on a kind of field of a company.
func (c coverage) requireCompanies(t testing.TB) {
	for op := filter.Equal; op < filter.InSegment; op++ {
		for kind := contact.KindText; kind <= contact.KindTags; kind++ {
			for company := 1; company <= 2 && op.Fits(kind); company++ {
				n := c[met{op: op, kind: kind, company: company}] + c[met{op: op, kind: kind, negated: true, company: company}]
				require.NotZero(t, n, "%q on %s of companies, %d", op, kind, company)
			}
		}
	}
}

// What chance has found once.
func TestFoundByChance(t *testing.T) {
	check(t, filtertest.Case{ // a lone accent folds to nothing, but is not empty
		Schema: contact.MustSchema(
			contact.Text("type"),
		),
		Contacts: []filtertest.Contact{
			{"type": "\u0301"}, {"type": ""}, {},
		},
		Filter: filter.MustParse("type is empty"),
	})
	check(t, filtertest.Case{ // the clocks of Brazil jumped over the midnight behind it
		Schema:   contact.MustSchema(contact.DateTime("seen")),
		Zone:     zone(t, "America/Sao_Paulo"),
		Contacts: []filtertest.Contact{{"seen": time.UnixMilli(1541300399999).UTC()}},
		Filter:   filter.MustParse("seen in (2018-11-03)"),
	})
}

// Some zones are in the year -1 when the calendar begins.
func TestYearBeforeTheCalendar(t *testing.T) {
	for _, text := range []string{"year of seen < 9999", "year of seen = 0", "not year of seen >= 0", "year of seen in (0, 9999)"} {
		check(t, filtertest.Case{
			Schema:   contact.MustSchema(contact.DateTime("seen")),
			Zone:     zone(t, "America/New_York"),
			Contacts: []filtertest.Contact{{"seen": time.UnixMilli(-62167208400001).UTC()}, {"seen": time.UnixMilli(-62167132800000).UTC()}},
			Filter:   filter.MustParse(text),
		})
	}
}

// The clocks of Guam once went back over midnight, from 00:01 to 23:01: the day that had
// begun went on, whatever they showed.
func TestDayThatHasBegunGoesOn(t *testing.T) {
	people := filtertest.Case{Schema: contact.MustSchema(contact.DateTime("at")), Zone: zone(t, "Pacific/Guam")}
	for _, at := range []string{"1969-01-23T20:00:00Z", "1969-01-25T12:30:00Z", "1969-01-25T13:00:00Z", "1969-01-25T13:01:00Z", "1969-01-25T13:30:00Z",
		"1969-01-25T13:59:59.999Z", "1969-01-25T14:01:00Z", "1969-01-27T14:00:00Z"} {
		people.Contacts = append(people.Contacts, filtertest.Contact{"at": instant(at)})
	}
	for _, text := range []string{"at = 1969-01-26", "day of at = 26", "day of at in (24, 26)", "weekday of at in (friday, sunday)", "hour of at = 23", "at is last day of january"} {
		people.Filter, people.Now = filter.MustParse(text), aWednesday
		check(t, people)
	}
	people.Filter = filter.MustParse("day of at in (24, 26)")
	for i, want := range []bool{true, false, true, true, true, true, true, false} {
		require.Equal(t, want, people.Want(i), "contact %d", i+1)
	}
}

// Every instant of an hour around midnight lies on the day that the clocks on the
// wall show, in zones whose clocks jump over midnight, show it twice, or left a day
// out.
func TestDaysWithoutMidnight(t *testing.T) {
	for _, c := range []struct {
		zone string
		day  contact.Day
	}{
		{"America/Sao_Paulo", contact.DayOf(2018, time.November, 4)},
		{"America/Sao_Paulo", contact.DayOf(2018, time.February, 18)},
		{"America/Santiago", contact.DayOf(2024, time.September, 8)},
		{"America/Havana", contact.DayOf(2018, time.November, 4)},
		{"America/Havana", contact.DayOf(2018, time.March, 11)},
		{"Africa/Cairo", contact.DayOf(2014, time.May, 16)},
		{"Africa/Cairo", contact.DayOf(2014, time.September, 26)},
		{"Asia/Amman", contact.DayOf(2021, time.October, 29)},
		{"Asia/Beirut", contact.DayOf(2018, time.March, 25)},
		{"Pacific/Apia", contact.DayOf(2011, time.December, 30)},
		{"Asia/Kathmandu", contact.DayOf(1986, time.January, 1)},
		{"America/Toronto", contact.DayOf(1919, time.March, 31)},
	} {
		schema := contact.MustSchema(contact.DateTime("at"))
		people := filtertest.Case{Schema: schema, Zone: zone(t, c.zone)}
		for d := c.day - 1; d <= c.day+1; d++ {
			midnight := d.In(people.Zone)
			for ms := -26 * time.Hour; ms <= 26*time.Hour; ms += 10 * time.Minute {
				people.Contacts = append(people.Contacts,
					filtertest.Contact{"at": midnight.Add(ms)}, filtertest.Contact{"at": midnight.Add(ms - time.Millisecond)})
			}
		}
		for d := c.day - 1; d <= c.day+1; d++ {
			for _, op := range []string{"=", "<", "<=", ">", ">="} {
				people.Filter = filter.MustParse("at " + op + " " + d.String())
				check(t, people)
			}
		}
	}
}

func FuzzSelect(f *testing.F) {
	addBytes(f, 4, 300)
	f.Fuzz(func(t *testing.T, data []byte) {
		choose := filtertest.FromBytes(data)
		differential(t, choose, storeSize{contacts: choose(16)}, coverage{})
	})
}

// addBytes gives a fuzz target that makes its cases of bytes some to begin with: none, a few,
// and n times size random ones.
func addBytes(f *testing.F, n uint64, size int) {
	f.Add([]byte{})
	f.Add([]byte{3, 1, 0, 1, 2, 7, 200, 13, 5, 99, 4, 4, 8, 1, 250, 17})
	for seed := range n {
		rng := rand.New(rand.NewPCG(seed, 0))
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		f.Add(data)
	}
}
