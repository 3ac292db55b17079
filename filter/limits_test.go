package filter_test

import (
	"encoding/json"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/pace"
)

// requireLimit checks that err is a LimitError with the figures.
func requireLimit(t *testing.T, err error, limit, got int) {
	t.Helper()
	var le *filter.LimitError
	require.ErrorAs(t, err, &le)
	require.Equal(t, limit, le.Limit)
	require.Equal(t, got, le.Got)
	require.True(t, strings.HasPrefix(err.Error(), "filter: "), err.Error())
}

func TestTextLimit(t *testing.T) {
	const limit = 64 << 20
	text := "a = 1" + strings.Repeat(" ", limit-5)
	f, err := filter.Parse(text)
	require.NoError(t, err)
	require.Equal(t, "a = 1", f.String())
	_, err = filter.Parse(text + " ")
	requireLimit(t, err, limit, limit+1)

	err = f.UnmarshalJSON([]byte(strings.Repeat(" ", limit+1)))
	requireLimit(t, err, limit, limit+1)

	small := filter.Limits{Text: 5}
	_, err = small.Parse("a = 1")
	require.NoError(t, err)
	_, err = small.Parse("a = 12")
	requireLimit(t, err, 5, 6)
	_, err = small.ParseJSON([]byte("  null"))
	requireLimit(t, err, 5, 6)
}

// nested returns a text with n levels of parentheses, none of them needless, and
// the JSON of the same.
func nested(n int) (text, data string) {
	text, data = "a = 1", `{"field":"a","op":"=","value":1}`
	for range n {
		text = "b = 2 and not (" + text + " or c = 3)"
		data = `{"field":"b","op":"=","value":2},{"or":[{"and":[` + data + `]},{"and":[{"field":"c","op":"=","value":3}]}],"not":true}`
	}
	return text, `{"or":[{"and":[` + data + `]}]}`
}

func TestNestingLimit(t *testing.T) {
	for _, c := range []struct {
		limits filter.Limits
		most   int
	}{{filter.Limits{}, 1000}, {filter.Limits{Nesting: 3}, 3}, {filter.Limits{Nesting: 2000}, 2000}} {
		text, data := nested(c.most)
		f, err := c.limits.Parse(text)
		require.NoError(t, err)
		require.Equal(t, text, f.String())
		g, err := c.limits.ParseJSON([]byte(data))
		require.NoError(t, err)
		require.True(t, g.Equal(f))
		marshalled, err := json.Marshal(f)
		require.NoError(t, err)
		require.Equal(t, data, string(marshalled))
		h, err := c.limits.New(rebuild(f))
		require.NoError(t, err)
		require.True(t, h.Equal(f))

		text, data = nested(c.most + 1)
		_, err = c.limits.Parse(text)
		requireLimit(t, err, c.most, c.most+1)
		var pe *filter.ParseError
		require.ErrorAs(t, err, &pe)
		require.Equal(t, "b = 2 and not "+strings.Repeat("(b = 2 and not ", c.most), text[:pe.Offset])
		_, err = c.limits.ParseJSON([]byte(data))
		requireLimit(t, err, c.most, c.most+1)
		var je *filter.JSONError
		require.ErrorAs(t, err, &je)
		require.Equal(t, "or[0]"+strings.Repeat(".and[1].or[0]", c.most)+".and[1].or", je.Path)
		_, err = c.limits.New(filter.Not(filter.And(rebuild(f), filter.Field("x").IsEmpty())))
		requireLimit(t, err, c.most, c.most+1)
	}

	// Needless parentheses count, nots do not.
	_, err := filter.Parse(strings.Repeat("(", 1000) + "a = 1" + strings.Repeat(")", 1000))
	require.NoError(t, err)
	_, err = filter.Parse(strings.Repeat("(", 1001) + "a = 1" + strings.Repeat(")", 1001))
	require.EqualError(t, err, "filter: line 1, column 1001: expected at most 1000 levels of parentheses, found one more")
	_, err = filter.Parse(strings.Repeat("not ", 100_000) + "a = 1")
	require.NoError(t, err)
	_, err = filter.Parse(strings.Repeat("(a = 1) and ", 2000) + "a = 1")
	require.NoError(t, err)
}

