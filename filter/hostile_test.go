package filter_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
)

// bound is how much work a hostile filter may be. The slowest is a tenth of it; what
// explodes would need years.
const bound = 20 * time.Second

// crowd is a store of contacts that are dear to look at.
func crowd(t testing.TB) *contact.View {
	t.Helper()
	schema := contact.MustSchema(contact.Text("text"), contact.Number("n"), contact.DateTime("at"), contact.Tags("tags"))
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(1, 2))
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		text, n, at, tags := field(t, schema, "text"), field(t, schema, "n"), field(t, schema, "at"), field(t, schema, "tags")
		for i := range 2_000 {
			long := strings.Repeat("a", 50+i%7) + fmt.Sprint(i)
			row := tx.Row().Text(text, long).Number(n, rng.Float64()*1e6).Millis(at, rng.Int64N(1e12)).List(tags, fmt.Sprint(i%100))
			if _, err := row.Insert(); err != nil {
				return err
			}
		}
		return nil
	}))
	return store.View()
}

func field(t testing.TB, s *contact.Schema, name string) contact.Field {
	f, ok := s.Field(name)
	require.True(t, ok)
	return f
}

// quickly fails if fn is more work than bound, or takes more than 1 GiB of memory that it
// does not give back.
func quickly(t *testing.T, what string, fn func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	work := pace.Within(t, bound, what, fn)
	runtime.GC() // or else it depends on the moment what is garbage and still there
	runtime.ReadMemStats(&after)
	t.Logf("%s: %v, %d MiB allocated", what, work.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
	if after.HeapAlloc > before.HeapAlloc {
		require.Less(t, after.HeapAlloc-before.HeapAlloc, uint64(1<<30), what)
	}
}

func TestHostileFiltersEnd(t *testing.T) {
	v := crowd(t)
	never, always := 0, v.Len()
	many := 100_000 / timeFactor // enough for what is quadratic to show
	if testflags.Every() == 1 {
		many = 1_000_000
	}
	for _, c := range []struct {
		name string
		term func() filter.Term
		want int // -1: whatever
	}{
		{"like with 10 000 %", func() filter.Term { return filter.Field("text").Like(strings.Repeat("%a", 10_000)) }, never},
		{"like that backtracks", func() filter.Term { return filter.Field("text").Like(strings.Repeat("%a", 40) + "%b") }, never},
		{"like with 10 000 _", func() filter.Term { return filter.Field("text").Like(strings.Repeat("_", 10_000)) }, never},
		{"like with %_ in turn", func() filter.Term { return filter.Field("text").Like(strings.Repeat("%_", 40)) }, always},
		{"regexp that backtracks", func() filter.Term { return filter.Field("text").Matches(`^(a+)+$`) }, never},
		{"regexp with nested quantifiers", func() filter.Term { return filter.Field("text").Matches(`^((a*)*)*b$`) }, never},
		{"regexp with many ways", func() filter.Term { return filter.Field("text").Matches(`^(a|aa|a?)+c`) }, never},
		{"regexp with 50 repeats", func() filter.Term { return filter.Field("text").Matches(`(a?){50}b`) }, never},
		{"many texts", func() filter.Term { return filter.Field("text").In(numbered(many)) }, never},
		{"many tags", func() filter.Term { return filter.Field("tags").HasAny(numbered(many)) }, always},
		{"all of many tags", func() filter.Term { return filter.Field("tags").HasAll(numbered(many)) }, never},
		{"many numbers", func() filter.Term { return filter.Field("n").NotIn(floats(many)) }, always},
		{"many instants", func() filter.Term { return filter.Field("at").In(instants(many)) }, -1},
		{"many relative dates", func() filter.Term { return filter.Field("at").In(relatives(many)...) }, -1},
		{"many months", func() filter.Term { return filter.Field("at").Part(filter.PartMonth).In(months(many)...) }, always},
		{"many negated years", func() filter.Term {
			return filter.Not(filter.Field("at").Part(filter.PartYear).In(months(many)...))
		}, always},
		{"10 000 windows", func() filter.Term { return windows(10_000) }, -1},
		{"nesting of 990", func() filter.Term { return deeply(660) }, -1},
		{"10 000 groups", func() filter.Term { return groups(10_000) }, -1},
		{"2 000 groups, negated", func() filter.Term { return filter.Not(groups(2_000)) }, -1},
	} {
		quickly(t, c.name, func() {
			f, err := filter.New(c.term())
			require.NoError(t, err, c.name)
			program, err := filter.Compile(f, v.Schema(), nil)
			require.NoError(t, err, c.name)
			program = program.At(time.UnixMilli(5e11))
			n, err := program.Count(context.Background(), v)
			require.NoError(t, err, c.name)
			if c.want >= 0 {
				require.Equal(t, c.want, n, c.name)
			}
			lookedAt(t, program, v)
			matches := 0
			for id := contact.ID(1); id <= 100; id++ {
				if program.Match(v, id) {
					matches++
				}
			}
			switch c.want {
			case never:
				require.Zero(t, matches, c.name)
			case always:
				require.Equal(t, 100, matches, c.name)
			}
		})
	}
}

func numbered(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	return list
}

func floats(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = -float64(i) - .5
	}
	return list
}

