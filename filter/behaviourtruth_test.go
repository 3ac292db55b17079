package filter_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// doings are the types of events in the tables below.
var doings = map[string]*contact.Schema{
	"hit":    contact.MustSchema(contact.Text("url"), contact.Number("sec"), contact.Text("code").Exact(), contact.Bool("new")),
	"buy":    contact.MustSchema(contact.Number("amount")),
	"ticket": contact.MustSchema(),
}

// history reads what somebody did: "hit 2026-11-24T09:00Z url=/a sec=5; buy …".
func history(text string) filtertest.History {
	h := filtertest.History{Types: doings}
	for _, one := range strings.Split(text, ";") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		e := filtertest.Event{Type: words[0], At: instant(words[1]), Attrs: filtertest.Contact{}}
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			e.Attrs[name] = value
			if x, err := strconv.ParseFloat(value, 64); err == nil && name != "code" {
				e.Attrs[name] = x
			}
			if name == "new" {
				e.Attrs[name] = value == "true"
			}
		}
		h.Events = append(h.Events, e)
	}
	return h
}

// A behaviourSheet says of whom a term on behaviour holds: + and . in the order of the
// people. Its complement holds of the others.
type behaviourSheet struct {
	name   string
	now    string
	zone   string
	people []string // what each did
	rows   [][2]string
}

