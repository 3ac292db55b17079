package contact_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// question is a probe and what it means for one contact.
type question struct {
	name  string
	probe contact.Probe
	holds func(v *contact.View, id contact.ID) bool
}

// questions asks something of every kind of field.
func questions(tb testing.TB, v *contact.View) (list []question) {
	f := func(name string) contact.Field {
		h, ok := v.Schema().Field(name)
		require.True(tb, ok)
		return h
	}
	text, number, flag, date, multi, tags, sel := f("text"), f("number"), f("bool"), f("date"), f("multi"), f("tags"), f("select")
	add := func(name string, p contact.Probe, holds func(v *contact.View, id contact.ID) bool) {
		list = append(list, question{name, p, holds})
	}
	for h := range v.Schema().Fields() {
		filled := func(v *contact.View, id contact.ID) bool {
			x := v.Of(id, h)
			return !x.Missing() && x.Any() != ""
		}
		add("filled "+h.Name(), v.ProbeFilled(h), filled)
		add("empty "+h.Name(), v.ProbeEmpty(h), func(v *contact.View, id contact.ID) bool { return !filled(v, id) })
		add("FilledOf "+h.Name(), v.ProbeFilled(h), func(v *contact.View, id contact.ID) bool { return v.FilledOf(id, h) })
	}
	between := func(h contact.Field, lo, hi float64) {
		add(fmt.Sprint(h.Name(), " ", lo, "..", hi), v.ProbeRange(h, lo, hi), func(v *contact.View, id contact.ID) bool {
			x, ok := v.NumberOf(id, h)
			return ok && lo <= x && x <= hi
		})
	}
	between(number, -1, 7)
	between(number, math.Inf(-1), math.Inf(1))
	between(number, math.Inf(-1), -1e300)
	between(number, 3, 2)
	between(date, 0, 1)
	for _, h := range []contact.Field{number, date} {
		odd := func(id contact.ID, x float64) bool { return int(id)%3 == 1 || x > 0 }
		add("accepted "+h.Name(), v.ProbeAccepted(h, odd), func(v *contact.View, id contact.ID) bool {
			x, ok := v.NumberOf(id, h)
			return ok && odd(id, x)
		})
		if lo, hi, ok := v.Extent(h); ok {
			add("extent "+h.Name(), v.ProbeRange(h, lo, hi), func(v *contact.View, id contact.ID) bool {
				_, ok := v.NumberOf(id, h)
				return ok
			})
		}
	}
	_, _, ok := v.Extent(text)
	require.False(tb, ok)
	add("accepted text", v.ProbeAccepted(text, func(contact.ID, float64) bool { return true }), func(*contact.View, contact.ID) bool { return false })
	add("spans", v.ProbeSpans(number, []contact.Span{{Lo: 7, Hi: 7}, {Lo: -1, Hi: 0}, {Lo: math.Inf(1), Hi: math.Inf(1)}}), func(v *contact.View, id contact.ID) bool {
		x, ok := v.NumberOf(id, number)
		return ok && (x == 7 || x == -1 || x == 0)
	})
	add("text one of", v.ProbeText(text, []string{"e", "zoe", "nobody", "e"}), func(v *contact.View, id contact.ID) bool {
		_, folded, ok := v.TextOf(id, text)
		return ok && (folded == "e" || folded == "zoe")
	})
	var memo contact.TextMemo
	hasB := func(written, folded string) bool { return strings.Contains(folded, "b") }
	matching, err := v.ProbeMatching(ctx, text, &memo, hasB)
	require.NoError(tb, err)
	add("matching", matching, func(v *contact.View, id contact.ID) bool { return v.AcceptsOf(id, text, &memo, hasB) })
	for _, yes := range []bool{true, false} {
		add(fmt.Sprint("bool ", yes), v.ProbeBool(flag, yes), func(v *contact.View, id contact.ID) bool {
			is, ok := v.BoolOf(id, flag)
			return ok && is == yes
		})
	}
	has := func(id contact.ID, h contact.Field, words ...string) (n int) {
		for _, w := range words {
			if v.HasWord(id, h, w) {
				n++
			}
		}
		return n
	}
	for _, h := range []contact.Field{tags, multi, sel} {
		for _, words := range [][]string{{"a"}, {"A", "b"}, {"nobody has"}, {"de", "FR"}, {"pro"}, {"free", "Pro"}, {"pro", "PRO"}, {"a", "nobody has"}} {
			add(fmt.Sprint(h.Name(), " any ", words), v.ProbeAny(h, words), func(v *contact.View, id contact.ID) bool { return has(id, h, words...) > 0 })
			add(fmt.Sprint(h.Name(), " all ", words), v.ProbeAll(h, words), func(v *contact.View, id contact.ID) bool { return has(id, h, words...) == len(words) })
		}
	}
	some := contact.SetOf(1, 5, 9, 70).And(v.Live())
	more := contact.SetOf(2, 5).And(v.Live())
	in := func(s contact.Set) func(*contact.View, contact.ID) bool {
		return func(_ *contact.View, id contact.ID) bool { return s.Contains(id) }
	}
	add("set", contact.ProbeSet(some), in(some))
	add("any set", contact.ProbeAnySet([]contact.Set{some, more}), in(some.Or(more)))
	add("all sets", contact.ProbeAllSets([]contact.Set{some, more, v.Live()}), in(some.And(more)))
	// fields that do not fit: nobody
	for _, p := range []contact.Probe{v.ProbeRange(text, 0, 1), v.ProbeText(number, []string{"0"}), v.ProbeBool(text, false), v.ProbeSpans(tags, nil)} {
		add("misfit", p, func(*contact.View, contact.ID) bool { return false })
	}
	return list
}