func instants(n int) []time.Time {
	list := make([]time.Time, n)
	for i := range list {
		list[i] = time.UnixMilli(int64(i) * 1e6)
	}
	return list
}

func relatives(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = filter.Relative(fmt.Sprintf("-%d hours", i%10_000))
	}
	return list
}

// months is the twelve months again and again.
func months(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = 1 + i%12
	}
	return list
}

func windows(n int) filter.Term {
	list := make([]filter.Term, n)
	for i := range list {
		list[i] = filter.And(filter.Field("at").Condition(filter.Within, filter.Window(fmt.Sprintf("the last %d days", i%9_999+1))), filter.Field("n").GreaterThan(i))
	}
	return filter.Or(list...)
}

// deeply is filters in filters, of which no parentheses can be left out, three
// levels deep for every two pairs.
func deeply(pairs int) filter.Term {
	t := filter.And(filter.Field("n").AtMost(1e5))
	for i := range pairs {
		t = filter.And(filter.Field("n").GreaterThan(i), filter.Or(filter.Field("n").AtMost(i), t))
		if i%2 == 0 {
			t = filter.Not(t)
		}
	}
	return t
}

func groups(n int) filter.Term {
	list := make([]filter.Term, n)
	for i := range list {
		list[i] = filter.And(filter.Field("n").Between(i*100, i*100+10), filter.Field("text").Contains(fmt.Sprint(i)))
	}
	return filter.Or(list...)
}

// The plan of a hostile filter costs no more than counting each of its conditions.
func TestHostilePlan(t *testing.T) {
	v := crowd(t)
	for name, term := range map[string]filter.Term{"nesting of 990": deeply(660), "1 000 groups": groups(1000)} {
		quickly(t, name, func() {
			program, err := filter.Compile(filter.Must(term), v.Schema(), nil)
			require.NoError(t, err)
			plan, err := program.Plan(context.Background(), v)
			require.NoError(t, err)
			n, err := program.Count(context.Background(), v)
			require.NoError(t, err)
			require.Equal(t, n, plan.Matches)
			require.NotEmpty(t, plan.String())
		})
	}
}

// failingLater is a context that ends after it has been looked at a few times: in
// the middle of whatever looks at it.
type failingLater struct {
	context.Context
	looks int
}

var errEnough = errors.New("enough")

func (c *failingLater) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

// A run whose context ends returns, wherever it is, without asking thousands of
// texts or another block, and its program works afterwards.
func TestCancel(t *testing.T) {
	v := crowd(t)
	for _, text := range []string{
		`text matches "(a|aa)+b"`, `text like "%a%b%c"`, `n between 1 and 500000`, `n > 5 and text not like "%7%" or tags has any ("3")`,
	} {
		program, err := filter.Compile(filter.MustParse(text), v.Schema(), nil)
		require.NoError(t, err)
		for looks := range 20 {
			for name, run := range map[string]func(context.Context) error{
				"Count":  func(ctx context.Context) error { _, err := program.Count(ctx, v); return err },
				"Select": func(ctx context.Context) error { _, err := program.Select(ctx, v); return err },
				"Plan":   func(ctx context.Context) error { _, err := program.Plan(ctx, v); return err },
			} {
				ctx := &failingLater{context.Background(), looks}
				if err := run(ctx); ctx.looks < 0 {
					require.ErrorIs(t, err, context.Canceled, "%s of %s after %d looks", name, text, looks)
					require.GreaterOrEqual(t, ctx.looks, -2, "%s of %s went on", name, text)
				} else {
					require.NoError(t, err)
				}
			}
		}
		want := 0
		for id := range v.Live().All() {
			if program.Match(v, id) {
				want++
			}
		}
		n, err := program.Count(context.Background(), v)
		require.NoError(t, err)
		require.Equal(t, want, n, text)
	}
}

