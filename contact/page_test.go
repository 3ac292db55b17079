package contact_test

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// pages lists a set page by page.
func pages(tb testing.TB, v *contact.View, set contact.Set, o contact.PageOptions) (ids []contact.ID) {
	tb.Helper()
	for {
		p, err := v.Page(set, &o)
		require.NoError(tb, err)
		if o.Limit > 0 {
			require.LessOrEqual(tb, len(p.IDs), o.Limit)
		}
		ids = append(ids, p.IDs...)
		if p.Next == "" {
			return ids
		}
		require.NotEmpty(tb, p.IDs)
		o.After = p.Next
	}
}

// pageStore holds contacts with a few values of every kind, so that many tie and
// many are missing.
func pageStore(tb testing.TB, r *rand.Rand, n int) *contact.Store {
	store := newStore(tb, everyKind()...)
	insertMany(tb, store, n, func(int) contact.Values { return pageValues(r) })
	return store
}

func pageValues(r *rand.Rand) contact.Values {
	values := contact.Values{
		"text":     []string{"", "b", "B", "é", "e", "Zoë", "zoe", "a\x00b", "a"}[r.IntN(9)],
		"number":   []float64{0, -1, 2.5, 1e300, -1e300, 7}[r.IntN(6)],
		"bool":     r.IntN(2) == 0,
		"date":     contact.Day(r.IntN(5) - 2),
		"datetime": time.UnixMilli(int64(r.IntN(5)) - 2),
		"select":   []string{"Free", "Pro"}[r.IntN(2)],
		"multi":    [][]string{{"fr"}, {"de"}, {"de", "fr"}, {"Zürich", "fr"}}[r.IntN(4)],
		"tags":     [][]string{{"b"}, {"a", "b"}, {"a"}, {"Ab", "c"}, {"é", "a"}}[r.IntN(5)],
	}
	for name := range values {
		if r.IntN(4) == 0 {
			values[name] = nil
		}
	}
	return values
}

// naiveKey makes the order of a field out of what a reader sees.
func naiveKey(f contact.Field, x contact.Value) []any {
	switch f.Kind() {
	case contact.KindText:
		return []any{contact.Fold(x.Text()), x.Text()}
	case contact.KindNumber:
		return []any{x.Number()}
	case contact.KindBool:
		return []any{map[bool]float64{true: 1}[x.Bool()]}
	case contact.KindDate:
		return []any{float64(x.Day())}
	case contact.KindDateTime:
		return []any{float64(x.Time().UnixMilli())}
	case contact.KindTimeOfDay:
		return []any{float64(x.ClockTime())}
	case contact.KindTags:
		words := x.List()
		for i, w := range words {
			words[i] = contact.Fold(w)
		}
		slices.Sort(words)
		var key []any
		for _, w := range words {
			key = append(key, w)
		}
		return key
	}
	var key []any
	for _, w := range append(x.List(), x.Text()) {
		if i := slices.IndexFunc(f.Options(), func(o contact.Option) bool { return o.Value == w }); i >= 0 {
			key = append(key, float64(i))
		}
	}
	return key
}

func compareKeys(a, b []any) int {
	return slices.CompareFunc(a, b, func(x, y any) int {
		if s, ok := x.(string); ok {
			return strings.Compare(s, y.(string))
		}
		return cmp.Compare(x.(float64), y.(float64))
	})
}

func naiveOrder(v *contact.View, set contact.Set, f contact.Field, down bool) []contact.ID {
	ids := set.And(v.Live()).IDs()
	slices.SortStableFunc(ids, func(a, b contact.ID) int {
		x, y := v.Of(a, f), v.Of(b, f)
		if x.Missing() || y.Missing() {
			return cmp.Compare(map[bool]int{true: 1}[x.Missing()], map[bool]int{true: 1}[y.Missing()])
		}
		c := compareKeys(naiveKey(f, x), naiveKey(f, y))
		if down {
			c = -c
		}
		return c
	})
	return ids
}

func TestPageEveryKind(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	store := pageStore(t, r, 300)
	v := store.View()
	set := v.Live().AndNot(contact.SetOf(5, 6, 7)).Or(contact.SetOf(100_000)) // one that does not live
	for f := range v.Schema().Fields() {
		for _, down := range []bool{false, true} {
			want := naiveOrder(v, set, f, down)
			for _, limit := range []int{0, 1, 7, 297, 298, math.MaxInt} {
				got := pages(t, v, set, contact.PageOptions{By: f.Name(), Down: down, Limit: limit})
				require.Equal(t, want, got, "by %s, down %v, limit %d", f.Name(), down, limit)
			}
		}
	}
}

func TestPageByID(t *testing.T) {
	store := newStore(t)
	insertMany(t, store, 250, func(int) contact.Values { return nil })
	v := store.View()
	p, err := v.Page(v.Live(), nil)
	require.NoError(t, err)
	require.Len(t, p.IDs, 100)
	require.Equal(t, contact.ID(1), p.IDs[0])
	require.Equal(t, v.Live().IDs(), pages(t, v, v.Live(), contact.PageOptions{Limit: 33}))
	require.Equal(t, slices.Collect(v.Live().Backward()), pages(t, v, v.Live(), contact.PageOptions{Limit: 33, Down: true}))
	p, err = v.Page(contact.Set{}, nil)
	require.NoError(t, err)
	require.Empty(t, p.IDs)
	require.Empty(t, p.Next)
}

