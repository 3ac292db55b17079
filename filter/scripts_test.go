package filter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// scripts is real words, by what is special about their spelling.
var scripts = []struct {
	what  string
	pairs []same
}{
	{"Turkish: with and without a dot", []same{{"Iğdır", "IGDIR", true, ""}, {"İzmir", "izmir", true, ""}, {"DİYARBAKIR", "Diyarbakır", true, ""}, {"ısı", "isi", true, ""}}},
	{"German", []same{{"Gruß", "GRUSS", true, ""}, {"GRUẞ", "gruß", true, ""}, {"Maße", "Masse", true, ""}, {"Bär", "Bar", true, ""}, {"Bär", "Baer", false, ""}}},
	{"Nordic", []same{{"Åse", "ase", true, ""}, {"Bjørn", "Bjorn", true, ""}, {"Ærø", "Aero", false, ""}, {"Þór", "Thor", false, ""}, {"Guðrún", "Gudrun", false, ""}}},
	{"French and Spanish", []same{{"Hélène", "helene", true, ""}, {"Muñoz", "MUNOZ", true, ""}, {"Œuvre", "oeuvre", false, ""}}},
	{"Polish, Czech and Romanian", []same{{"Łódź", "LODZ", true, ""}, {"Dvořák", "dvorak", true, ""}, {"Ștefan", "Ştefan", true, "a comma and a cedilla"}}},
	{"Croatian", []same{{"Đoković", "dokovic", true, ""}, {"Đoković", "djokovic", false, ""}, {"ǆep", "džep", true, "one code point and two"}}},
	{"Vietnamese", []same{{"Nguyễn", "nguyen", true, ""}, {"Đà Nẵng", "da nang", true, ""}, {"PHỞ", "pho", true, ""}, {"Phở", "phở", true, "all marks by themselves"}}},
	{"Greek", []same{{"Οδυσσεύς", "ΟΔΥΣΣΕΥΣ", true, ""}, {"ΟΔΟΣ", "οδοσ", true, ""}, {"Μαΐου", "μαιου", true, ""}, {"ᾠδή", "ωδη", true, ""}, {"ΑΘΗΝΑ", "AΘHNA", false, "A and H are Latin"}}},
	{"Cyrillic", []same{{"Ёлка", "елка", true, ""}, {"Йод", "иод", true, ""}, {"Київ", "киів", true, ""}, {"Київ", "Киев", false, ""}, {"Щука", "щука", true, ""}}},
	{"Armenian and Georgian", []same{{"Սևան", "ՍԵՒԱՆ", true, ""}, {"ᲗᲑᲘᲚᲘᲡᲘ", "თბილისი", true, ""}}},
	{"Arabic", []same{{"أحمد", "احمد", true, ""}, {"مُحَمَّد", "محمد", true, ""}, {"فاطمة", "فاطمه", false, ""}}},
	{"Hebrew: points are letters", []same{{"שָׁלוֹם", "שלום", false, ""}}},
	{"Devanagari and Thai: vowel signs and tones stay", []same{{"हिन्दी", "हिनदी", false, ""}, {"ที่", "ที", false, ""}}},
	{"Japanese", []same{{"ｶﾞﾗｽ", "ガラス", true, "narrow"}, {"ガラス", "カラス", false, ""}, {"がらす", "ガラス", false, ""}, {"ＴＯＫＹＯ１", "tokyo1", true, "wide"}}},
	{"Korean", []same{{"서울", "\u1109\u1165\u110b\u116e\u11af", true, "a syllable, and its letters"}, {"ㄱ", "\u1100", true, "two codes of a letter"}, {"서울", "서우", false, ""}}},
	{"Chinese", []same{{"臺北", "台北", false, ""}, {"神", "神", true, "a compatibility ideograph"}}},
	{"Ligatures and signs", []same{{"oﬃce", "office", true, ""}, {"ĳs", "ijs", true, ""}, {"№ 5", "no 5", true, ""}, {"m²", "m2", true, ""}, {"½", "1/2", false, ""}, {"273 K", "273 k", true, "the sign of Kelvin"}, {"ſo", "so", true, ""}}},
	{"Marks and what cannot be seen", []same{{"e\u0301", "é", true, "two code points and one"}, {"a\u0323\u0308", "a\u0308\u0323", true, "marks in another order"}, {"a\u00a0b", "a b", true, "a space that does not break"},
		{"❤\ufe0f", "❤", true, "with and without colour"}, {"co\u00adop", "coop", false, "a soft hyphen"}, {"O’Neil", "O'Neil", false, ""}, {"👩\u200d💻", "👩💻", false, "joined and not"}}},
}

// scriptTable holds the words against the oracle and the engine in every way to ask for
// a text.
func scriptTable(t *testing.T) string {
	var b strings.Builder
	folded, exact := contact.MustSchema(contact.Text("name")), contact.MustSchema(contact.Text("name").Exact())
	name := filter.Field("name")
	for _, s := range scripts {
		for i, c := range s.pairs {
			like := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(c.asked)
			for _, term := range []filter.Term{name.Equals(c.asked), name.In([]string{"x", c.asked}), name.Like(like), name.Like("%" + like), filter.Not(name.Equals(c.asked))} {
				k := filtertest.Case{Schema: folded, Contacts: []filtertest.Contact{{"name": c.has}}, Filter: filter.Must(term)}
				require.Equal(t, c.yes != term.Negated(), k.Want(0), "%+q and %+q: %s", c.has, c.asked, k.Filter)
				check(t, k)
				k.Schema = exact
				require.Equal(t, (c.has == c.asked) != term.Negated(), k.Want(0), "%+q and %+q are one spelling", c.has, c.asked)
				check(t, k)
			}
			for _, term := range []filter.Term{name.Contains(c.asked), name.StartsWith(c.asked), name.EndsWith(c.asked)} {
				k := filtertest.Case{Schema: folded, Contacts: []filtertest.Contact{{"name": c.has}}, Filter: filter.Must(term)}
				if c.yes {
					require.True(t, k.Want(0), "%+q and %+q: %s", c.has, c.asked, k.Filter)
				}
				check(t, k)
			}
			require.Equal(t, c.yes, contact.Fold(c.has) == contact.Fold(c.asked), "%+q and %+q", c.has, c.asked)
			what, asked := "", code(c.asked)
			if i == 0 {
				what = s.what
			}
			if c.note != "" {
				asked += " (" + c.note + ")"
			}
			b.WriteString(rowOf(what, code(c.has), asked, mark(c.yes)))
		}
	}
	return b.String()
}

func TestScripts(t *testing.T) { require.NotEmpty(t, scriptTable(t)) }
