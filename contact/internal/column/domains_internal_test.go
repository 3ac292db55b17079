package column

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/fold"
	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// What the domain of a text is, as written.
func TestDomainOfOddTexts(t *testing.T) {
	for _, c := range []struct{ text, folded, exact string }{
		{"ada@example.com", "example.com", "example.com"}, {"ADA@Example.COM", "Example.COM", "Example.COM"}, {"", "", ""}, {"ada", "", ""},
		{"example.com", "", ""}, {"@", "", ""}, {"@example.com", "example.com", "example.com"}, {"ada@", "", ""}, {"a@b@example.com", "example.com", "example.com"},
		{`"a@b"@example.com`, "example.com", "example.com"}, {"ada@example.com.", "example.com", "example.com"}, {"ada@example.com..", "example.com.", "example.com."},
		{"ada@.", "", ""}, {"ada@..", ".", "."}, {"ada@example.com ", "example.com ", "example.com "}, {"ada@a@", "", ""}, {"Ada <ada@example.com>", "example.com>", "example.com>"},
		{"ada＠example.com", "example.com", ""}, {"ada@b＠example.com", "example.com", "b＠example.com"}, {"ada﹫example.com.", "example.com", ""},
		{"ada@bücher.de", "bücher.de", "bücher.de"}, {"ada@\u0301", "\u0301", "\u0301"}, {"ada@\u0301.", "\u0301", "\u0301"}, {"ada@한글", "한글", "한글"},
	} {
		for i, folding := range []func(string) string{fold.Text, func(s string) string { return s }} {
			want := []string{c.folded, c.exact}[i]
			e := new(version.Epochs)
			column := NewText(folding)
			column.IndexDomains(e)
			column.Set(e, 7, c.text)
			written, folded, ok := column.Domain(7)
			require.Equal(t, want, written, c.text)
			require.Equal(t, want != "", ok, c.text)
			require.Equal(t, ok, column.WithDomain().Contains(7), c.text)
			if ok {
				require.Equal(t, folding(want), folded, c.text)
				require.Equal(t, []uint32{7}, rowsOf(column.DomainOneOf([]string{folded})), c.text)
			}
		}
	}
}

func rowsOf(test Test) (rows []uint32) {
	set, _ := test.Set()
	for row := range set.All() {
		rows = append(rows, row)
	}
	return rows
}

// Folding leaves @ and the dot at the end where they are, so that tails can be folded
// by themselves: what folds to something with an @ in it is an @.
func TestFoldingKeepsTails(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if s := fold.Text(string(r)); strings.Contains(s, "@") {
			require.Equal(t, "@", s, "%U", r)
		}
	}
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	for range testflags.Cases(20_000) {
		a, b := oddPiece(r), oddPiece(r)
		require.Equal(t, fold.Text(a)+"@"+fold.Text(b), fold.Text(a+"@"+b), "%q %q", a, b)
		require.Equal(t, fold.Text(a)+".", fold.Text(a+"."), "%q", a)
	}
}

func oddPiece(r *rand.Rand) string {
	pieces := []string{"a", "B", "\u0301", "\u0338", "ё", "が", "\u3099", "한", "ᆫ", "ß", "İ", "Σ", "ς", ".", "．", "․", "…", "@", "＠", "﹫", "\u200d", " ", "x", "\u1100", "\u1161", "\U000110ba", "é"}
	s := ""
	for range r.IntN(4) {
		s += pieces[r.IntN(len(pieces))]
	}
	return s
}

// TestDomainModel changes random addresses, version after version, and asks every
// version still held; the index begins with some version, and is built anew.
func TestDomainModel(t *testing.T) {
	seed := testflags.Seed(t)
	for i, distinct := range []int{3, 50, 5_000} {
		t.Run(fmt.Sprint(distinct), func(t *testing.T) {
			domainModel(t, rand.New(rand.NewPCG(seed, uint64(i))), distinct)
		})
	}
}