var behaviourSheets = []behaviourSheet{{
	name: "how often and when", now: "2026-11-25T10:00:00Z",
	people: []string{
		``,
		`hit 2026-11-18T10:00:00Z`,
		`hit 2026-11-18T10:00:00.001Z`,
		`hit 2026-11-25T10:00:00Z`,
		`hit 2026-11-25T10:00:00.001Z`, // in the future
		`hit 2026-11-24T08:00:00Z; hit 2026-11-25T01:00:00Z; hit 2026-11-24T20:00:00Z; buy 2026-11-25T10:00:00Z`,
	},
	rows: [][2]string{
		{`did hit`, `. + + + . +`}, {`did buy`, `. . . . . +`}, {`did ticket`, `. . . . . .`},
		{`did hit in the last 7 days`, `. . + + . +`}, {`did hit in the last 168 hours`, `. . + + . +`}, {`did hit in the last 1 week`, `. . + + . +`}, {`did hit in the last 0 days`, `. . . . . .`},
		{`did hit in the last 1 second`, `. . . + . .`}, {`did hit in the last 1 month`, `. + + + . +`}, {`did hit 2 times in the last 26 hours`, `. . . . . +`}, {`did hit 3 times in the last 26 hours`, `. . . . . .`},
		{`did hit at least 2 times`, `. . . . . +`}, {`did hit at least 3 times`, `. . . . . +`}, {`did hit at least 4 times`, `. . . . . .`}, {`did hit at most 0 times`, `+ . . . + .`}, {`did hit at most 1 time`, `+ + + + + .`}, {`did hit at most 3 times`, `+ + + + + +`},
		{`did hit exactly 1 time`, `. + + + . .`}, {`did hit exactly 3 times`, `. . . . . +`}, {`did hit exactly 0 times`, `+ . . . + .`},
		{`did hit on 1 different day`, `. + + + . +`}, {`did hit on 2 different days`, `. . . . . +`}, {`did hit on 3 different days`, `. . . . . .`}, {`did hit on exactly 1 different day`, `. + + + . .`}, {`did hit on at most 1 different day`, `+ + + + + .`}, {`did hit on at most 0 different days`, `+ . . . + .`},
		{`did hit on 2 different days since 2026-11-25`, `. . . . . .`},
		{`did hit since 2026-11-25`, `. . . + . +`}, {`did hit after 2026-11-24`, `. . . + . +`}, {`did hit after 2026-11-25`, `. . . . . .`}, {`did hit before 2026-11-25`, `. + + . . +`}, {`did hit until 2026-11-18`, `. + + . . .`}, {`did hit before 2026-11-18`, `. . . . . .`},
		{`did hit on 2026-11-24`, `. . . . . +`}, {`did hit on this week`, `. . . + . +`}, {`did hit on last week`, `. + + . . .`}, {`did hit 2 times on yesterday`, `. . . . . +`}, {`did hit on 7 days ago`, `. + + . . .`}, {`did hit on now`, `. . . + . .`},
		{`did hit from 2026-11-18 to 2026-11-24`, `. + + . . +`}, {`did hit from 2026-11-19 to today`, `. . . + . +`}, {`did hit from today to yesterday`, `. . . . . .`},
		{`did hit since 2026-11-18T10:00:00.001Z`, `. . + + . +`}, {`did hit after 2026-11-18T10:00:00.001Z`, `. . . + . +`}, {`did hit until 2026-11-18T10:00:00Z`, `. + . . . .`}, {`did hit on 2026-11-18T10:00:00.001Z`, `. . + . . .`}, {`did hit since 2027-01-01`, `. . . . . .`}, {`did hit until 2027-01-01`, `. + + + . +`},
		{`first hit since 2026-11-18T10:00:00.001Z`, `. . + + . +`}, {`first hit since 2026-11-25`, `. . . + . .`}, {`last hit since 2026-11-25`, `. . . + . +`}, {`last hit in the last 7 days`, `. . + + . +`}, {`first hit before -6 days`, `. + + . . .`}, {`last hit until 2026-11-24`, `. + + . . .`}, {`first hit on yesterday`, `. . . . . +`},
	},
}, {
	name: "what the events are like", now: "2026-11-25T10:00:00Z",
	people: []string{
		``,
		`hit 2026-11-20T10:00:00Z url=/a sec=5 code=X new=true`,
		`hit 2026-11-22T10:00:00Z url=/b sec=7 code=x; hit 2026-11-20T10:00:00Z url=/A sec=5 code=X`,
		`hit 2026-11-20T10:00:00Z url=/a sec=1; hit 2026-11-20T10:00:00Z url=/b sec=2`, // tied
		`hit 2026-11-20T10:00:00Z`,
		`hit 2026-11-20T10:00:00Z url= sec=-3; hit 2026-11-22T10:00:00Z url=/a sec=3; hit 2026-11-26T10:00:00Z url=/c sec=100`,
	},
	rows: [][2]string{
		{`did hit where (url = "/a")`, `. + + + . +`}, {`did hit where (url = "/a" and sec = 7)`, `. . . . . .`}, {`did hit where (url = "/a") and did hit where (sec = 7)`, `. . + . . .`}, {`did hit where (url is empty)`, `. . . . + +`},
		{`did hit where (sec > 1 and not (url = "/b" or sec > 6))`, `. + + . . +`}, {`did hit where (url != "/a")`, `. . + + + +`}, {`did hit where (new = true)`, `. + . . . .`}, {`did hit where (url = "/a" or url = "/b") exactly 2 times`, `. . + + . .`},
		{`did hit with 2 different url`, `. . + + . .`}, {`did hit with at least 1 different url`, `. + + + . +`}, {`did hit with exactly 1 different url`, `. + . . . +`}, {`did hit with at most 0 different url`, `+ . . . + .`}, {`did hit with 2 different code`, `. . + . . .`}, {`did hit with 1 different new`, `. + . . . .`}, {`did hit with exactly 2 different sec`, `. . + + . +`},
		{`sum of sec of hit >= 5`, `. + + . . .`}, {`sum of sec of hit = 0`, `+ . . . + +`}, {`sum of sec of hit != 0`, `. + + + . .`}, {`sum of sec of hit in (3, 12)`, `. . + + . .`}, {`sum of sec of hit since 2026-11-22 > 0`, `. . + . . +`}, {`sum of sec of hit where (url = "/b") = 2`, `. . . + . .`}, {`not sum of sec of hit > 4`, `+ . . + + +`},
		{`count of sec of hit = 2`, `. . + + . +`}, {`count of sec of hit < 1`, `+ . . . + .`}, {`count of url of hit = 1`, `. + . . . +`}, {`count of new of hit between 1 and 2`, `. + . . . .`},
		{`average of sec of hit = 6`, `. . + . . .`}, {`average of sec of hit < 6`, `. + . + . +`}, {`not average of sec of hit < 6`, `+ . + . + .`}, {`average of sec of hit != 6`, `+ + . + + +`}, {`average of sec of hit = 1.5`, `. . . + . .`},
		{`min of sec of hit <= 1`, `. . . + . +`}, {`max of sec of hit between 2 and 5`, `. + . + . +`}, {`max of sec of hit > -1000`, `. + + + . +`}, {`min of sec of hit where (sec > 100) < 0`, `. . . . . .`},
		{`url of last hit = "/b"`, `. . + + . .`}, {`url of last hit = "/a"`, `. + . + . +`}, {`url of last hit != "/a"`, `+ . + . + .`}, {`url of first hit = "/a"`, `. + + + . .`}, {`url of first hit is empty`, `+ . . . + +`}, {`url of last hit is not empty`, `. + + + . +`}, {`url of last hit starts with "/"`, `. + + + . +`},
		{`sec of last hit > 1`, `. + + + . +`}, {`sec of last hit = 1`, `. . . + . .`}, {`not sec of last hit = 1`, `+ + + . + +`}, {`url of last hit where (sec < 6) = "/a"`, `. + + + . +`}, {`url of last hit before 2026-11-21 = "/a"`, `. + + + . .`}, {`url of last hit since 2026-11-21 is empty`, `+ + . + + .`},
		{`last hit where (url = "/a") since 2026-11-22`, `. . . . . +`}, {`first hit where (sec > 5) since 2026-11-22`, `. . + . . .`}, {`new of first hit = true`, `. + . . . .`}, {`code of first hit = "X"`, `. + + . . .`}, {`code of last hit = "X"`, `. + . . . .`},
	},
}, {
	name: "in what order", now: "2026-11-25T10:00:00Z",
	people: []string{
		`hit 2026-11-10T10:00:00Z`,
		`buy 2026-11-12T10:00:00Z amount=10; hit 2026-11-10T10:00:00Z url=/a`,
		`hit 2026-11-10T10:00:00Z; buy 2026-11-17T10:00:00Z`,
		`hit 2026-11-10T10:00:00Z; buy 2026-11-10T10:00:00Z`,
		`hit 2026-11-10T10:00:00Z; buy 2026-11-09T10:00:00Z; buy 2026-11-26T10:00:00Z`,
		`hit 2026-11-10T10:00:00Z; ticket 2026-11-11T10:00:00Z; buy 2026-11-12T10:00:00Z`,
		`hit 2026-11-10T10:00:00Z; ticket 2026-11-11T10:00:00Z; hit 2026-11-11T12:00:00Z; buy 2026-11-12T10:00:00Z`,
		`hit 2026-11-10T10:00:00Z; ticket 2026-11-12T10:00:00Z; ticket 2026-11-10T10:00:00Z; buy 2026-11-12T10:00:00Z`,
	},
	rows: [][2]string{
		{`did hit then buy`, `. + + . . + + +`}, {`did hit then buy within 7 days`, `. + . . . + + +`}, {`did hit then buy within 168 hours`, `. + . . . + + +`}, {`did hit then buy within 8 days`, `. + + . . + + +`}, {`did hit then buy within 0 days`, `. . . . . . . .`},
		{`did hit then buy without ticket`, `. + + . . . + +`}, {`did hit then buy within 1 day without ticket`, `. . . . . . + .`}, {`did hit then buy within 2 days`, `. . . . . . + .`}, {`did hit since 2026-11-11 then buy`, `. . . . . . + .`}, {`did hit then hit`, `. . . . . . + .`}, {`did buy then hit`, `. . . . + . . .`},
		{`did hit then buy where (amount > 5)`, `. + . . . . . .`}, {`did hit where (url = "/a") then buy`, `. + . . . . . .`}, {`did hit where (url is empty) then buy`, `. . + . . + + +`}, {`did hit then hit without buy`, `. . . . . . + .`}, {`did hit in the last 14 days then buy within 1 day`, `. . . . . . + .`},
		{`did hit then ticket`, `. . . . . + + +`}, {`did hit then ticket without hit`, `. . . . . + + +`}, {`did ticket then buy without hit`, `. . . . . + . +`},
	},
}, {
	// Clocks are put back from 3:00 to 2:00 on 2026-10-25.
	name: "where clocks are put back", now: "2026-10-25T11:00:00Z", zone: "Europe/Zurich",
	people: []string{
		`hit 2026-10-24T10:00:00Z; buy 2026-10-25T10:59:59.999Z`,
		`hit 2026-10-24T10:00:00.001Z; buy 2026-10-25T11:00:00Z`,
		`hit 2026-10-24T11:00:00Z; hit 2026-10-24T22:00:00Z; buy 2026-10-25T11:00:00Z`,
		`hit 2026-10-24T11:00:00.001Z; hit 2026-10-24T21:59:59.999Z`,
	},
	rows: [][2]string{
		{`did hit in the last 1 day`, `. + + +`}, {`did hit in the last 24 hours`, `. . + +`}, {`did hit exactly 2 times in the last 24 hours`, `. . . +`}, {`did hit on 2 different days`, `. . + .`}, {`did hit since today`, `. . + .`}, {`did hit until yesterday`, `+ + + +`},
		{`did hit then buy within 1 day`, `+ + + .`}, {`did hit then buy within 24 hours`, `. . + .`}, {`did hit before 2026-10-25 then buy within 1 day`, `+ + + .`}, {`did hit on yesterday then buy within 24 hours`, `. . . .`},
		{`did hit on 2 different days in zone "UTC"`, `. . . .`}, {`did hit in the last 1 day in zone "UTC"`, `. . + +`}, {`did hit on 2 different days in zone of tz else "UTC"`, `. . . .`},
	},
}, {
	name: "at the end of a month", now: "2026-03-31T10:00:00Z",
	people: []string{`hit 2026-02-28T10:00:00Z`, `hit 2026-02-28T10:00:00.001Z; buy 2026-03-28T10:00:00Z`, `hit 2026-01-31T10:00:00Z; buy 2026-02-28T09:59:59.999Z`, `hit 2026-01-31T10:00:00Z; buy 2026-02-28T10:00:00Z`},
	rows: [][2]string{
		{`did hit in the last 1 month`, `. + . .`}, {`did hit in the last 2 months`, `+ + . .`}, {`did hit in the last 1 quarter`, `+ + + +`}, {`did hit then buy within 1 month`, `. + + .`},
	},
}}

