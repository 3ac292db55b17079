package filter_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// newDoers makes a store of a few contacts that did something.
func newDoers(t testing.TB, choose filtertest.Chooser, contacts, edits int) (*filtertest.Generator, *doers) {
	g := filtertest.New(choose)
	d := &doers{newPeople(t, g.Schema(), g.Zone()), g.Events(), map[contact.ID][]filtertest.Event{}}
	d.fill(t, g, choose, storeSize{contacts: contacts})
	require.NoError(t, d.update(func(tx *contact.Tx) error { return tx.Schema().Add(d.events.Parts()...) }))
	for range edits {
		before := d.store.View()
		require.NoError(t, d.update(func(tx *contact.Tx) error { return d.events.Edit(tx, before, d.contacts, d.did) }))
	}
	return g, d
}

// Up to Next the oracle answers what it answers now, and for a single term it answers
// something else then; and whenever it does, a limit passes an event.
func TestNextOfBehaviour(t *testing.T) {
	seed := testflags.Seed(t)
	found := 0
	for i := range uint64(testflags.Cases(15)) {
		rng := rand.New(rand.NewPCG(seed+i, 17))
		g, d := newDoers(t, filtertest.FromRand(rng), 3, 8)
		for range 8 {
			term := filter.Term(d.events.Behaviour())
			if rng.IntN(4) == 0 {
				term = filter.Nest(d.events.Filter(2))
			}
			program, err := d.compile(g.Zoned(filter.Must(term)))
			require.NoError(t, err)
			require.NotEmpty(t, program.Limits())
			for id := range d.contacts {
				d.setting.Now = d.events.Setting().Now
				for range 3 {
					next, ok := d.checkNext(t, rng, program, id)
					if !ok {
						break
					}
					found++
					d.setting.Now = next
				}
			}
			for _, l := range program.Limits() {
				d.checkPassing(t, rng, l)
			}
		}
	}
	if testflags.Cases(15) >= 40 {
		require.Greater(t, found, 60)
	}
}

// checkNext holds Next for one contact against the oracle.
func (d *doers) checkNext(t *testing.T, rng *rand.Rand, program *filter.Program, id contact.ID) (time.Time, bool) {
	now, v, f := d.setting.Now, d.store.View(), program.Filter()
	belongs, _ := belongsIn(v, d.store.Schema())(id)
	answer := func(at time.Time) bool {
		s := d.setting
		s.Now = at
		h := filtertest.History{Types: d.events.Types(), Events: d.did[id]}
		return filtertest.MatchDid(s, d.store.Schema(), d.contacts[id], belongs, h, f, func(ref string) bool { return d.segments.has(ref, id) })
	}
	next, ok := program.Next(v, id, now)
	end := next
	if !ok {
		end = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).Add(time.Millisecond)
	} else {
		require.True(t, next.After(now), "%s", f)
	}
	events := filtertest.Contact{}
	for i, e := range d.did[id] {
		events[fmt.Sprint(i)] = e.At
	}
	was := answer(now)
	require.Equal(t, was, matchAt(t, program, v, id, now))
	for _, at := range probes(d.people, rng, now, end, append(belongs.Companies, d.contacts[id], events)) {
		if at.After(now) && at.Before(end) {
			require.Equal(t, was, answer(at), "%s at %v: asked at %v, Next is %v %v\ndid %s", f, at, now, next, ok, told(d.did[id]))
		}
	}
	if ok {
		if single(f) {
			require.NotEqual(t, was, answer(next), "%s does not change at %v, asked at %v\ndid %s", f, next, now, told(d.did[id]))
		}
		requirePassed(t, d.people, program, id, now, next)
	}
	return next, ok
}

// single reports whether a filter is one term on behaviour.
func single(f filter.Filter) bool {
	n := 0
	for g := range f.Groups() {
		for term := range g.Terms() {
			if _, ok := term.(filter.Behaviour); !ok {
				return false
			}
			n++
		}
	}
	return n == 1
}