// Every probe answers alike for one contact, for a block, for a list of
// candidates and as a set, straight and negated.
func TestProbes(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for _, n := range []int{0, 80, 6000} { // below and above the number of candidates that are listed
		store := pageStore(t, r, n)
		if n > 0 {
			remove(t, store, contact.ID(n/2))
		}
		v := store.View()
		for _, q := range questions(t, v) {
			want := slices.Collect(func(yield func(contact.ID) bool) {
				for id := range v.Live().All() {
					if q.holds(v, id) {
						yield(id)
					}
				}
			})
			name := fmt.Sprintf("%s of %d", q.name, n)
			rest := v.Live().AndNot(contact.SetOf(want...))
			require.Equal(t, want, run(v, v.Live(), q.probe, false), name)
			require.Equal(t, rest.IDs(), append([]contact.ID{}, run(v, v.Live(), q.probe, true)...), "not "+name)
			few := contact.SetOf(1, 3, 4, 17, 70, 5999, 6000).And(v.Live())
			require.True(t, few.AndNot(rest).Equal(contact.SetOf(run(v, few, q.probe, false)...)), "few "+name)
			require.True(t, few.And(rest).Equal(contact.SetOf(run(v, few, q.probe, true)...)), "not few "+name)
			if got, ok := q.probe.Count(); ok {
				require.Equal(t, len(want), got, name)
			}
			if set, ok := q.probe.Set(); ok {
				require.True(t, contact.SetOf(want...).Equal(set.And(v.Live())), name)
			}
			require.GreaterOrEqual(t, q.probe.Estimate(), 0)
			var b contact.Block
			b.Load(few, 0)
			if b.LoadProbe(q.probe, 0) {
				require.False(t, q.probe.Scans(), name)
				b.Keep(contact.ProbeSet(v.Live()), false)
				requireBlock(t, contact.SetOf(want...), &b)
			} else {
				requireBlock(t, few, &b)
			}
		}
	}
}

// run keeps those of a set that pass a probe, block by block.
func run(v *contact.View, set contact.Set, p contact.Probe, negate bool) []contact.ID {
	var b contact.Block
	var out contact.SetBuilder
	for i := range v.Blocks() {
		b.Load(set, i)
		b.Keep(p, negate)
		out.Add(&b)
	}
	if ids := out.Set().IDs(); len(ids) > 0 {
		return ids
	}
	return nil
}

// Blocks are combined whatever form each is in.
func TestBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	draw := func(n int) contact.Set {
		ids := make([]contact.ID, n)
		for i := range ids {
			ids[i] = contact.ID(r.IntN(contact.BlockSize))
		}
		return contact.SetOf(ids...)
	}
	everybody := contact.ProbeSet(contact.Set{})
	load := func(b *contact.Block, s contact.Set) {
		b.Load(s, 0)
		b.Keep(everybody, true)
	}
	listing := newStore(t, contact.Number("n"))
	nobody := listing.View().ProbeRange(field(t, listing, "n"), 1, 2) // one that scans lists a few candidates
	for _, n := range []int{0, 1, 100, 5000, 60000} {
		for _, m := range []int{0, 1, 100, 5000, 60000} {
			for _, lists := range []int{0, 1, 2, 3} {
				x, y := draw(n), draw(m)
				a, b, c := new(contact.Block), new(contact.Block), new(contact.Block)
				load(a, x)
				load(b, y)
				if lists&1 != 0 {
					a.Keep(nobody, true)
				}
				if lists&2 != 0 {
					b.Keep(nobody, true)
				}
				c.Copy(a)
				c.Or(b)
				requireBlock(t, x.Or(y), c)
				c.Copy(a)
				c.AndNot(b)
				requireBlock(t, x.AndNot(y), c)
				c.Copy(a)
				c.And(b)
				requireBlock(t, x.And(y), c)
				requireBlock(t, y, b)
				c.Clear(a)
				requireBlock(t, contact.Set{}, c)
				c.Or(b)
				requireBlock(t, y, c)
				requireBlock(t, x, a)
			}
		}
	}
}

func requireBlock(t *testing.T, want contact.Set, b *contact.Block) {
	t.Helper()
	require.Equal(t, want.Len(), b.Len())
	var s contact.SetBuilder
	s.Add(b)
	require.True(t, want.Equal(s.Set()))
}

