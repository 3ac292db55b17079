package filter_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/pace"
)

// withEvents returns a schema that also declares types of events, given by the schemas of
// their attributes.
func withEvents(t testing.TB, schema *contact.Schema, types map[string]*contact.Schema) *contact.Schema {
	t.Helper()
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		return tx.Schema().Add(filtertest.EventParts(types)...)
	}))
	return store.Schema()
}

var sampleTypes = map[string]*contact.Schema{
	"page.hit": contact.MustSchema(contact.Text("url"), contact.Number("seconds"), contact.Bool("new")),
	"purchase": contact.MustSchema(contact.Number("amount"), contact.Text("secret").NotForSegments()),
	"login":    contact.MustSchema(),
}

// Check looks at types, attributes and what is asked of them.
func TestCheckBehaviour(t *testing.T) {
	bare := contact.MustSchema(contact.Number("points"), contact.Companies(contact.Text("industry")))
	schema := withEvents(t, bare, sampleTypes)
	for _, text := range []string{
		`did page.hit where (url contains "/a" and not (seconds > 5 or new = true)) at least 3 times in the last 7 days`, `never did login`, `did login on 3 different days`,
		`did page.hit with 2 different url`, `did page.hit with 2 different new`, `sum of amount of purchase > 5`, `max of seconds of page.hit = 1`,
		`count of url of page.hit > 3`, `first purchase since today`, `url of last page.hit starts with "/"`, `amount of last purchase between 1 and 2`, `new of first page.hit = true`, `url of last page.hit is empty`,
		`did page.hit where (url = "a") then purchase where (amount > 1) within 1 day without login`, `did login and points > 5`,
	} {
		f := filter.MustParse(text)
		require.NoError(t, filter.Check(f, schema, nil), text)
		err := filter.Check(f, bare, nil)
		require.EqualError(t, err, "filter: or[0].and[0]: there are no event types here", text)
		_, err = filter.Compile(f, bare, nil)
		require.EqualError(t, err, "filter: or[0].and[0]: there are no event types here", text)
	}
	for text, want := range map[string]string{
		`did page.hti`:                                       `or[0].and[0]: there is no event type "page.hti", did you mean "page.hit"?`,
		`did zzz`:                                            `or[0].and[0]: there is no event type "zzz"`,
		`did login then purchse`:                             `or[0].and[0]: there is no event type "purchse", did you mean "purchase"?`,
		`did login then login without purchse`:               `or[0].and[0]: there is no event type "purchse", did you mean "purchase"?`,
		`did page.hit where (urll = "x")`:                    `or[0].and[0].where.or[0].and[0]: attribute "urll": there is no such attribute, did you mean "url"?`,
		`did login where (zzz = "x")`:                        `or[0].and[0].where.or[0].and[0]: attribute "zzz": there is no such attribute`,
		`did page.hit where (url > 5)`:                       `or[0].and[0].where.or[0].and[0]: attribute "url": ">" does not fit a text field; it takes =, in, like, contains, starts with, ends with, matches, is empty`,
		`did page.hit where (seconds = "5")`:                 `or[0].and[0].where.or[0].and[0]: attribute "seconds": a number field is compared with a number, not with the text "5"`,
		`did page.hit where (url.domain = "x")`:              `or[0].and[0].where.or[0].and[0]: attribute "url.domain": field "url" has no domain: it is not declared as one of e-mail addresses`,
		`did page.hit where (points = 5)`:                    `or[0].and[0].where.or[0].and[0]: attribute "points": there is no such attribute`,
		`did page.hit where (company.industry = "x")`:        `or[0].and[0].where.or[0].and[0]: attribute "company.industry": there is no such attribute`,
		`did purchase where (secret = "x")`:                  `or[0].and[0].where.or[0].and[0]: attribute "secret": the field is not available for segments`,
		`did page.hit where (in segment vip)`:                `or[0].and[0].where.or[0].and[0]: inside "where" there are only conditions on attributes of the event`,
		`did page.hit where (any company (industry = "x"))`:  `or[0].and[0].where.or[0].and[0]: inside "where" there are only conditions on attributes of the event`,
		`did page.hit where (did login)`:                     `or[0].and[0].where.or[0].and[0]: inside "where" there are only conditions on attributes of the event`,
		`any company (did login)`:                            `or[0].and[0].or[0].and[0]: inside "any company" there are only fields of companies, no behaviour: companies do nothing`,
		`points = 1 and did login then page.hit where (x=1)`: `or[0].and[1].then.where.or[0].and[0]: attribute "x": there is no such attribute`,
		`did page.hit with 2 different urll`:                 `or[0].and[0]: attribute "urll": there is no such attribute, did you mean "url"?`,
		`sum of url of page.hit > 5`:                         `or[0].and[0]: attribute "url": a text attribute has no sum; a number has`,
		`average of new of page.hit > 5`:                     `or[0].and[0]: attribute "new": a bool attribute has no average; a number has`,
		`url of last page.hit > 5`:                           `or[0].and[0]: attribute "url": ">" does not fit a text field; it takes =, in, like, contains, starts with, ends with, matches, is empty`,
		`count of secret of purchase > 5`:                    `or[0].and[0]: attribute "secret": the attribute is not available for segments`,
		`zzz of last page.hit = 5`:                           `or[0].and[0]: attribute "zzz": there is no such attribute`,
	} {
		require.EqualError(t, filter.Check(filter.MustParse(text), schema, nil), "filter: "+want, text)
	}
	both := filter.Check(filter.MustParse(`did page.hit where (a = 1 and b = 2) with 2 different c`), schema, nil)
	require.EqualError(t, both, "filter: or[0].and[0].where.or[0].and[0]: attribute \"a\": there is no such attribute\nfilter: or[0].and[0].where.or[0].and[1]: attribute \"b\": there is no such attribute\nfilter: or[0].and[0]: attribute \"c\": there is no such attribute")
}

