package filter_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
)

// The worst patterns that there are for a text of the largest size, where each piece
// could be looked for at every place, are no more work than to read the text some
// thousand times; what looks for each piece at every place takes far longer.
func TestLikeOfALargeText(t *testing.T) {
	if timeFactor > 1 {
		t.Skip("nothing runs beside it, and with the race detector times tell little")
	}
	const mib = 1 << 20
	a := strings.Repeat("a", mib)
	alternate := strings.Repeat("ab", mib/2)
	for _, c := range []struct {
		name, pattern, text string
		want                bool
	}{
		{"5 000 gaps", "%" + strings.Repeat("a_", 5_000) + "b%", a, false},
		{"5 000 gaps that are there", "%" + strings.Repeat("a_", 5_000) + "b%", a + strings.Repeat("a", 10_000) + "b", true},
		{"250 000 gaps", "%" + strings.Repeat("a_", 250_000) + "b%", a, false},
		{"one long gap", "%a" + strings.Repeat("_", 500_000) + "b%", a, false},
		{"long texts between gaps", "%" + strings.Repeat("a", 250_000) + "_" + strings.Repeat("a", 250_000) + "_b%", a, false},
		{"a long text behind a gap", "%b_" + strings.Repeat("ab", 200_000) + "_c%", alternate, false},
		{"a thousand pieces", strings.Repeat("%"+strings.Repeat("a_", 100)+"a", 1_000) + "%" + strings.Repeat("a_", 2_000) + "b%", a, false},
		{"pieces that are found late", "%" + strings.Repeat("a_", 20_000) + "b%" + strings.Repeat("a_", 20_000) + "c%", a + "b" + a + "c", true},
		{"10 000 %", strings.Repeat("%", 10_000) + "b", a, false},
		{"10 000 % and texts", strings.Repeat("%a_a", 10_000) + "%b%", a, false},
		{"characters of four bytes", "%" + strings.Repeat("😀_", 5_000) + "b%", strings.Repeat("😀", mib/4), false},
	} {
		spent := pace.Start()
		n := utf8.RuneCountInString(c.text)
		for range c.text {
			n--
		}
		require.Zero(t, n)
		limit := max(pace.Limit(3*time.Second), 3000*spent())
		spent = pace.Start()
		require.Equal(t, c.want, filter.CompileLike(c.pattern, nil).Match(c.text), c.name)
		work := spent()
		t.Logf("%s: %v", c.name, work.Round(time.Millisecond))
		require.Less(t, work, limit, c.name)
	}
}

// Pieces with gaps are found where the oracle finds them, in texts long enough and
// dull enough for every way of looking.
func TestLikeSearchAgrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 7))
	dull := func(letters string, n int, odd int) string {
		var b strings.Builder
		for range n {
			r := []rune(letters)
			c := r[0]
			if rng.IntN(odd) == 0 {
				c = r[rng.IntN(len(r))]
			}
			b.WriteRune(c)
		}
		return b.String()
	}
	same := func(s string) string { return s }
	found := 0
	for range testflags.Cases(400) {
		letters := []string{"ab", "aé", "a😀b"}[rng.IntN(3)]
		text := dull(letters, 1+rng.IntN(3000), 1+rng.IntN(200))
		var b strings.Builder
		for range 1 + rng.IntN(3) {
			b.WriteString("%")
			if rng.IntN(2) == 0 { // a part of the text with gaps in it
				r := []rune(text)
				from := rng.IntN(len(r))
				for _, c := range r[from : from+1+rng.IntN(min(600, len(r)-from))] {
					if rng.IntN(2) == 0 {
						c = '_'
					}
					b.WriteRune(c)
				}
				continue
			}
			for range 1 + rng.IntN(300) {
				b.WriteString(dull(letters, 1+rng.IntN(3), 40) + strings.Repeat("_", rng.IntN(3)))
			}
		}
		pattern := b.String() + []string{"", "%", "_%"}[rng.IntN(3)]
		want := filtertest.Like(pattern, text, same)
		if want {
			found++
		}
		require.Equal(t, want, filter.CompileLike(pattern, nil).Match(text), "%q like %q", text, pattern)
	}
	t.Logf("%d found", found)
}

// A text of the largest size can be asked about in a run that is told to stop.
func TestLikeStopsBetweenLargeTexts(t *testing.T) {
	store, err := contact.New(contact.MustSchema(contact.Text("text").Exact()), nil)
	require.NoError(t, err)
	require.NoError(t, store.Update(t.Context(), func(tx *contact.Tx) error {
		for i := range 12 {
			if _, err := tx.Insert(contact.Values{"text": strings.Repeat("a", 1<<20/timeFactor-i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	v := store.View()
	program, err := filter.Compile(filter.Must(filter.Field("text").Like("%"+strings.Repeat("a_", 5_000)+"b%")), v.Schema(), nil)
	require.NoError(t, err)
	for looks := range 8 {
		ctx := &failingLater{t.Context(), looks}
		_, err := program.Count(ctx, v)
		require.ErrorIs(t, err, context.Canceled, "after %d looks", looks)
		require.GreaterOrEqual(t, ctx.looks, -2)
	}
}

func FuzzLikeSearch(f *testing.F) {
	f.Add("a_", "b", "a", uint8(200), uint8(100))
	f.Fuzz(func(t *testing.T, part, end, text string, times, over uint8) {
		pattern := "%" + strings.Repeat(part, int(over)) + end + "%"
		text = strings.Repeat(text, 3*int(times)) + end
		if len(pattern) > 3000 || len(text) > 6000 || !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			return
		}
		same := func(s string) string { return s }
		require.Equal(t, filtertest.Like(pattern, text, same), filter.CompileLike(pattern, nil).Match(text))
	})
}
