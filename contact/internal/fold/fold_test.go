package fold_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/rosterdb/roster/contact/internal/fold"
	"github.com/rosterdb/roster/internal/testflags"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"already folded", "ada.lovelace+7@example.com", "ada.lovelace+7@example.com"},
		{"ASCII capitals", "Ada LOVELACE [Z]@", "ada lovelace [z]@"},
		{"precomposed", "Caf\u00e9", "cafe"},
		{"combining", "Cafe\u0301", "cafe"},
		{"two marks", "Vi\u1ec7t Nam", "viet nam"},
		{"Turkish capital with dot", "\u0130STANBUL", "istanbul"},
		{"Turkish small without dot", "D\u0131yarbak\u0131r", "diyarbakir"},
		{"Turkish capital without dot", "DIYARBAKIR", "diyarbakir"},
		{"sharp s", "Straße", "strasse"},
		{"capital sharp s", "STRAẞE", "strasse"},
		{"stroke o", "Søren", "soren"},
		{"capital stroke o with acute", "Ǿ", "o"},
		{"stroke l", "Łódź", "lodz"},
		{"stroke d", "Đorđe", "dorde"},
		{"stroke h and t", "Ħamrun ŦŧĦħ", "hamrun tthh"},
		{"letters of their own", "Æsop Œuvre Þór Ðuro", "æsop œuvre þor ðuro"},
		{"Greek accents and final sigma", "Ελληνικάς", "ελληνικασ"},
		{"Greek capitals", "ΕΛΛΗΝΙΚΑΣ", "ελληνικασ"},
		{"Greek iota below", "ᾠδή", "ωδη"},
		{"Cyrillic", "Ёлкин Йосиф", "елкин иосиф"},
		{"full-width", "ＡＢＣ　１２３", "abc 123"},
		{"ligature", "ﬁnance Oﬃce", "finance office"},
		{"superscript", "m²", "m2"},
		{"Hangul precomposed", "한글", "한글"},
		{"Hangul jamo", "\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"},
		{"Arabic with harakat", "مُحَمَّد", "محمد"},
		{"Arabic hamza", "أحمد", "احمد"},
		{"Thai keeps vowels and tones", "น้ำ", "น\u0e49\u0e4d\u0e32"},
		{"Hindi keeps vowels", "हिन्दी", "हिन्दी"},
		{"kana", "がぎぐ", "がぎぐ"},
		{"kana with a mark of its own", "か\u3099", "が"},
		{"half-width kana", "ｶﾞ", "ガ"},
		{"Cherokee", "Ꭰꭰ Ᏸᏸ", "ᎠᎠ ᏰᏰ"},
		{"emoji with and without variation selector", "❤\ufe0f", "❤"},
		{"invalid UTF-8", "A\xc3\u0301\xa9", "a\ufffd\ufffd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, fold.Text(c.in), "%+q", fold.Text(c.in))
		})
	}
}

// Every ASCII character at every place of a text, so that the steps of eight bytes
// are met at each of their edges.
func TestASCII(t *testing.T) {
	for c := range byte(utf8.RuneSelf) {
		for n := range 20 {
			for at := range n {
				s := []byte(strings.Repeat("z", n))
				s[at] = c
				for name, f := range forms {
					if got := f(string(s)); got != strings.ToLower(string(s)) {
						t.Fatalf("%s(%q) = %q", name, s, got)
					}
				}
				for _, room := range []int{0, n - 1, n, n + 3} {
					buf := make([]byte, room)
					if got, ok := fold.ASCII(buf, string(s)); !ok || got != strings.ToLower(string(s)) {
						t.Fatalf("ASCII(%q) = %q, %v", s, got, ok)
					}
				}
			}
		}
	}
}

// What a reader takes for different words must stay different.
func TestTextKeepsApart(t *testing.T) {
	for _, p := range [][2]string{
		{"か", "が"}, {"は", "ぱ"}, {"ば", "ぱ"}, {"か", "カ"},
		{"กา", "กี"}, {"ขาว", "ข้าว"}, {"कल", "कुल"}, {"काल", "कल"},
		{"æ", "ae"}, {"ð", "d"}, {"þ", "th"}, {"o", "0"}, {"가", "각"},
	} {
		require.NotEqual(t, fold.Text(p[0]), fold.Text(p[1]), "%s and %s", p[0], p[1])
	}
}