// Filters that differ in order, nesting and what is said twice have one normal form, also
// within a term on behaviour.
func TestNormalBehaviour(t *testing.T) {
	for _, same := range [][]string{
		{`did a where (x = 1 and y = 2)`, `did a where (y = 2 and x = 1)`, `did a where (y = 2 and (x = 1 and y in (2)))`, `did a where (x = 1 and y = 2) on 1 different days`, `did a where (x = 1 and y = 2) and did a where (y = 2 and x = 1)`},
		{`never did a where (x in (1, 2))`, `not did a where (x in (2, 1, 1))`, `did a where (x in (1, 2)) on at most 0 different days`},
		{`did a from 2026-01-01 to 2026-01-01`, `did a on 2026-01-01`},
		{`x of last a in (1, 2)`, `x of last a in (2, 1)`}, {`x of last a != 1`, `x of last a not in (1)`}, {`sum of x of a between 3 and 3`, `sum of x of a = 3`},
		{`did b or c = 1 or did a`, `did a or did b or c = 1`, `not (never did b and c != 1 and never did a)`}, {`did a at most 3 times`, `not did a at least 4 times`},
		{`did a then b where (x = 1 or y = 2) without c where (z in (1, 2))`, `did a then b where (y = 2 or x = 1) without c where (z in (2, 1))`},
	} {
		first := filter.MustParse(same[0])
		normal, err := first.Normal()
		require.NoError(t, err)
		for _, text := range same {
			f := filter.MustParse(text)
			n, err := f.Normal()
			require.NoError(t, err)
			require.Equal(t, normal.String(), n.String(), text)
			require.True(t, normal.Equal(n))
			require.Equal(t, first.Fingerprint(), f.Fingerprint(), text)
			again, err := n.Normal()
			require.NoError(t, err)
			require.True(t, again.Equal(n), text)
			require.Equal(t, n.Fingerprint(), f.Fingerprint(), text)
		}
	}
	f, err := filter.MustParse(`did b and did a and x = 1 and never did a`).Normal()
	require.NoError(t, err)
	require.Equal(t, `x = 1 and did a and never did a and did b`, f.String())
}