// The error of a run whose context was cancelled is the cause that was given.
func TestCancelCause(t *testing.T) {
	v := crowd(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errEnough)
	for _, text := range []string{`text matches "x"`, `n > 5`, `n is empty`, `tags has any ("1")`} {
		program, err := filter.Compile(filter.MustParse(text), v.Schema(), nil)
		require.NoError(t, err)
		_, err = program.Count(ctx, v)
		require.ErrorIs(t, err, errEnough)
		_, err = program.Select(ctx, v)
		require.ErrorIs(t, err, errEnough)
		_, err = program.Plan(ctx, v)
		require.ErrorIs(t, err, errEnough)
	}
}

// A lookout is a context that ends after it has been looked at a few times, and notes the
// most work that was done between one look and the next.
type lookout struct {
	failingLater
	spent func() time.Duration // since the last look
	most  time.Duration
}

func (c *lookout) Err() error {
	c.note()
	return c.failingLater.Err()
}

func (c *lookout) note() {
	c.most = max(c.most, c.spent())
	c.spent = pace.Start()
}

// A regular expression that is asked about many long texts stops when it is told.
func TestCancelIsPrompt(t *testing.T) {
	v := crowd(t)
	program, err := filter.Compile(filter.Must(filter.Field("text").Matches(strings.Repeat("(a?){50}", 10)+"b")), v.Schema(), nil)
	require.NoError(t, err)
	for looks := range 8 {
		ctx := &lookout{failingLater: failingLater{context.Background(), looks}, spent: pace.Start()}
		_, err = program.Count(ctx, v)
		ctx.note() // from the look at which it was over up to now
		require.ErrorIs(t, err, context.Canceled, "after %d looks", looks)
		pace.Check(t, bound/4, "what is done between two looks", ctx.most)
	}
}

// lookedAt does with a hostile filter what can be done beside running it.
func lookedAt(t *testing.T, program *filter.Program, v *contact.View) {
	f := program.Filter()
	if _, err := f.Normal(); err != nil {
		var limit *filter.LimitError
		require.ErrorAs(t, err, &limit)
	}
	require.NotZero(t, f.Fingerprint())
	_, err := filter.Lint(f, v.Schema(), nil)
	require.NoError(t, err)
	e := program.Explain(v, 1)
	require.Equal(t, program.Match(v, 1), e.Matches)
	require.Less(t, len(e.Tree()), 64<<20)
}

// Values are told apart in a time that grows with the events, not with the pairs of values:
// also those of a contact that does the same thing in a hundred thousand ways.
func TestManyDifferentValues(t *testing.T) {
	n := 200_000 / timeFactor
	schema := contact.MustSchema(contact.EventType("hit", contact.Text("url"), contact.Number("sec")))
	now := instant("2026-11-25T10:00:00Z")
	store, err := contact.New(schema, &contact.Options{Clock: contacttest.NewClock(now)})
	require.NoError(t, err)
	require.NoError(t, store.Update(context.Background(), func(tx *contact.Tx) error {
		id, err := tx.Insert(nil)
		for i := range n { // each value twice
			attrs := contact.Values{"url": fmt.Sprint([]string{"a", "A"}[i%2], i/2), "sec": i / 2}
			err = errors.Join(err, tx.Record(id, contact.Event{Type: "hit", At: now.Add(-time.Duration(i) * time.Second), Attrs: attrs}))
		}
		return err
	}))
	for _, attr := range []string{"url", "sec"} {
		for quantity, want := range map[string]bool{fmt.Sprint("exactly ", n/2): true, fmt.Sprint("at least ", n/2+1): false} {
			p, err := filter.Compile(filter.MustParse("did hit with "+quantity+" different "+attr), schema, nil)
			require.NoError(t, err)
			quickly(t, p.Filter().String(), func() {
				require.Equal(t, want, p.At(now).Match(store.View(), 1))
				require.Contains(t, p.At(now).Explain(store.View(), 1).String(), fmt.Sprint(n/2))
			})
		}
	}
}