func domainModel(t *testing.T, r *rand.Rand, distinct int) {
	e := new(version.Epochs)
	c := NewText(fold.Text)
	values := make(map[uint32]string)
	var versions []heldText
	var memo Memo
	for step := range testflags.Steps(4) {
		c = c.Writable(e)
		if step == 1 {
			c.IndexDomains(e)
		}
		for range 400 {
			row := randomRow(r)
			if r.IntN(5) == 0 {
				c.Unset(e, row)
				delete(values, row)
				continue
			}
			s := randomAddress(r, distinct)
			c.Set(e, row, s)
			values[row] = s
		}
		many := make(map[uint32]string)
		for range 100 {
			many[randomRow(r)] = randomAddress(r, distinct)
		}
		maps.Copy(values, many)
		rows := slices.Sorted(maps.Keys(many))
		texts := make([]string, len(rows))
		for i, row := range rows {
			texts[i] = many[row]
		}
		c.SetAll(e, rows, texts)
		c = c.Compact(e)
		if step > 0 {
			versions = append(versions, heldText{c, maps.Clone(values)})
		}
		e.Share()
		versions = versions[max(0, len(versions)-3):]
		for _, h := range versions {
			checkDomains(t, r, h, distinct, &memo)
		}
	}
	again := c.Writable(e)
	again.IndexDomains(e)
	checkDomains(t, r, heldText{again, values}, distinct, new(Memo))
	again = again.Writable(e)
	again.DropDomains()
	require.False(t, again.HasDomains())
	require.True(t, c.HasDomains(), "another version")
}

func randomAddress(r *rand.Rand, distinct int) string {
	if r.IntN(4) == 0 {
		return oddPiece(r) + "@" + oddPiece(r)
	}
	return fmt.Sprintf("user%d@Example%d.com%s", r.IntN(distinct), r.IntN(distinct), []string{"", "", "", ".", "é"}[r.IntN(5)])
}

// naiveDomain is the domain of a text, folded.
func naiveDomain(text string) (domain string, ok bool) {
	runes := []rune(text)
	for i := len(runes) - 1; i >= 0; i-- {
		if fold.Text(string(runes[i])) == "@" {
			domain = strings.TrimSuffix(string(runes[i+1:]), ".")
			return fold.Text(domain), domain != ""
		}
	}
	return "", false
}

func checkDomains(t *testing.T, r *rand.Rand, h heldText, distinct int, memo *Memo) {
	t.Helper()
	checkTest(t, r, "with a domain", In(h.column.WithDomain()), rowsWhere(h.values, func(s string) bool {
		_, ok := naiveDomain(s)
		return ok
	}))
	for row, s := range h.values {
		want, has := naiveDomain(s)
		_, got, ok := h.column.Domain(row)
		require.Equal(t, has, ok, "%q", s)
		require.Equal(t, want, got, "%q", s)
	}
	for _, n := range []int{0, 1, 3, 40} {
		ask := make(map[string]bool)
		var list []string
		for range n {
			d, ok := naiveDomain(randomAddress(r, distinct))
			if ok && !ask[d] {
				list = append(list, d)
			}
			ask[d] = ask[d] || ok
		}
		checkTest(t, r, fmt.Sprint(n, " domains"), h.column.DomainOneOf(list), rowsWhere(h.values, func(s string) bool {
			d, ok := naiveDomain(s)
			return ok && ask[d]
		}))
	}
	accept := func(_, folded string) bool { return strings.ContainsAny(folded, "17e.") }
	test, err := h.column.DomainMatching(context.Background(), memo, accept)
	require.NoError(t, err)
	checkTest(t, r, "a domain that matches", test, rowsWhere(h.values, func(s string) bool {
		d, ok := naiveDomain(s)
		return ok && accept("", d)
	}))
	for range 5 {
		ending := "@" + fold.Text(randomAddress(r, distinct))
		ending = ending[strings.LastIndexByte(ending, '@'):]
		test, ok := h.column.Ending(ending)
		require.True(t, ok)
		checkTest(t, r, "ending with "+ending, test, rowsWhere(h.values, func(s string) bool { return strings.HasSuffix(fold.Text(s), ending) }))
	}
	for _, no := range []string{"", "a", "a@b", "@a@b", "b@"} {
		_, ok := h.column.Ending(no)
		require.False(t, ok, no)
	}
}

// A column without the index has no domains.
func TestNoDomains(t *testing.T) {
	e := new(version.Epochs)
	c := NewText(fold.Text)
	c.Set(e, 1, "ada@example.com")
	_, _, ok := c.Domain(1)
	require.False(t, ok)
	require.Equal(t, (*idset.Set)(nil), c.WithDomain())
	require.Empty(t, rowsOf(c.DomainOneOf([]string{"example.com"})))
	test, err := c.DomainMatching(context.Background(), new(Memo), func(string, string) bool { return true })
	require.NoError(t, err)
	require.Empty(t, rowsOf(test))
	_, ok = c.Ending("@example.com")
	require.False(t, ok)
}