// The time for a normal form and a fingerprint does not double with each level of what is
// in a term.
func TestNormalOfNestedTerms(t *testing.T) {
	const levels = 300
	for _, open := range []string{"any company (", "did a where (", "never did a then b where (", "no company (x = 1 and ("} {
		f := filter.MustParse(strings.Repeat(open, levels) + "a = 1" + strings.Repeat(")", strings.Count(open, "(")*levels))
		done := make(chan filter.Fingerprint, 1)
		go func() {
			n, err := f.Normal()
			if err == nil {
				done <- n.Fingerprint()
			}
		}()
		select {
		case key := <-done:
			require.Equal(t, key, f.Fingerprint())
		case <-time.After(pace.Patience):
			require.Fail(t, "it takes too long", open)
		}
	}
}

func TestLintBehaviour(t *testing.T) {
	schema := contact.MustSchema(contact.Text("tz"), contact.EventType("x", contact.Number("a")), contact.EventType("y"))
	for _, c := range [][2]string{
		{`did x in the last 0 days in zone "Europe/Berlin"`, ``}, {`did x in the last 0 months in zone of tz else "UTC"`, ``}, // see TestWindowOfNoDays
		{`did x in the last 0 hours in zone "Europe/Berlin"`, `contradiction: the period is empty, so no contact meets it; write a number of units of at least 1`},
		{`did x in the last 0 days`, `contradiction: the period is empty, so no contact meets it; write a number of units of at least 1`},
		{`did not do x in the last 0 hours`, `always true: the period is empty, so every contact meets it; write a number of units of at least 1`},
		{`did x at most 3 times in the last 0 days`, `always true: the period is empty, so every contact meets it; write a number of units of at least 1`},
		{`sum of a of x in the last 0 days >= 0`, `always true: the period is empty, so every contact meets it; write a number of units of at least 1`},
		{`sum of a of x in the last 0 days in (1, 2)`, `contradiction: the period is empty, so no contact meets it; write a number of units of at least 1`},
		{`average of a of x in the last 0 days != 0`, `always true: the period is empty, so every contact meets it; write a number of units of at least 1`},
		{`a of last x in the last 0 days is empty`, `always true: the period is empty, so every contact meets it; write a number of units of at least 1`},
		{`a of last x in the last 0 days != 1`, `always true: the period is empty, so every contact meets it; write a number of units of at least 1`},
		{`last x in the last 0 days`, `contradiction: the period is empty, so no contact meets it; write a number of units of at least 1`},
		{`did x from 2026-02-01 to 2026-01-01`, `empty range: the period ends before it begins, so no contact meets it; did you mean from 2026-01-01 to 2026-02-01?`},
		{`did x then y within 0 days`, `contradiction: the second step is later than the first, so it cannot come within no time, so no contact meets it; write a number of units of at least 1`},
		{`did x from 2026-01-01 to 2026-01-01`, ``}, {`did x from 2026-02-01 to 2026-01-01T00:00:00Z`, ``}, {`did x from today to yesterday`, ``}, {`did x`, ``}, {`did x then y`, ``}, {`did x in the last 1 second`, ``},
	} {
		got := ""
		findings, err := filter.Lint(filter.MustParse(c[0]), schema, nil)
		require.NoError(t, err)
		for _, f := range findings {
			require.True(t, strings.HasPrefix(c[0], f.Part))
			got += string(f.Kind) + ": " + f.Text + "; " + f.Suggestion
		}
		require.Equal(t, c[1], got, c[0])
	}
}