// The oracle says what the tables say, of each term and of its complement, whatever the
// order of the events.
func TestOracleOnBehaviour(t *testing.T) {
	for _, s := range behaviourSheets {
		zone := time.UTC
		if s.zone != "" {
			var err error
			zone, err = time.LoadLocation(s.zone)
			require.NoError(t, err)
		}
		setting := filtertest.Setting{Zone: zone, Now: instant(s.now)}
		schema := contact.MustSchema(contact.Text("tz"))
		for _, row := range s.rows {
			f := filter.MustParse(row[0])
			unzoned := withoutZone(t, f)
			complement, err := filter.Must(filter.Not(filter.Nest(unzoned))).WithZone(f.Zone())
			require.NoError(t, err)
			require.NoError(t, filter.Check(f, withEvents(t, schema, doings), nil), row[0])
			var got []string
			for _, did := range s.people {
				h := history(did)
				holds := filtertest.MatchDid(setting, schema, nil, filtertest.Belongs{}, h, f, nil)
				require.NotEqual(t, holds, filtertest.MatchDid(setting, schema, nil, filtertest.Belongs{}, h, complement, nil), "%s: %s and %s of %q", s.name, f, complement, did)
				for i := range h.Events { // turned round
					h.Events[0], h.Events[i] = h.Events[i], h.Events[0]
				}
				require.Equal(t, holds, filtertest.MatchDid(setting, schema, nil, filtertest.Belongs{}, h, f, nil), row[0])
				got = append(got, map[bool]string{true: "+", false: "."}[holds])
			}
			require.Equal(t, row[1], strings.Join(got, " "), "%s: %s", s.name, row[0])
		}
	}
}

