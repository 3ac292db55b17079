package filter_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// A filter compiled with the calendar of the schema means what it means compiled with
// the same as options; and one that is not dated means the same under every calendar.
func TestSchemaCalendar(t *testing.T) {
	seed, cases := testflags.Seed(t), testflags.Cases(50)
	dated, moved := 0, 0
	for i := range uint64(cases) {
		r := rand.New(rand.NewPCG(seed, i))
		choose := filtertest.FromRand(r)
		g := filtertest.New(choose)
		store, err := contact.New(g.Schema(), nil)
		require.NoError(t, err)
		contacts := map[contact.ID]filtertest.Contact{}
		require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
			for range 30 {
				if err := g.Insert(tx, contacts, g.Contact()); err != nil {
					return err
				}
			}
			return nil
		}))
		segments := &members{has: everyThird, known: g.Segments()}
		other := &filter.CompileOptions{Segments: segments, Zone: time.FixedZone("east", 14*3600), WeekStart: 3, LeapDayInMarch: true}
		for range 20 {
			c := contact.Calendar{Zone: "America/St_Johns", WeekStart: 1 + r.IntN(7), LeapDayInMarch: r.IntN(2) == 0}
			require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error { return tx.Schema().SetCalendar(c) }))
			loc, err := c.Location()
			require.NoError(t, err)
			f, now, v := g.Zoned(g.Filter(r.IntN(4))), g.Moment(), store.View()
			selected := func(schema *contact.Schema, opts *filter.CompileOptions) (*filter.Program, []contact.ID) {
				p, err := filter.Compile(f, schema, opts)
				require.NoError(t, err, "%v", f)
				p = p.At(now)
				set, err := p.Select(context.Background(), v)
				require.NoError(t, err)
				return p, set.IDs()
			}
			p, got := selected(v.Schema(), &filter.CompileOptions{Segments: segments})
			_, want := selected(v.Schema(), &filter.CompileOptions{Segments: segments, Zone: loc, WeekStart: c.WeekStart, LeapDayInMarch: c.LeapDayInMarch})
			require.Equal(t, want, got, "%v under %v", f, c)
			_, elsewhere := selected(v.Schema(), other)
			same := len(got) == len(elsewhere)
			for k := 0; same && k < len(got); k++ {
				same = got[k] == elsewhere[k]
			}
			if p.Dated() {
				dated++
			} else {
				require.True(t, same, "%v at %v is not dated, and matches %v under %v, %v elsewhere", f, now, got, c, elsewhere)
			}
			if !same {
				moved++
			}
		}
		require.NoError(t, store.Close())
	}
	require.Positive(t, moved)
	require.Greater(t, dated, moved)
}

func TestDated(t *testing.T) {
	schema := contact.MustSchema(contact.DateTime("seen"), contact.Date("born"), contact.Number("points"), contact.Companies(contact.DateTime("founded")))
	for text, want := range map[string]bool{
		"seen = 2026-01-01": true, "not seen > 2026-01-01": true, "seen = today": true, "seen within the last 3 days": true,
		"hour of seen = 3": true, "born = today": true, "born is today": true, "company.founded = 2026-01-01": true,
		"points > 3 or any company (founded < 2026-01-01)": true, "born = this week": true,
		"seen is empty": false, "seen > 2026-01-01T00:00:00Z": false, "born = 2026-01-01": false, "month of born = 3": false,
		"points > 3": false, "company.founded is not empty": false, "in segment vip": false,
	} {
		p, err := filter.Compile(filter.MustParse(text), schema, &filter.CompileOptions{Segments: &members{known: []string{"vip"}}})
		require.NoError(t, err)
		require.Equal(t, want, p.Dated(), text)
	}
}