// In an hour that clocks show for the second time a window of no days is not empty: the
// filter's clock stands still, and the window reaches back to the instant that first showed
// the same.
func TestWindowOfNoDays(t *testing.T) {
	now := instant("2026-10-25T01:30:00Z")
	h := filtertest.History{Types: map[string]*contact.Schema{"x": contact.MustSchema()}, Events: []filtertest.Event{{Type: "x", At: now.Add(-10 * time.Minute)}}}
	schema := contact.MustSchema(contact.EventType("x"))
	store, err := contact.New(schema, &contact.Options{Clock: contacttest.NewClock(now)})
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		_, err := tx.Insert(nil)
		return errors.Join(err, tx.Record(1, contact.Event{Type: "x", At: h.Events[0].At}))
	}))
	for text, want := range map[string]bool{
		`did x in the last 0 days in zone "Europe/Berlin"`: true, `did x in the last 0 hours in zone "Europe/Berlin"`: false, `did x in the last 0 days`: false,
	} {
		f := filter.MustParse(text)
		require.Equal(t, want, filtertest.MatchDid(filtertest.Setting{Now: now}, schema, nil, filtertest.Belongs{}, h, f, nil), text)
		p, err := filter.Compile(f, schema, nil)
		require.NoError(t, err)
		require.Equal(t, want, p.At(now).Match(store.View(), 1), text)
	}
}

// A period that reaches back to before what is kept is told: by how long events were kept
// when some were last forgotten.
func TestLintForgotten(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Text("tz"), contact.EventType("x", contact.Number("a")), contact.EventType("y")),
		&contact.Options{Clock: contacttest.NewClock(instant("2026-11-25T10:00:00Z"))})
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error { return tx.ForgetEvents(instant("2026-08-27T10:00:00Z"), "x") }))
	const gone = "events of x before 2026-08-27T10:00:00Z are forgotten"
	const asOf = gone + ", as of 2026-11-25T10:00:00Z"
	for _, c := range [][2]string{
		{`did x in the last 90 days`, ``}, {`did x in the last 91 days`, asOf}, {`never did x in the last 2160 hours`, ``}, {`did x in the last 2161 hours`, asOf}, {`did x at least 3 times in the last 1 year`, asOf},
		{`did x since 2026-08-28`, ``}, {`did x since 2026-08-27`, gone}, {`did x from 2026-01-01 to 2026-12-31`, gone}, {`did x on 2026-08-26`, gone}, {`did x since -3 months`, asOf}, {`did x since -2 months`, ``},
		{`did x`, ``}, {`never did x`, ``}, {`did x before 2026-08-28`, ``}, {`did x before 2026-08-20`, gone}, {`last x before -1 year`, asOf}, {`first x since -1 month`, ``}, {`sum of a of x in the last 1 year > 5`, asOf},
		{`did y in the last 1 year`, ``}, {`did y then x`, ``}, {`did x in the last 1 year then y`, asOf}, {`a of last x in the last 100 days = 1`, asOf},
		{`did x in the last 91 days in zone of tz else "UTC"`, ``}, {`did x in the last 93 days in zone of tz else "UTC"`, asOf},
	} {
		findings, err := filter.Lint(filter.MustParse(c[0]), store.Schema(), nil)
		require.NoError(t, err)
		got := ""
		for _, f := range findings {
			require.Equal(t, filter.Forgotten, f.Kind)
			require.Equal(t, "ask for a shorter period, or keep events longer than 90 days", f.Suggestion)
			got += f.Text
		}
		if c[1] != "" {
			c[1] = "the period reaches back further than what is kept: " + c[1]
		}
		require.Equal(t, c[1], got, c[0])
	}
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error { return tx.ForgetEvents(instant("2026-12-25T10:00:00Z"), "x") }))
	findings, err := filter.Lint(filter.MustParse("did x in the last 1 day"), store.Schema(), nil)
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Equal(t, "they were forgotten up to a time that is still to come: nothing is found before it", findings[0].Suggestion)
}
