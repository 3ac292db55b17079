package filter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
)

//go:generate go test -run ^TestSemantics$ . -roster.update

const semantics = "../docs/semantics.md"

// docs/semantics.md is what the template makes of tables that have been checked.
func TestSemantics(t *testing.T) {
	tmpl, err := template.New("semantics.md.tmpl").Funcs(template.FuncMap{
		"grammar":      func() string { return grammar(t) },
		"reserved":     func() string { return reserved(t) },
		"names":        func() string { return nameTable(t) },
		"values":       func() string { return valueTable(t) },
		"spellings":    func() string { return spellingTable(t) },
		"fits":         fitsTable,
		"table":        func(name string) string { return sheetTable(t, name) },
		"relatives":    func() string { return relativeTable(t) },
		"zones":        func() string { return zoneTable(t) },
		"days":         func() string { return dayTable(t) },
		"folding":      func() string { return foldingTable(t) },
		"scripts":      func() string { return scriptTable(t) },
		"like":         func() string { return patternTable(t, filter.Like, likes) },
		"matches":      func() string { return patternTable(t, filter.Matches, expressions) },
		"refused":      func() string { return refusedTable(t) },
		"associations": func() string { return associationTable(t) },
		"behaviour":    func(name string) string { return behaviourTable(t, name) },
		"limits":       func() string { return limitTable(t) },
	}).ParseFiles("testdata/semantics.md.tmpl")
	require.NoError(t, err)
	var want bytes.Buffer
	require.NoError(t, tmpl.Execute(&want, nil))
	if testflags.Update() {
		require.NoError(t, os.WriteFile(semantics, want.Bytes(), 0o644))
		return
	}
	got, err := os.ReadFile(semantics)
	require.NoError(t, err)
	require.Equal(t, want.String(), string(got), "out of date; run: go generate ./filter")
}

