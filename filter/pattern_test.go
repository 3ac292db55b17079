package filter_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
)

func TestLikePattern(t *testing.T) {
	for _, c := range []struct {
		pattern string
		yes, no []string
	}{
		{``, []string{``}, []string{`a`}},
		{`%`, []string{``, `a`, "a\nb"}, nil},
		{`%%%`, []string{``, `a`}, nil},
		{`_`, []string{`a`, `é`, `😀`, "\n", `%`}, []string{``, `ab`, "e\u0301"}},
		{`__`, []string{`ab`, `éé`}, []string{`a`, `abc`}},
		{`abc`, []string{`abc`}, []string{``, `ab`, `abcd`, `xabc`, `ABC`}},
		{`a%`, []string{`a`, `ab`, "a\n"}, []string{``, `ba`}},
		{`%a`, []string{`a`, `ba`}, []string{``, `ab`}},
		{`%a%`, []string{`a`, `bab`}, []string{``, `b`}},
		{`a%b`, []string{`ab`, `axb`, `abb`, "a\n\nb"}, []string{`a`, `b`, `aba`}},
		{`a%a`, []string{`aa`, `aba`}, []string{`a`}},
		{`ab%bc`, []string{`abbc`, `abxbc`}, []string{`abc`}},
		{`%ab%ab%`, []string{`abab`, `xabxabx`}, []string{`ab`, `aba`}},
		{`%_`, []string{`a`, `ab`}, []string{``}},
		{`_%_`, []string{`ab`, `éxé`}, []string{``, `é`}},
		{`%a_c%`, []string{`abc`, `aaac`, `aéc`, `xabcx`, `aacac`}, []string{`ac`, `abbc`}},
		{`%_a`, []string{`ba`, `aa`}, []string{`a`}},
		{`a_%`, []string{`ab`, `abc`}, []string{`a`}},
		{`%_é_%`, []string{`aéa`, `éééx`}, []string{`éa`, `aé`}},
		{`%a__`, []string{`abc`, `aaaa`, `xaéé`}, []string{`ab`, `abcd`}},
		{`\%`, []string{`%`}, []string{``, `a`, `\%`}},
		{`\_%`, []string{`_`, `_x`}, []string{`x`}},
		{`\\`, []string{`\`}, []string{`\\`}},
		{`\a\`, []string{`\a\`}, []string{`a`}},
		{`100\%%`, []string{`100%`, `100% sure`}, []string{`100`}},
		{`\\%`, []string{`\`, `\x`}, []string{`%`}},
		{`é%`, []string{`é`, `éa`}, []string{`e`}},
	} {
		p := filter.CompileLike(c.pattern, nil)
		for _, s := range c.yes {
			require.True(t, p.Match(s), "%q like %q", s, c.pattern)
		}
		for _, s := range c.no {
			require.False(t, p.Match(s), "%q like %q", s, c.pattern)
		}
	}
	require.True(t, filter.LikePattern{}.Match(""))
	require.False(t, filter.LikePattern{}.Match("a"))
}

func TestLikePatternLiterals(t *testing.T) {
	for _, c := range []struct {
		pattern, prefix string
		literal         bool
	}{
		{``, ``, true}, {`abc`, `abc`, true}, {`a\%\_\\b\c`, `a%_\b\c`, true}, {`abc%`, `abc`, false}, {`a_c`, `a`, false}, {`_bc`, ``, false}, {`%bc`, ``, false}, {`ab%cd_`, `ab`, false},
	} {
		p := filter.CompileLike(c.pattern, nil)
		literal, ok := p.Literal()
		require.Equal(t, c.literal, ok, c.pattern)
		if ok {
			require.Equal(t, c.prefix, literal)
		}
		require.Equal(t, c.prefix, p.Prefix(), c.pattern)
	}
	literal, ok := filter.LikePattern{}.Literal()
	require.True(t, ok)
	require.Empty(t, literal)
}

// TestLikePatternFolds checks that only literals are folded, each as a whole, and
// that one that folds to nothing leaves no trace.
func TestLikePatternFolds(t *testing.T) {
	var folded []string
	fold := func(s string) string {
		folded = append(folded, s)
		return strings.ReplaceAll(strings.ToLower(s), "x", "")
	}
	p := filter.CompileLike(`AB\%C%_X_%DXE%X%x`, fold)
	require.Equal(t, []string{`AB%C`, "X", "DXE", "X", "x"}, folded)
	require.True(t, p.Match("ab%c12de"))
	require.True(t, p.Match("ab%c12-de-"))
	require.False(t, p.Match("ab%c1de"))
	require.Equal(t, "ab%c", p.Prefix())

	p = filter.CompileLike("x", fold)
	require.True(t, p.Match(""))
	p = filter.CompileLike("aXb", fold)
	require.True(t, p.Match("ab"))
}

// likeByDefinition is the meaning of a pattern, written for one look.
func likeByDefinition(pattern, s []rune) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	switch c := pattern[0]; {
	case c == '%':
		return likeByDefinition(pattern[1:], s) || len(s) > 0 && likeByDefinition(pattern, s[1:])
	case c == '_':
		return len(s) > 0 && likeByDefinition(pattern[1:], s[1:])
	case c == '\\' && len(pattern) > 1 && strings.ContainsRune(`%_\`, pattern[1]):
		pattern = pattern[1:]
	}
	return len(s) > 0 && s[0] == pattern[0] && likeByDefinition(pattern[1:], s[1:])
}

func TestLikePatternRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	letters := func(from []rune, n int) string {
		s := make([]rune, rng.IntN(n))
		for i := range s {
			s[i] = from[rng.IntN(len(from))]
		}
		return string(s)
	}
	matched := 0
	for range testflags.Cases(100_000) {
		pattern := letters([]rune(`aaéb%%__\`), 9)
		s := letters([]rune(`aaéb%_\`), 9)
		want := likeByDefinition([]rune(pattern), []rune(s))
		p := filter.CompileLike(pattern, nil)
		require.Equal(t, want, p.Match(s), "%q like %q", s, pattern)
		if want {
			matched++
			require.True(t, strings.HasPrefix(s, p.Prefix()))
			if literal, ok := p.Literal(); ok {
				require.Equal(t, literal, s)
			}
		}
	}
	require.Positive(t, matched)
}

func FuzzLikePattern(f *testing.F) {
	f.Add(`%a_\%b%`, "xay%b")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 24 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		require.Equal(t, likeByDefinition([]rune(pattern), []rune(s)), filter.CompileLike(pattern, nil).Match(s))
	})
}

// TestHostilePatterns checks that no pattern makes matching explode.
func TestHostilePatterns(t *testing.T) {
	text := strings.Repeat("a", 1<<18)
	for name, pattern := range map[string]string{
		"many %":          strings.Repeat("%a", 10_000) + "%b",
		"only %":          strings.Repeat("%", 1<<20),
		"many % and _":    strings.Repeat("%_", 10_000) + "%b%",
		"many _":          strings.Repeat("_", 1<<20),
		"% with literals": strings.Repeat("%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 1000),
		"% with _":        "%" + strings.Repeat("a_", 100) + "b%",
		"_ then %":        "%" + strings.Repeat("_", 1<<19) + "b%",
	} {
		pace.Within(t, 10*time.Second, name, func() { filter.CompileLike(pattern, nil).Match(text) })
	}
}