// So does the engine.
func TestBehaviourTruthTable(t *testing.T) {
	for _, s := range behaviourSheets {
		zone := time.UTC
		if s.zone != "" {
			zone, _ = contact.LoadZone(s.zone)
		}
		p := newPeople(t, withEvents(t, contact.MustSchema(contact.Text("tz")), doings), zone)
		p.setting.Now = instant(s.now)
		require.NoError(t, p.update(func(tx *contact.Tx) error {
			for _, did := range s.people {
				id, err := tx.Insert(nil)
				for _, e := range history(did).Events {
					if err == nil {
						err = tx.Record(id, contact.Event{Type: e.Type, At: e.At, Attrs: contact.Values(e.Attrs)})
					}
				}
				if err != nil {
					return err
				}
			}
			return nil
		}))
		v := p.store.View()
		for _, row := range s.rows {
			program, err := p.compile(filter.MustParse(row[0]))
			require.NoError(t, err, row[0])
			_, err = program.Select(context.Background(), v)
			require.ErrorIs(t, err, filter.ErrNoTime, row[0])
			program = program.At(p.setting.Now)
			set, err := program.Select(context.Background(), v)
			require.NoError(t, err)
			var got []string
			for i := range s.people {
				holds := set.Contains(contact.ID(i + 1))
				require.Equal(t, holds, program.Match(v, contact.ID(i+1)), "%s: contact %d", row[0], i+1)
				got = append(got, map[bool]string{true: "+", false: "."}[holds])
			}
			require.Equal(t, row[1], strings.Join(got, " "), "%s: %s", s.name, row[0])
		}
	}
}