// The predicate of a memo is asked once for each text, whatever the versions, and
// never for one the memo knows.
func TestMemoAsksOnce(t *testing.T) {
	store := newStore(t, contact.Text("name"))
	name := field(t, store, "name")
	asked := make(map[string]int)
	var memo contact.TextMemo
	accept := func(written, folded string) bool {
		asked[written]++
		require.Equal(t, contact.Fold(written), folded)
		return strings.HasSuffix(folded, "7")
	}
	count := func(v *contact.View) int {
		p, err := v.ProbeMatching(ctx, name, &memo, accept)
		require.NoError(t, err)
		n, _ := p.Count()
		return n
	}
	insertMany(t, store, 100, func(i int) contact.Values { return contact.Values{"name": fmt.Sprint("É", i)} })
	old := store.View()
	require.Equal(t, 10, count(old))
	insertMany(t, store, 100, func(i int) contact.Values { return contact.Values{"name": fmt.Sprint("É", 50+i)} })
	require.Equal(t, 20, count(store.View()))
	require.Equal(t, 10, count(old))
	require.Len(t, asked, 150)
	for s, n := range asked {
		require.Equal(t, 1, n, s)
	}
	for id := range store.View().Live().All() {
		require.Equal(t, strings.HasSuffix(store.View().Of(id, name).Text(), "7"), store.View().AcceptsOf(id, name, &memo, accept))
	}
	require.Len(t, asked, 150)
}

func TestMatchingIsCancelled(t *testing.T) {
	store := newStore(t, contact.Text("name"))
	insertMany(t, store, 1000, func(i int) contact.Values { return contact.Values{"name": fmt.Sprint(i)} })
	c, cancel := context.WithCancelCause(ctx)
	var memo contact.TextMemo
	n := 0
	_, err := store.View().ProbeMatching(c, field(t, store, "name"), &memo, func(string, string) bool {
		if n++; n == 100 {
			cancel(errFailed)
		}
		return true
	})
	require.Equal(t, errFailed, err)
	require.Less(t, n, 300)
}

func TestSet(t *testing.T) {
	s := contact.SetOf(9, 1, 70_000, 1)
	require.Equal(t, 3, s.Len())
	require.Equal(t, []contact.ID{1, 9, 70_000}, s.IDs())
	require.Equal(t, []contact.ID{9, 70_000}, slices.Collect(s.From(2)))
	require.Equal(t, []contact.ID{70_000, 9, 1}, slices.Collect(s.Backward()))
	require.Equal(t, 1, s.AndLen(contact.SetOf(9, 10)))
	require.Equal(t, []contact.ID{9}, s.And(contact.SetOf(9, 10)).IDs())
	for range s.All() {
		break
	}
	b := s.Bitmap()
	b.Add(5)
	require.False(t, s.Contains(5), "the bitmap is the caller's own")
	require.True(t, contact.SetOfBitmap(b).Equal(s.Or(contact.SetOf(5))))

	var out bytes.Buffer
	n, err := s.WriteTo(&out)
	require.NoError(t, err)
	require.Equal(t, int64(out.Len()), n)
	raw, err := s.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, out.Bytes(), raw)
	back := roaring.New()
	_, err = back.ReadFrom(&out)
	require.NoError(t, err)
	require.True(t, contact.SetOfBitmap(back).Equal(s))
	require.Empty(t, contact.Set{}.IDs())
}

// A handle of no schema, or of another one, finds nobody and harms nothing.
func TestForeignField(t *testing.T) {
	store := newStore(t, contact.Text("name"))
	update(t, store, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"name": "Ada"})
		return err
	})
	foreign, _ := contact.MustSchema(contact.Text("name")).Field("name")
	v := store.View()
	for _, f := range []contact.Field{{}, foreign} {
		for _, p := range []contact.Probe{
			v.ProbeFilled(f), v.ProbeText(f, []string{"ada"}), v.ProbeRange(f, 0, 1), v.ProbeSpans(f, []contact.Span{{}}),
			v.ProbeBool(f, true), v.ProbeBool(f, false), v.ProbeAny(f, []string{"a"}), v.ProbeAll(f, []string{"a"}),
		} {
			set, _ := p.Set()
			require.Zero(t, set.Len())
		}
		empty, _ := v.ProbeEmpty(f).Set()
		require.Equal(t, 1, empty.Len())
		_, _, ok := v.TextOf(1, f)
		require.False(t, ok)
		_, ok = v.NumberOf(1, f)
		require.False(t, ok)
		require.False(t, v.FilledOf(1, f))
		require.False(t, v.HasWord(1, f, "a"))
	}
}

// Without a memo every predicate is asked anew.
func TestMatchingWithoutMemo(t *testing.T) {
	store := newStore(t, contact.Text("city"))
	id := insert(t, store, contact.Values{"city": "Bern"})
	v := store.View()
	for _, want := range []int{1, 0} {
		accept := func(string, string) bool { return want == 1 }
		p, err := v.ProbeMatching(ctx, field(t, store, "city"), nil, accept)
		require.NoError(t, err)
		n, _ := p.Count()
		require.Equal(t, want, n)
		require.Equal(t, want == 1, v.AcceptsOf(id, field(t, store, "city"), nil, accept))
	}
}