// TestDeepTerms checks that no depth of terms made in Go exhausts the stack.
func TestDeepTerms(t *testing.T) {
	a := filter.Field("a").IsEmpty()
	var term, flat filter.Term = a, a
	for range 100_000 {
		term = filter.Not(filter.And(a, term))
	}
	_, err := filter.New(term)
	requireLimit(t, err, 2000, 2001)
	for range 2_000 {
		flat = filter.And(flat, filter.Or(a))
	}
	_, err = filter.New(flat)
	require.NoError(t, err)
}

func TestLimitsAreChecked(t *testing.T) {
	for _, l := range []filter.Limits{{Text: -1}, {Nesting: -1}, {Nesting: 2001}} {
		_, err := l.Parse("a = 1")
		require.ErrorContains(t, err, "filter: Limits.")
		_, err = l.ParseJSON([]byte("null"))
		require.Error(t, err)
		_, err = l.New(filter.Field("a").IsEmpty())
		require.Error(t, err)
	}
	_, err := filter.Limits{Text: -1, Nesting: -1}.Parse("")
	require.EqualError(t, err, "filter: Limits.Text -1: must not be negative\nfilter: Limits.Nesting -1: must be from 0 to 2000")
}

// TestHostileTexts checks that what is long, deep or spliced again and again is
// read with work and memory that have nothing quadratic in them. The bound of work is
// generous, that of memory is not: a reader that copies a list once for each pair
// of parentheses around it needs several times as much.
func TestHostileTexts(t *testing.T) {
	const n = 20_000
	long := strings.Repeat("a=1 and ", n) + "a=1"
	either := strings.Repeat("a=1 or ", n) + "a=1"
	wrap := func(open, inner, end string) string {
		return strings.Repeat(open, 900) + inner + strings.Repeat(end, 900)
	}
	for name, text := range map[string]string{
		"spliced groups on the right":  wrap("b=1 and (", long, ")"),
		"spliced groups on the left":   wrap("(", long, ") and b=1"),
		"spliced filters on the right": wrap("b=1 or (", either, ")"),
		"spliced filters on the left":  wrap("(", either, ") or b=1"),
		"nots that cancel":             strings.Repeat("not (not (", 450) + either + strings.Repeat("))", 450),
		"nots with a condition more":   strings.Repeat("not (not (b=1 or (", 300) + either + strings.Repeat(")))", 300),
		"many quotes":                  `a = "` + strings.Repeat(`""`, n*10) + `"`,
		"many backticks":               "`" + strings.Repeat("``", n*10) + "` is empty",
		"many parts":                   strings.Repeat("a.", n*10) + "a is empty",
		"a long number":                "a = 0." + strings.Repeat("1", n*10),
		"a long integer":               "a = " + strings.Repeat("0", n*10) + "1",
		"a longer integer":             "a = " + strings.Repeat("9", n*10),
		"open quotes":                  strings.Repeat(`a = "" `, n),
		"line breaks":                  strings.Repeat("\n", n*10) + "a = ?",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		spent := pace.Start()
		f, err := filter.Parse(text)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(400*len(text)), name)
		if err == nil {
			again, err := filter.Parse(f.String())
			require.NoError(t, err, name)
			require.True(t, again.Equal(f), name)
		}
		pace.Check(t, 10*time.Second, name, spent())
	}
}

// millionValues is a filter with a list of a million numbers.
func millionValues() string {
	b := []byte("a in (0")
	for i := range 1_000_000 - 1 {
		b = append(b, ", "...)
		b = strconv.AppendInt(b, int64(i*7), 10)
	}
	return string(append(b, ')'))
}

func TestMillionValues(t *testing.T) {
	text := millionValues()
	var f filter.Filter
	work := pace.Within(t, 5*time.Second, "parsing", func() {
		var err error
		f, err = filter.Parse(text)
		require.NoError(t, err)
	})
	t.Logf("parse: %v", work)
	require.Equal(t, text, f.String())

	data, err := f.MarshalJSON()
	require.NoError(t, err)
	var g filter.Filter
	work = pace.Within(t, 20*time.Second, "unmarshalling", func() { require.NoError(t, g.UnmarshalJSON(data)) })
	t.Logf("unmarshal: %v", work)
	require.True(t, g.Equal(f))
}

func BenchmarkParse(b *testing.B) {
	texts := map[string]string{
		"short":         `country in ("FR", "DE") and points >= 500 or tags has any ("vip")`,
		"values=1M":     millionValues(),
		"conditions=1k": strings.Repeat(`country = "FR" and points >= 500 or `, 500) + "a = 1",
	}
	for _, name := range []string{"short", "conditions=1k", "values=1M"} {
		text := texts[name]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := filter.Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