// behaviourTable shows a sheet: a list of what each did, and who is found.
func behaviourTable(t *testing.T, name string) string {
	for _, s := range behaviourSheets {
		if s.name != name {
			continue
		}
		var b strings.Builder
		head, line := []string{""}, "|---|"
		for i, did := range s.people {
			who := string(rune('A' + i))
			head, line = append(head, who), line+"---|"
			if did == "" {
				did = "nothing"
			}
			b.WriteString("- " + who + ": " + did + "\n")
		}
		b.WriteString("\n" + rowOf(append(head, "all others")...) + line + "---|\n")
		for _, row := range s.rows {
			f := filter.MustParse(row[0])
			complement, err := filter.Must(filter.Not(filter.Nest(withoutZone(t, f)))).WithZone(f.Zone())
			require.NoError(t, err)
			cells := []string{code(f.String())}
			for _, say := range strings.Fields(row[1]) {
				cells = append(cells, mark(say == "+"))
			}
			b.WriteString(rowOf(append(cells, code(complement.String()))...))
		}
		return b.String()
	}
	require.Fail(t, "no sheet "+name)
	return ""
}

// Sums are exact and rounded once, whatever the order, and times are cut.
func TestOracleOnNumbersOfBehaviour(t *testing.T) {
	dime := `hit 2026-11-20T10:00:00Z sec=0.1;`
	for _, c := range []struct{ did, term string }{
		{strings.Repeat(dime, 10), `sum of sec of hit = 1`}, {strings.Repeat(dime, 3), `average of sec of hit = 0.1`},
		{`hit 2026-11-20T10:00:00Z sec=1e300; hit 2026-11-20T10:00:00Z sec=1; hit 2026-11-20T10:00:00Z sec=-1e300`, `sum of sec of hit = 1`},
		{`hit 2026-11-20T10:00:00Z sec=1e308; hit 2026-11-21T10:00:00Z sec=1e308`, `sum of sec of hit > 1.7e308`},
		{`hit 2026-11-20T10:00:00Z sec=1e308; hit 2026-11-21T10:00:00Z sec=1e308`, `average of sec of hit = 1e308`},
		{`hit 2026-11-25T10:00:00.000999Z`, `did hit until 2026-11-25T10:00:00Z`}, // cut to the millisecond
	} {
		require.True(t, filtertest.MatchDid(filtertest.Setting{Now: aWednesday}, contact.MustSchema(), nil, filtertest.Belongs{}, history(c.did), filter.MustParse(c.term), nil), c.term)
	}
}