func TestCase(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"already folded", "ada@example.com", "ada@example.com"},
		{"ASCII capitals", "Ada@Example.COM", "ada@example.com"},
		{"accents stay", "ZOË", "zoë"},
		{"combining is precomposed", "Zoe\u0308", "zoë"},
		{"strokes stay", "SØREN ŁÓDŹ ĐORĐE", "søren łódź đorđe"},
		{"dotless i stays", "ı", "ı"},
		{"capital dotted i keeps its dot", "İ", "i\u0307"},
		{"sharp s", "STRAẞE straße", "strasse strasse"},
		{"final sigma", "ΟΔΟΣ οδος", "οδοσ οδοσ"},
		{"full-width stays", "ＡＢ", "ａｂ"},
		{"Hangul jamo", "\u1112\u1161\u11ab", "한"},
		{"kana", "か\u3099", "が"},
		{"decomposed by folding", "\u0390", "\u0390"},
		{"mark on a far code point", "\U000c0068\u0308", "\U000c0068\u0308"},
		{"far composition", "\U00011099\U000110ba", "\U0001109a"},
		{"invalid UTF-8", "É\xff", "é\ufffd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, fold.Case(c.in), "%+q", fold.Case(c.in))
		})
	}
	require.NotEqual(t, fold.Case("José"), fold.Case("Jose"))
	_, ok := fold.ASCII(nil, "José")
	require.False(t, ok)
}

// forms are the two functions under test, by name.
var forms = map[string]func(string) string{"Text": fold.Text, "Case": fold.Case}

// everyRune yields all assigned code points, except that nine of ten are left out of
// the long rows of Han and Hangul and 99 of 100 of what is not assigned.
func everyRune(yield func(rune) bool) {
	for r := range rune(unicode.MaxRune + 1) {
		every := rune(100)
		switch {
		case unicode.In(r, unicode.Han, unicode.Hangul):
			every = 10
		case unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc, unicode.Cf):
			every = 1
		}
		if r%every == 0 && !yield(r) {
			return
		}
	}
}

func TestIdempotentOnEveryRune(t *testing.T) {
	for name, f := range forms {
		for r := range everyRune {
			for _, s := range []string{string(r), string(r) + "\u0301"} {
				once := f(s)
				if twice := f(once); twice != once {
					t.Fatalf("%s(%+q) = %+q, and again %+q", name, s, once, twice)
				}
			}
		}
	}
}

// Upper and lower case, in every script that has them, make no difference.
func TestCaseMakesNoDifference(t *testing.T) {
	for name, f := range forms {
		for r := range everyRune {
			other := unicode.SimpleFold(r)
			if r == '\u0345' || other == '\u0345' { // a mark whose capital is a letter
				continue
			}
			if a, b := f(string(r)), f(string(other)); a != b {
				t.Fatalf("%s(%+q) = %+q, but %s(%+q) = %+q", name, r, a, name, other, b)
			}
		}
	}
}

// interesting holds runes whose neighbours matter: letters with case, letters that
// fold to two, marks of several combining classes, joining scripts.
var interesting = []rune("aAßẞıİſﬁøŁæÆςΣᾳᾼΐÅK\u212a\u0300\u0301\u0307\u0308\u0327\u0328\u0345\u034f\u0338" +
	"\u05b0\u064b\u0651\u0653\u0670اأ\u0e33\u0e38\u0e49\u093c\u094dकक़か\u3099\u309a\u1100\u1161\u11a8가각\ufe0f\u200dᏸꭰ\ufffd")

// sample returns a random text of at most 40 pieces: interesting runes, any runes,
// long runs of marks, and now and then a byte that is not UTF-8.
func sample(rng *rand.Rand) string {
	var b strings.Builder
	for range rng.IntN(40) {
		switch rng.IntN(20) {
		case 0:
			b.WriteByte(byte(rng.Uint32()))
		case 1, 2:
			b.WriteRune(rng.Int32N(unicode.MaxRune + 1))
		case 3, 4, 5, 6:
			b.WriteRune(rng.Int32N(0x250))
		case 7:
			for range rng.IntN(40) {
				b.WriteRune(interesting[rng.IntN(len(interesting))])
			}
		default:
			b.WriteRune(interesting[rng.IntN(len(interesting))])
		}
	}
	return b.String()
}