// checkPassing holds Passing and Until against NextOf, event by event.
func (d *doers) checkPassing(t *testing.T, rng *rand.Rand, l *filter.Limit) {
	if l.Over() != filter.OverEvents {
		return
	}
	v, from := d.store.View(), d.events.Setting().Now
	until, more := l.Until(v, from, 1+rng.IntN(8))
	require.True(t, until.After(from) || !more)
	for _, to := range []time.Time{until, from.Add(time.Duration(rng.Int64N(int64(800 * 24 * time.Hour)))), from.Add(time.Millisecond), time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)} {
		got, want := []string{}, []string{}
		l.Passing(v, from, to, func(row contact.ID, value float64, at time.Time) {
			got = append(got, fmt.Sprint(row, value, at))
		})
		span := l.Span(from, to)
		for id, list := range d.did {
			for _, e := range list {
				x := float64(e.At.UnixMilli())
				require.Equal(t, e.Type == l.Event().Name(), e.Type == l.Event().Name() && l.Has(v, id, x))
				at, ok := l.NextOf(v, id, x, from)
				if e.Type != l.Event().Name() || !ok || at.After(to) {
					continue
				}
				require.True(t, span.Lo <= x && x <= span.Hi)
				require.Contains(t, slices.Collect(l.Ahead(v, id, from)), x)
				want = append(want, fmt.Sprint(id, x, at))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		require.Equal(t, want, got, "from %v to %v", from, to)
	}
	require.False(t, l.Has(v, 1, -1))
}

// When an event comes that a program does not read, or a limit comes to one, no answer
// changes.
func TestEventReads(t *testing.T) {
	schema := contact.MustSchema(contact.EventType("mail", contact.Number("campaign"), contact.Text("url"), contact.Text("code").Exact(), contact.Bool("read")), contact.EventType("buy"))
	for text, want := range map[string]string{
		`did mail`:                                                                      "mail",
		`never did mail where (campaign = 17)`:                                          "mail campaign [17]",
		`did mail where (campaign in (3, 17, 3.50))`:                                    "mail campaign [17 3 3.5]",
		`did mail where (campaign = 17 or campaign = -0)`:                               "mail campaign [0 17]",
		`did mail where (campaign = 17 or url = "x")`:                                   "mail",
		`did mail where (campaign != 17)`:                                               "mail",
		`did mail where (not (campaign != 17))`:                                         "mail campaign [17]",
		`did mail where (not (campaign != 17 or url != "X"))`:                           "mail",
		`did mail where (campaign in (1, 2) and url in ("É", "e") and not read = true)`: "mail url [e]",
		`did mail where (code = "É" and (url = "a" or url = "b"))`:                      "mail code [É]",
		`did mail where ((campaign = 1 or campaign = 2) and url contains "b")`:          "mail campaign [1 2]",
		`did mail where (read = false)`:                                                 "mail read [no]",
		"did mail where (url = \"\u0301\")":                                             "mail",
		`did mail where (url is empty)`:                                                 "mail",
		`did mail where (campaign >= 17) then buy without mail where (url = "U")`:       "mail, buy, mail url [u]",
		`sum of campaign of mail where (campaign between 1 and 1) >= 2`:                 "mail",
		`code of last mail where (url = "x") = "y"`:                                     "mail url [x]",
		`mail.campaign = 1`:                                                             "",
	} {
		f, err := filter.Parse(text)
		require.NoError(t, err, text)
		of := schema
		if want == "" {
			of = contact.MustSchema(contact.Number("mail.campaign"))
		}
		program, err := filter.Compile(f, of, nil)
		require.NoError(t, err, text)
		got := ""
		for i, r := range program.EventReads() {
			if i > 0 {
				got += ", "
			}
			if got += r.Event.Name(); !r.Attribute.IsZero() {
				got += fmt.Sprint(" ", r.Attribute.Name(), " ", r.Words)
			}
		}
		require.Equal(t, want, got, text)
	}
}

// What a limit can make of an answer follows from whether an event comes or goes, and from
// what one event more does to the term.
func TestTurnsOfLimits(t *testing.T) {
	schema := contact.MustSchema(contact.DateTime("at"), contact.EventType("hit", contact.Number("n")), contact.EventType("buy"))
	for text, want := range map[string]string{
		`did hit`:                    "true",
		`never did hit`:              "false",
		`not (did hit)`:              "false",
		`did hit in the last 3 days`: "true false",
		`did hit at most 2 times in the last 3 days`:   "false true",
		`not (did not do hit in the last 3 days)`:      "true false",
		`did hit exactly 2 times in the last 3 days`:   "both both",
		`did hit in the last 3 months`:                 "true both",
		`did hit on 3 different days since -36 hours`:  "true false",
		`did hit with 2 different n before today`:      "true true",
		`did not do hit before today`:                  "false false",
		`did hit after today`:                          "true false",
		`did hit on today`:                             "true false true",
		`did hit then buy within 2 days`:               "true true",
		`did hit in the last 3 days then buy`:          "true false true",
		`did hit then buy without hit`:                 "both both",
		`sum of n of hit in the last 3 days > 5`:       "both both",
		`last hit in the last 3 days`:                  "both both",
		`n of first hit in the last 3 days = 1`:        "both both",
		`did hit or did not do hit in the last 3 days`: "both true",
		`did hit or never did buy`:                     "true false",
		`at within the last 3 days`:                    "both both",
	} {
		program, err := filter.Compile(filter.MustParse(text), schema, nil)
		require.NoError(t, err, text)
		var got []string
		for _, l := range program.Limits() {
			toTrue, toFalse := l.Turns()
			require.True(t, toTrue || toFalse, text)
			got = append(got, map[bool]string{true: "both", false: fmt.Sprint(toTrue)}[toTrue && toFalse])
		}
		require.Equal(t, want, strings.Join(got, " "), text)
	}
}

// A program may match if it would whatever is true of behaviour.
func TestMayMatchAt(t *testing.T) {
	schema := contact.MustSchema(contact.Bool("yes"), contact.DateTime("at"), contact.EventType("hit"))
	p := newPeople(t, schema, time.UTC)
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	require.NoError(t, p.update(func(tx *contact.Tx) error {
		return p.insert(tx, filtertest.Contact{"yes": true, "at": now.Add(-time.Hour)})
	}))
	for text, want := range map[string]bool{
		`did hit`:                                true,
		`never did hit`:                          true,
		`did hit and yes = true`:                 true,
		`did hit and yes = false`:                false,
		`never did hit and not (yes = true)`:     false,
		`did hit or yes = false`:                 true,
		`did hit and (yes = false or did hit)`:   true,
		`did hit and at within the last 1 hour`:  false,
		`did hit and at within the last 2 hours`: true,
		`yes = true`:                             true,
		`not (did hit or yes = true)`:            false,
		`not (did hit and yes = true)`:           true,
	} {
		program, err := p.compile(filter.MustParse(text))
		require.NoError(t, err, text)
		require.Equal(t, want, program.MayMatchAt(p.store.View(), 1, now), text)
		require.False(t, program.MayMatchAt(p.store.View(), 2, now), text)
	}
}