// code puts a piece of a filter between backticks, also one with backticks in it.
func code(s string) string {
	s = strings.ReplaceAll(s, "|", `\|`)
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

func rowOf(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

func mark(yes bool) string {
	if yes {
		return "✓"
	}
	return "·"
}

// grammar cuts the grammar out of the package comment.
func grammar(t *testing.T) string {
	src, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	m := regexp.MustCompile(`(?s)# Grammar\n//\n(.*?)\n//\n// \w`).FindSubmatch(src)
	require.NotNil(t, m, "no grammar in doc.go")
	return regexp.MustCompile(`(?m)^//\t?`).ReplaceAllString(string(m[1]), "")
}

// reserved lists the words that cannot be a field's name without backticks.
func reserved(t *testing.T) string {
	src, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	m := regexp.MustCompile(`(?s)// The words (.*?) are reserved`).FindSubmatch(src)
	require.NotNil(t, m, "no reserved words in doc.go")
	words := regexp.MustCompile(`[a-z]+`).FindAllString(strings.ReplaceAll(string(m[1]), " and last", " last"), -1)
	for i, w := range words {
		_, err := filter.Parse(w + " = 1")
		require.Error(t, err, w)
		_, err = filter.Parse(strings.ToUpper(w) + " = 1")
		require.Error(t, err, w)
		require.Equal(t, "`"+w+"` = 1", filter.MustParse("`"+w+"` = 1").String())
		words[i] = code(w)
	}
	for _, w := range strings.Fields("empty segment segments with none any1 nothing time name text type count sum day of") {
		require.Equal(t, w+" = 1", filter.MustParse(w+" = 1").String(), "is not reserved")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func nameTable(t *testing.T) string {
	var b strings.Builder
	for _, c := range [][2]string{
		{"points", "points"}, {"größe", "größe"}, {"company.name", "company.name"}, {"`company.name`", "company.name"},
		{"`first name`", "first name"}, {"`last`", "last"}, {"`1st`", "1st"}, {"`a.b`.c", "a.b.c"}, {"`x``y`", "x`y"},
	} {
		for _, cond := range filter.MustParse(c[0] + " is empty").Conditions() {
			require.Equal(t, c[1], cond.Field())
		}
		b.WriteString(rowOf(code(c[0]), code(c[1])))
	}
	return b.String()
}

func valueTable(t *testing.T) string {
	var b strings.Builder
	for _, c := range [][3]string{
		{`500`, "number", `500`}, {`-0.50`, "number", `-0.5`}, {`1.5e3`, "number", `1500`}, {`-0`, "number", `0`},
		{`"Zürich"`, "text", `"Zürich"`}, {`'say "hi"'`, "text", `"say ""hi"""`}, {`"C:\new"`, "text", `"C:\new"`},
		{`TRUE`, "bool", `true`}, {`2026-11-24`, "date", `2026-11-24`},
		{`2026-11-24T11:00:00+01:00`, "datetime", `2026-11-24T10:00:00Z`},
		{`2026-11-24T10:00:00.250Z`, "datetime", `2026-11-24T10:00:00.250Z`}, {`Today`, "relative date", `today`}, {`-30 day`, "relative date", `-30 days`},
		{`3 days ago`, "relative date", `3 days ago`}, {`first day of last month`, "relative date", `first day of last month`},
		{`-36 hours`, "relative datetime", `-36 hours`}, {`now`, "relative datetime", `now`}, {`Monday`, "weekday", `monday`}, {`09:30:00`, "time of day", `09:30`},
	} {
		for _, cond := range filter.MustParse("a = " + c[0]).Conditions() {
			require.Equal(t, c[1], cond.Value(0).Kind().String())
			require.Equal(t, c[2], cond.Value(0).String())
		}
		b.WriteString(rowOf(code(c[0]), c[1], code(c[2])))
	}
	return b.String()
}

func spellingTable(t *testing.T) string {
	var b strings.Builder
	for _, c := range [][2]string{
		{`not (points = 5)`, `points != 5`}, {`not not points = 5`, `points = 5`}, {`not points not in (1, 2)`, `points in (1, 2)`},
		{`not points is not empty`, `points is empty`}, {`not tags has any ("a")`, `tags has none ("a")`},
		{`not tags has all ("a", "b")`, `tags lacks any ("a", "b")`}, {`not points < 5`, `not points < 5`},
		{`a = 1 and (b = 2 and c = 3)`, `a = 1 and b = 2 and c = 3`}, {`(a = 1 or b = 2) or c = 3`, `a = 1 or b = 2 or c = 3`},
		{`(a = 1 or b = 2) and c = 3`, `(a = 1 or b = 2) and c = 3`}, {`not (a = 1 or b = 2)`, `not (a = 1 or b = 2)`},
		{`seen in the last 7 days`, `seen within the last 7 days`}, {`birthday +7 days`, `birthday is +7 days`}, {"A  IS\nEMPTY", `A is empty`}, {`in segment "vip"`, `in segment vip`},
	} {
		f := filter.MustParse(c[0])
		require.Equal(t, c[1], f.String())
		b.WriteString(rowOf(code(strings.ReplaceAll(c[0], "\n", " ")), code(c[1])))
	}
	return b.String()
}

func fitsTable() string {
	var b strings.Builder
	head, line := []string{""}, "|---|"
	for kind := contact.KindText; kind <= contact.KindTags; kind++ {
		head, line = append(head, kind.String()), line+"---|"
	}
	b.WriteString(rowOf(head...) + line + "\n")
	for op := filter.Equal; !op.OnSegments(); op++ {
		cells := []string{code(op.String())}
		for kind := contact.KindText; kind <= contact.KindTags; kind++ {
			cells = append(cells, mark(op.Fits(kind)))
		}
		b.WriteString(rowOf(cells...))
	}
	return b.String()
}

// sheetTable shows a sheet, which TestTruthTable has checked.
func sheetTable(t *testing.T, name string) string {
	for _, s := range slices.Concat(sheets, companySheets, edgeSheets) {
		if s.name != name {
			continue
		}
		var b strings.Builder
		head, line := []string{""}, "|---|"
		for _, p := range s.people {
			head, line = append(head, p.title), line+"---|"
		}
		b.WriteString(rowOf(append(head, "all others")...) + line + "---|\n")
		for _, row := range s.rows {
			cells := []string{code(row.condition)}
			for _, say := range strings.Fields(row.say) {
				cells = append(cells, mark(say == "+"))
			}
			b.WriteString(rowOf(append(cells, code(row.complement))...))
		}
		return b.String()
	}
	require.Fail(t, "no sheet "+name)
	return ""
}

// relativeTable shows what relative dates are on aWednesday.
func relativeTable(t *testing.T) string {
	var b strings.Builder
	schema := contact.MustSchema(contact.Date("due"))
	for _, c := range [][3]string{
		{"today", "2026-11-25", ""}, {"yesterday", "2026-11-24", ""}, {"tomorrow", "2026-11-26", ""},
		{"-30 days", "2026-10-26", ""}, {"+2 weeks", "2026-12-09", ""}, {"3 days ago", "2026-11-22", ""}, {"in 3 months", "2027-02-25", ""},
		{"this week", "2026-11-23", "2026-11-29"}, {"last week", "2026-11-16", "2026-11-22"}, {"next month", "2026-12-01", "2026-12-31"},
		{"this quarter", "2026-10-01", "2026-12-31"}, {"last year", "2025-01-01", "2025-12-31"},
		{"first day of last month", "2026-10-01", ""}, {"last day of this quarter", "2026-12-31", ""}, {"last day of february", "2026-02-28", ""},
		{"last day of february last year", "2025-02-28", ""}, {"monday this week", "2026-11-23", ""}, {"sunday next week", "2026-12-06", ""},
	} {
		begin, err := contact.ParseDay(c[1])
		require.NoError(t, err)
		end, shown := begin, c[1]
		if c[2] != "" {
			end, err = contact.ParseDay(c[2])
			require.NoError(t, err)
			shown += " to " + c[2]
		}
		k := filtertest.Case{Schema: schema, Now: aWednesday, Filter: filter.MustParse("due = " + c[0])}
		for d := begin - 1; d <= end+1; d++ {
			k.Contacts = []filtertest.Contact{{"due": d}}
			require.Equal(t, begin <= d && d <= end, k.Want(0), "%s: %s", c[0], d)
			check(t, k)
		}
		require.Equal(t, "due = "+c[0], k.Filter.String())
		b.WriteString(rowOf(code(c[0]), shown))
	}
	return b.String()
}

func zoneTable(t *testing.T) string {
	var b strings.Builder
	schema := contact.MustSchema(contact.DateTime("seen"), contact.Text("timezone"))
	late := filtertest.Contact{"seen": instant("2026-11-25T23:30:00Z"), "timezone": "Asia/Tokyo"}
	for _, c := range []struct {
		filter, note string
		yes          bool
	}{
		{`seen = 2026-11-26`, "in the zone of the program, here UTC", false},
		{`seen = 2026-11-26 in zone "Europe/Zurich"`, "in that zone", true},
		{`seen = 2026-11-26 in zone of timezone`, "in the contact's own zone", true},
		{`seen = 2026-11-26 in zone of timezone else "America/Lima"`, "in the contact's own zone, or in that one", true},
	} {
		k := filtertest.Case{Schema: schema, Now: aWednesday, Contacts: []filtertest.Contact{late}, Filter: filter.MustParse(c.filter)}
		require.Equal(t, c.yes, k.Want(0), c.filter)
		check(t, k)
		b.WriteString(rowOf(code(c.filter), c.note))
	}
	return b.String()
}

func dayTable(t *testing.T) string {
	var b strings.Builder
	schema := contact.MustSchema(contact.DateTime("seen"))
	for _, c := range [][5]string{
		{"UTC", "2026-11-24", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", ""},
		{"Asia/Kolkata", "2026-11-24", "2026-11-23T18:30:00Z", "2026-11-24T18:30:00Z", ""},
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "23 hours"},
		{"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "25 hours"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", "the clocks went from midnight to 01:00"},
	} {
		begin, end := instant(c[2]), instant(c[3])
		for _, x := range []struct {
			at time.Time
			on bool
		}{{begin.Add(-time.Millisecond), false}, {begin, true}, {end.Add(-time.Millisecond), true}, {end, false}} {
			k := filtertest.Case{Schema: schema, Zone: zone(t, c[0]), Contacts: []filtertest.Contact{{"seen": x.at}}, Filter: filter.MustParse("seen = " + c[1])}
			require.Equal(t, x.on, k.Want(0), "%v %v", c, x.at)
			check(t, k)
		}
		note := ""
		if c[4] != "" {
			note = " (" + c[4] + ")"
		}
		b.WriteString(rowOf(c[0], c[1]+note, c[2], c[3]))
	}
	return b.String()
}

// same is two texts and whether a filter takes them for the same.
type same struct {
	has, asked string
	yes        bool
	note       string // what cannot be seen
}

var foldings = []same{
	{"Zürich", "zurich", true, ""}, {"CAFÉ", "café", true, ""}, {"Straße", "STRASSE", true, ""}, {"Łódź", "lodz", true, ""},
	{"Søren", "soren", true, ""}, {"złoty", "ZLOTY", true, ""}, {"İstanbul", "ıstanbul", true, ""}, {"ISTANBUL", "istanbul", true, ""}, {"ΕΛΛΑΣ", "Ελλάς", true, ""},
	{"ﬁnance", "finance", true, ""}, {"ＡＢＣ", "abc", true, ""}, {"m²", "m2", true, ""}, {"Йога", "иога", true, ""}, {"한글", "\u1112\u1161\u11ab\u1100\u1173\u11af", true, "each letter a code point of its own"},
	{"مُحَمَّد", "محمد", true, ""}, {"Æsop", "aesop", false, ""}, {"Müller", "Mueller", false, ""}, {"が", "か", false, ""}, {"O'Neil", "ONeil", false, ""},
	{"Ada ", "Ada", false, ""}, {"0", "O", false, ""},
}

func foldingTable(t *testing.T) string {
	var b strings.Builder
	folded, exact := contact.MustSchema(contact.Text("name")), contact.MustSchema(contact.Text("name").Exact())
	for _, c := range foldings {
		k := filtertest.Case{Schema: folded, Contacts: []filtertest.Contact{{"name": c.has}}, Filter: filter.Must(filter.Field("name").Equals(c.asked))}
		require.Equal(t, c.yes, k.Want(0), "%q and %q", c.has, c.asked)
		check(t, k)
		k.Schema = exact
		require.False(t, k.Want(0))
		check(t, k)
		asked := code(c.asked)
		if c.note != "" {
			asked += " (" + c.note + ")"
		}
		b.WriteString(rowOf(code(c.has), asked, mark(c.yes)))
	}
	return b.String()
}

// pattern is a pattern, a text, whether it matches, and if the field is exact.
type pattern struct {
	pattern, text string
	yes, exact    bool
}

var likes = []pattern{
	{"a%", "Ada", true, false}, {"a%", "Hannah", false, false}, {"%ann%", "Hannah", true, false}, {"a_a", "Ada", true, false},
	{"a_a", "Ådaa", false, false}, {"%", "two\nlines", true, false}, {"two_lines", "two\nlines", true, false},
	{"stra__e", "Straße", true, false}, {"stra_e", "Straße", false, false}, {"Stra_e", "Straße", true, true},
	{"_", "é", true, false}, {"_", "😀", true, false}, {"_", "한", true, false}, {"100%", "100 percent", true, false},
	{"%_", "", false, false}, {"ada%_", "Ada", false, false}, {"ada_%", "Adam", true, false}, {`100\%`, "100 percent", false, false}, {`100\%`, "100%", true, false}, {`snake\_case`, "snake_case", true, false},
	{`C:\temp`, `c:\temp`, true, false}, {`a\\b`, `a\b`, true, false}, {`end\`, `end\`, true, false},
	{"ada", "Ada Lovelace", false, false}, {"ADA", "Ada", false, true},
}

var expressions = []pattern{
	{"ada", "Ada Lovelace", true, false}, {"^ada$", "Ada Lovelace", false, false}, {"ada", "Ada Lovelace", false, true},
	{"zurich", "Zürich", false, false}, {"Z.RICH", "zürich", true, false}, {"ü", "ZÜRICH", true, false},
	{`^\d{5}$`, "75001", true, false}, {"a.b", "a\nb", false, false}, {"(?s)a.b", "a\nb", true, false},
	{"(?-i)ada", "Ada", false, false}, {"^(a|b)", "Bob", true, false},
}

func patternTable(t *testing.T, op filter.Op, list []pattern) string {
	var b strings.Builder
	for _, c := range list {
		field := contact.Text("name")
		if c.exact {
			field = field.Exact()
		}
		k := filtertest.Case{Schema: contact.MustSchema(field), Contacts: []filtertest.Contact{{"name": c.text}},
			Filter: filter.Must(filter.NewCondition("name", op, filter.Text(c.pattern)))}
		require.Equal(t, c.yes, k.Want(0), "%q %s %q", c.text, op, c.pattern)
		check(t, k)
		show := code(strings.ReplaceAll(c.text, "\n", "⏎"))
		if c.exact {
			show += " (exact field)"
		}
		if c.text == "" {
			show = "the empty text"
		}
		b.WriteString(rowOf(code(c.pattern), show, mark(c.yes)))
	}
	return b.String()
}

func refusedTable(t *testing.T) string {
	var b strings.Builder
	var parts []contact.Part
	seen := map[string]bool{}
	for _, s := range sheets {
		if s.name != "groups" && s.now.IsZero() && s.name != "part" && s.name != "exact e-mail domain" {
			parts = append(parts, s.parts...)
		}
	}
	parts = append(parts, contact.Text("notes").NotForSegments(), companySheets[0].parts[0])
	for _, c := range slices.Concat(refused, refusedOfCompanies) {
		f, err := filter.Parse(c[0])
		if err == nil {
			err = filter.Check(f, contact.MustSchema(parts...), &members{known: []string{"vip"}})
		}
		require.EqualError(t, err, c[1], c[0])
		require.False(t, seen[c[0]])
		seen[c[0]] = true
		b.WriteString(rowOf(code(c[0]), strings.ReplaceAll(strings.ReplaceAll(c[1], "|", `\|`), "\n", "<br>")))
	}
	return b.String()
}

// limitTable goes beyond each limit and shows the limit that the error names.
func limitTable(t *testing.T) string {
	var b strings.Builder
	show := func(name string, err error) {
		t.Helper()
		var of *filter.LimitError
		var oc *contact.LimitError
		limit := 0
		switch {
		case errors.As(err, &of):
			limit = of.Limit
		case errors.As(err, &oc):
			limit = oc.Limit
		default:
			require.Failf(t, "no limit", "%s: %v", name, err)
		}
		n := fmt.Sprint(limit)
		switch {
		case limit%(1<<20) == 0:
			n = fmt.Sprintf("%d MiB", limit>>20)
		case limit >= 1000:
			n = n[:len(n)-3] + " " + n[len(n)-3:]
		}
		b.WriteString(rowOf(name, n))
	}
	_, err := filter.Parse(strings.Repeat(" ", 64<<20) + "a = 1")
	show("the text of a filter", err)
	_, err = filter.Parse(strings.Repeat("a = 1 and (b = 1 or ", 1001) + "a = 1" + strings.Repeat(")", 1001))
	show("filters nested in each other", err)

	large := filter.MustParse(`a matches "` + strings.Repeat("a{1000}", 11) + `"`)
	show("a regular expression, in instructions it compiles to", filter.Check(large, contact.MustSchema(contact.Text("a")), nil))

	many := make([]contact.Part, 5000)
	for i := range many {
		many[i] = contact.Number(fmt.Sprint("n", i))
	}
	_, err = contact.New(contact.MustSchema(many...), nil)
	show("fields", err)
	options := make([]string, 70000)
	for i := range options {
		options[i] = fmt.Sprint(i)
	}
	_, err = contact.New(contact.MustSchema(contact.Select("s", options...)), nil)
	show("options of a field", err)

	store, err := contact.New(contact.MustSchema(contact.Text("a"), contact.Tags("t"), contact.Select("s", "x"), contact.Companies()), nil)
	require.NoError(t, err)
	insert := func(values contact.Values) error {
		return store.Update(context.Background(), func(tx *contact.Tx) error {
			_, err := tx.Insert(values)
			return err
		})
	}
	show("a text value", insert(contact.Values{"a": strings.Repeat("a", 1<<20+1)}))
	tags := make([]string, 10001)
	for i := range tags {
		tags[i] = fmt.Sprint(i)
	}
	show("tags of a contact, or its options in one field", insert(contact.Values{"t": tags}))
	show("companies of a contact", store.Update(context.Background(), func(tx *contact.Tx) error {
		id, err := tx.Insert(nil)
		var companies []contact.CompanyID
		for range 1001 {
			company, err := tx.Companies().Insert(nil)
			require.NoError(t, err)
			companies = append(companies, company)
		}
		return errors.Join(err, tx.Companies().Associate(id, companies...))
	}))
	return b.String()
}