func TestLawsOnRandomText(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for range testflags.Cases(10_000) {
		checkLaws(t, sample(rng))
	}
}

// checkLaws checks what must hold of the forms of any text.
func checkLaws(t *testing.T, s string) {
	t.Helper()
	for name, f := range forms {
		once := f(s)
		require.True(t, utf8.ValidString(once), "%s(%+q)", name, s)
		require.Equal(t, once, f(once), "%s(%+q) is not idempotent: %+q", name, s, once)
		if norm.NFD.String(norm.NFC.String(once)) == norm.NFD.String(once) { // see compose
			require.Equal(t, norm.NFC.String(once), once, "%s(%+q) is not composed", name, s)
		}
	}
	// The identity form is the finer of the two, but for the iota below, which case
	// folding makes a letter and Text takes for a mark.
	if !strings.ContainsRune(norm.NFD.String(s), '\u0345') {
		require.Equal(t, fold.Text(s), fold.Text(fold.Case(s)), "Text(Case(%+q))", s)
	}
	// The encoding of the same characters makes no difference. Normalisation itself
	// depends on the length of a run of marks beyond 30, so only shorter ones count.
	if utf8.ValidString(s) && !strings.ContainsRune(norm.NFD.String(s), '\u034f') {
		require.Equal(t, fold.Text(s), fold.Text(norm.NFD.String(s)), "%+q", s)
		require.Equal(t, fold.Case(s), fold.Case(norm.NFD.String(s)), "%+q", s)
	}
}

func FuzzForms(f *testing.F) {
	for _, s := range []string{"Łódź", "e\u0301\u0327", "\u1112\u1161\u11ab", "A\xc3\u0301\xa9", "\u0345\u0301"} {
		f.Add(s)
	}
	f.Fuzz(checkLaws)
}

func TestConcurrentUse(t *testing.T) {
	words := []string{"Ada", "Łódź", "Ελληνικάς", "한글", "ẞ\u0301"}
	var want []string
	for _, w := range words {
		want = append(want, fold.Text(w)+"|"+fold.Case(w))
	}
	var wg sync.WaitGroup
	start := make(chan struct{})
	got := make([]string, 8)
	for g := range got {
		wg.Go(func() {
			<-start
			for i := range 500 {
				w := i % len(words)
				if s := fold.Text(words[w]) + "|" + fold.Case(words[w]); s != want[w] {
					got[g] = s
				}
			}
		})
	}
	close(start)
	wg.Wait()
	require.Equal(t, make([]string, 8), got)
}

func TestNoAllocationWhenFolded(t *testing.T) {
	for name, f := range forms {
		s := "ada.lovelace.815@example7.com"
		require.Zero(t, testing.AllocsPerRun(100, func() { f(s) }), name)
	}
}

// benchTexts are the inputs of the benchmarks: an address as it is stored, a name
// as it is typed, names with accents, and text outside the Latin blocks.
var benchTexts = []struct{ name, s string }{
	{"lower", "ada.lovelace.815@example7.com"},
	{"mixed", "Ada King, Countess of Lovelace"},
	{"accents", "Żaneta Łuczyńska-Sørensen"},
	{"greek", "Ελληνικά γράμματα"},
	{"hangul", "대한민국 서울"},
}

func BenchmarkText(b *testing.B) { benchmark(b, fold.Text) }

func BenchmarkCase(b *testing.B) { benchmark(b, fold.Case) }

func benchmark(b *testing.B, f func(string) string) {
	for _, x := range benchTexts {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f(x.s)
			}
		})
	}
}

func ExampleText() {
	for _, s := range []string{"Søren", "STRASSE", "Straße", "ﬁn", "José"} {
		fmt.Print(fold.Text(s), " ")
	}
	// Output: soren strasse strasse fin jose
}
