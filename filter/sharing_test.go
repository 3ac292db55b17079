package filter_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

// Programs that share find what each finds by itself, however often they are run and
// in whatever order.
func TestSharing(t *testing.T) {
	seed := testflags.Seed(t)
	for i := range uint64(testflags.Cases(15)) {
		rng := rand.New(rand.NewPCG(seed+i, 11))
		choose := filtertest.FromRand(rng)
		g := filtertest.New(choose)
		p := newPeople(t, g.Schema(), g.Zone())
		p.fill(t, g, choose, storeSize{before: 65_500 * choose(2), contacts: 30, copies: 300})
		p.setting = g.Setting()
		var programs []*filter.Program
		conditions := []filter.Term{g.Condition(), g.Condition(), filter.Nest(g.Filter(2)), g.Condition()}
		for range 12 {
			program, err := p.compile(g.Zoned(filter.Must(filter.Or(
				filter.And(conditions[choose(4)], conditions[choose(4)], g.Condition()), filter.Not(conditions[choose(4)])))))
			require.NoError(t, err)
			programs = append(programs, program.At(p.setting.Now))
		}
		v := p.store.View()
		s := filter.NewSharing(v)
		for range 100 {
			program := programs[choose(len(programs))]
			got, err := s.Select(context.Background(), program)
			require.NoError(t, err)
			want, err := program.Select(context.Background(), v)
			require.NoError(t, err)
			require.Equal(t, want.IDs(), got.IDs(), "%s", program.Filter())
		}
	}
}

// A range that many programs ask about is looked for once, also if it is long.
func TestSharingKeepsRanges(t *testing.T) {
	store, err := contacttest.NewStore(1, 5000)
	require.NoError(t, err)
	require.NoError(t, contacttest.LoadCompanies(context.Background(), store, 1, 5000, 1000))
	s := filter.NewSharing(store.View())
	ask := func(text string) {
		p, err := filter.Compile(filter.MustParse(text), store.Schema(), nil)
		require.NoError(t, err)
		_, err = s.Select(context.Background(), p)
		require.NoError(t, err)
	}
	ask(`points >= 500 and is_customer = true`)
	require.Zero(t, s.Kept(), "asked once")
	for range 9 {
		ask(`points >= 500 and is_customer = true`)
		ask(`plan = "free" and points >= 500 or points < 3`)
	}
	require.Equal(t, 2, s.Kept())
	ask(`company.employees > 100 and plan = "free"`)
	ask(`company.employees > 100 and revenue > 20`)
	require.Equal(t, 3, s.Kept())
}

// Who ends the context gets its cause.
func TestSharingEnds(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Number("x")), nil)
	require.NoError(t, err)
	p, err := filter.Compile(filter.MustParse(`x > 1 or x is empty`), store.Schema(), nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = filter.NewSharing(store.View()).Select(ctx, p)
	require.ErrorIs(t, err, context.Canceled)
}