// Between two pages contacts come, go and change: who was not touched and lies
// beyond the cursor comes exactly once.
func TestPagesWhileRowsChange(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	for _, by := range []string{"", "text", "number", "tags", "multi", "select", "datetime"} {
		for _, down := range []bool{false, true} {
			store := pageStore(t, r, 200)
			touched := make(map[contact.ID]bool)
			o := contact.PageOptions{By: by, Down: down, Limit: 13}
			seen := make(map[contact.ID]int)
			for {
				v := store.View()
				p, err := v.Page(v.Live(), &o)
				require.NoError(t, err)
				for _, id := range p.IDs {
					seen[id]++
				}
				if p.Next == "" {
					break
				}
				o.After = p.Next
				update(t, store, func(tx *contact.Tx) error {
					last := p.IDs[len(p.IDs)-1] // the cursor's own contact, too
					touched[last] = true
					require.NoError(t, tx.Delete(last))
					other := contact.ID(1 + r.IntN(200))
					if !touched[other] {
						touched[other] = true
						return tx.Set(other, pageValues(r))
					}
					return nil
				})
			}
			for id := contact.ID(1); id <= 200; id++ {
				if !touched[id] {
					require.Equal(t, 1, seen[id], "contact %d by %q, down %v", id, by, down)
				}
			}
		}
	}
}

func TestPageErrors(t *testing.T) {
	store := newStore(t, contact.Text("name"), contact.Number("points"))
	insertMany(t, store, 5, func(i int) contact.Values { return contact.Values{"points": i} })
	v := store.View()
	page := func(o contact.PageOptions) error {
		_, err := v.Page(v.Live(), &o)
		return err
	}
	require.EqualError(t, page(contact.PageOptions{By: "pionts"}), `contact: unknown field "pionts", did you mean "points"?`)
	require.EqualError(t, page(contact.PageOptions{Limit: -1}), "contact: page: Limit is -1; give a positive number")
	p, err := v.Page(v.Live(), &contact.PageOptions{By: "points", Limit: 2})
	require.NoError(t, err)
	const wrong = "contact: page: After: this is no cursor of this order; give the Next of the page before, with the same By and Down"
	for _, o := range []contact.PageOptions{
		{After: p.Next}, {After: p.Next, By: "name"}, {After: p.Next, By: "points", Down: true},
		{After: "x", By: "points"}, {After: "!", By: "points"}, {After: p.Next[:len(p.Next)-2], By: "points"},
	} {
		require.EqualError(t, page(o), wrong)
	}
	require.NoError(t, page(contact.PageOptions{After: p.Next, By: "points", Limit: 4}), "the limit may change")
}

// A cursor comes from anywhere: none makes a panic or asks for much memory.
func TestForgedCursors(t *testing.T) {
	store := newStore(t, everyKind()...)
	r := rand.New(rand.NewPCG(testflags.Seed(t), 2))
	insertMany(t, store, 20, func(int) contact.Values { return pageValues(r) })
	v := store.View()
	try := func(by, cursor string) {
		_, _ = v.Page(v.Live(), &contact.PageOptions{By: by, After: cursor, Limit: 3})
	}
	for f := range v.Schema().Fields() {
		p, err := v.Page(v.Live(), &contact.PageOptions{By: f.Name(), Limit: 3})
		require.NoError(t, err)
		good, err := base64.RawURLEncoding.DecodeString(p.Next)
		require.NoError(t, err)
		for cut := range good {
			try(f.Name(), base64.RawURLEncoding.EncodeToString(good[:cut]))
		}
		for range testflags.Cases(2000) {
			bad := slices.Clone(good)
			for range 1 + r.IntN(4) {
				bad[r.IntN(len(bad))] = byte(r.IntN(256))
			}
			try(f.Name(), base64.RawURLEncoding.EncodeToString(bad))
		}
		// a list of a length that no memory could hold, where a number belongs
		head := append([]byte{byte(len(f.Name()))}, f.Name()...)
		for _, n := range []uint64{1 << 31, 1 << 33, 1 << 40, 1 << 62, math.MaxUint64} {
			bad := binary.AppendUvarint(append(slices.Clone(head), 0, 0, 4), n)
			try(f.Name(), base64.RawURLEncoding.EncodeToString(bad))
			bad = binary.LittleEndian.AppendUint64(append(slices.Clone(head), 0, 0, 1, 2, 0, 0, 2), n)
			try(f.Name(), base64.RawURLEncoding.EncodeToString(bad))
		}
	}
}

func FuzzCursor(f *testing.F) {
	store := newStore(f, contact.MultiSelect("multi", "a", "b"), contact.Text("text"))
	insertMany(f, store, 9, func(i int) contact.Values {
		return contact.Values{"multi": []string{"a", "b"}[:i%3], "text": fmt.Sprint(i)}
	})
	v := store.View()
	for _, by := range []string{"", "multi", "text"} {
		p, err := v.Page(v.Live(), &contact.PageOptions{By: by, Limit: 2})
		require.NoError(f, err)
		f.Add(by, p.Next)
	}
	f.Fuzz(func(t *testing.T, by, after string) {
		p, err := v.Page(v.Live(), &contact.PageOptions{By: by, After: after})
		if err == nil {
			require.LessOrEqual(t, len(p.IDs), 9)
		}
	})
}
