package contact_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

func everyKind() []contact.Part {
	return []contact.Part{
		contact.Text("text"), contact.Number("number"), contact.Bool("bool"), contact.Date("date"), contact.DateTime("datetime"), contact.TimeOfDay("opens"),
		contact.Select("select", "Free", "Pro"), contact.MultiSelect("multi", "de", "fr", "Zürich"), contact.Tags("tags"),
	}
}

// TestAccepted walks the table of Go types that each kind accepts.
func TestAccepted(t *testing.T) {
	paris := time.FixedZone("", 2*60*60)
	at := time.Date(2026, 11, 24, 0, 30, 0, 123_999_999, paris)
	day := contact.DayOf(2026, 11, 24)
	type myText = string
	for _, c := range []struct {
		field string
		given any
		want  any
	}{
		{"text", "Ada", "Ada"}, {"text", "", ""}, {"text", myText("x"), "x"}, {"text", contact.TextValue("v"), "v"},
		{"number", 1, 1.0}, {"number", int8(-8), -8.0}, {"number", int16(-16), -16.0}, {"number", int32(-32), -32.0}, {"number", int64(-64), -64.0},
		{"number", uint(1), 1.0}, {"number", uint8(8), 8.0}, {"number", uint16(16), 16.0}, {"number", uint32(32), 32.0}, {"number", uint64(64), 64.0},
		{"number", float32(0.5), 0.5}, {"number", 0.1, 0.1}, {"number", -math.MaxFloat64, -math.MaxFloat64}, {"number", 5e-324, 5e-324},
		{"number", math.Copysign(0, -1), 0.0}, {"number", int64(1 << 53), 1.0 * (1 << 53)}, {"number", int64(-1 << 53), -1.0 * (1 << 53)},
		{"number", int64(math.MinInt64), -1.0 * (1 << 63)}, {"number", uint64(1 << 63), 1.0 * (1 << 63)},
		{"number", json.Number("12.5"), 12.5}, {"number", json.Number("9007199254740992"), 1.0 * (1 << 53)}, {"number", json.Number("18446744073709551616"), 1.0 * (1 << 64)},
		{"number", json.Number("1e3"), 1000.0}, {"number", contact.NumberValue(7), 7.0},
		{"bool", true, true}, {"bool", false, false}, {"bool", contact.BoolValue(true), true},
		{"date", day, day}, {"date", "2026-11-24", day}, {"date", at, day}, {"date", "0000-01-01", contact.DayOf(0, 1, 1)}, {"date", contact.DayOf(9999, 12, 31), contact.DayOf(9999, 12, 31)},
		{"datetime", at, time.Date(2026, 11, 23, 22, 30, 0, 123_000_000, time.UTC)}, {"datetime", "2026-11-24T10:00:00+01:00", time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		{"datetime", "2026-11-24T10:00:00.1234Z", time.Date(2026, 11, 24, 10, 0, 0, 123_000_000, time.UTC)},
		{"datetime", time.Unix(0, -1), time.Unix(0, -1_000_000).UTC()},
		{"opens", "09:30", contact.ClockTimeOf(9, 30, 0)}, {"opens", "00:00", contact.ClockTime(0)}, {"opens", "23:59:59", contact.ClockTime(86399)},
		{"opens", "09:30:00", contact.ClockTimeOf(9, 30, 0)}, {"opens", contact.ClockTimeOf(8, 90, 0), contact.ClockTimeOf(9, 30, 0)}, {"opens", at, contact.ClockTimeOf(0, 30, 0)},
		{"opens", contact.TimeOfDayValue(61), contact.ClockTimeOf(0, 1, 1)},
		{"select", "Pro", "Pro"}, {"select", "pRO", "Pro"}, {"select", contact.SelectValue("free"), "Free"},
		{"multi", "fr", []string{"fr"}}, {"multi", []string{"ZURICH", "de", "Zürich"}, []string{"de", "Zürich"}}, {"multi", []any{"de"}, []string{"de"}}, {"multi", []string{}, nil},
		{"tags", "vip", []string{"vip"}}, {"tags", []string{"b", "a", "B"}, []string{"b", "a"}}, {"tags", []any{"x"}, []string{"x"}}, {"tags", contact.TagsValue("y"), []string{"y"}}, {"tags", []string(nil), nil},
	} {
		t.Run(fmt.Sprintf("%s %T %v", c.field, c.given, c.given), func(t *testing.T) {
			store := newStore(t, everyKind()...)
			id := insert(t, store, contact.Values{c.field: c.given})
			require.Equal(t, c.want, value(t, store.View(), id, c.field))
			set(t, store, id, contact.Values{c.field: nil})
			require.Nil(t, value(t, store.View(), id, c.field), "nil unsets")
		})
	}
}

// TestRefused has the exact words for every value that is not accepted.
func TestRefused(t *testing.T) {
	const tooLarge = "the number is beyond ±2⁵³, where a float64 skips whole numbers; keep such ids in an exact text field"
	type named float64
	for _, c := range []struct {
		field string
		given any
		want  string
	}{
		{"text", 1, "a Go int does not fit a text field; give a string"},
		{"text", "a\xffb", "the text is not valid UTF-8"},
		{"text", contact.NumberValue(1), "a number value does not fit a text field"},
		{"number", "1", "a Go string does not fit a number field; give a Go number"},
		{"number", named(1), "a Go contact_test.named does not fit a number field; give a Go number"},
		{"number", math.NaN(), "NaN is no number that can be compared; leave the value out instead"},
		{"number", math.Inf(1), "+Inf is no number that can be compared; leave the value out instead"},
		{"number", float32(math.Inf(-1)), "-Inf is no number that can be compared; leave the value out instead"},
		{"number", contact.NumberValue(math.NaN()), "NaN is no number that can be compared; leave the value out instead"},
		{"number", int64(1<<53 + 1), tooLarge}, {"number", int64(-1<<53 - 1), tooLarge}, {"number", int64(math.MaxInt64), tooLarge},
		{"number", uint64(1<<53 + 1), tooLarge}, {"number", uint64(math.MaxUint64), tooLarge},
		{"number", json.Number("9007199254740993"), tooLarge}, {"number", json.Number("18446744073709551617"), tooLarge}, {"number", json.Number("-9223372036854775809"), tooLarge},
		{"number", json.Number("1e400"), `"1e400" is not a number in range`}, {"number", json.Number("x"), `"x" is not a number in range`}, {"number", json.Number(""), `"" is not a number in range`},
		{"bool", 1, "a Go int does not fit a bool field; give a bool"},
		{"date", 1, "a Go int does not fit a date field; give a contact.Day, a time.Time or a string like 2026-11-24"},
		{"date", "24.11.2026", `"24.11.2026" is not a day of the form 2026-11-24`},
		{"date", "2026-02-30", `"2026-02-30" is not a day of the form 2026-11-24`},
		{"date", contact.DayOf(10000, 1, 1), "the day lies outside the years 0000 to 9999"},
		{"date", contact.DayOf(-1, 12, 31), "the day lies outside the years 0000 to 9999"},
		{"date", time.Unix(1<<60, 0), "the day lies outside the years 0000 to 9999"},
		{"date", time.Unix(-1<<60, 0), "the day lies outside the years 0000 to 9999"},
		{"datetime", "2026-11-24", `"2026-11-24" is not an instant of the form 2026-11-24T10:00:00Z`},
		{"datetime", 1, "a Go int does not fit a datetime field; give a time.Time or a string like 2026-11-24T10:00:00Z"},
		{"datetime", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "the instant lies outside the years 0000 to 9999 in UTC"},
		{"datetime", time.Date(-1, 12, 31, 23, 59, 59, 0, time.UTC), "the instant lies outside the years 0000 to 9999 in UTC"},
		{"datetime", time.Unix(math.MaxInt64/1000+1e6, 0), "the instant lies outside the years 0000 to 9999 in UTC"},
		{"datetime", time.Unix(math.MinInt64/1000-1e6, 0), "the instant lies outside the years 0000 to 9999 in UTC"},
		{"opens", "24:00", `"24:00" is no time of day; a day ends at 23:59:59, and its midnight is 00:00`},
		{"opens", "24:00:01", `"24:00:01" is no time of day; hours go to 23, minutes and seconds to 59`},
		{"opens", "09:60", `"09:60" is no time of day; hours go to 23, minutes and seconds to 59`},
		{"opens", "9:5", `"9:5" is no time of day; did you mean 09:05?`}, {"opens", "9:30:5", `"9:30:5" is no time of day; did you mean 09:30:05?`},
		{"opens", "09:30:", `"09:30:" is no time of day; it is written like 09:30 or 09:30:15`}, {"opens", ":30", `":30" is no time of day; it is written like 09:30 or 09:30:15`},
		{"opens", "0930", `"0930" is no time of day; it is written like 09:30 or 09:30:15`}, {"opens", "", `"" is no time of day; it is written like 09:30 or 09:30:15`},
		{"opens", "09:30 pm", `"09:30 pm" is no time of day; it is written like 09:30 or 09:30:15`}, {"opens", "09:30:15.5", `"09:30:15.5" is no time of day; it is written like 09:30 or 09:30:15`},
		{"opens", "009:30", `"009:30" is no time of day; it is written like 09:30 or 09:30:15`}, {"opens", "1:2:3:4", `"1:2:3:4" is no time of day; it is written like 09:30 or 09:30:15`},
		{"opens", 930, "a Go int does not fit a time of day field; give a contact.ClockTime, a time.Time or a string like 09:30 or 09:30:15"},
		{"opens", contact.ClockTimeOf(24, 0, 0), "the time of day lies outside 00:00 to 23:59:59"},
		{"opens", contact.ClockTimeOf(-1, 0, 0), "the time of day lies outside 00:00 to 23:59:59"},
		{"opens", contact.DateTimeValue(time.Unix(0, 0)), "a datetime value does not fit a time of day field"},
		{"select", "Poro", `"Poro" is not a declared option, did you mean "Pro"?`},
		{"select", "gold", `"gold" is not a declared option`},
		{"select", []string{"Pro"}, "a Go []string does not fit a select field; give a string"},
		{"multi", []string{"de", "nl"}, `"nl" is not a declared option`},
		{"multi", []any{"de", 5}, "element 1: a Go int does not fit a multi-select field; give strings"},
		{"tags", 5, "a Go int does not fit a tags field; give a []string"},
		{"tags", []string{"a", ""}, "an empty tag"},
		{"tags", "\xff", "the text is not valid UTF-8"},
		{"tags", contact.OptionsValue("a"), "a multi-select value does not fit a tags field"},
	} {
		t.Run(fmt.Sprintf("%s %T %v", c.field, c.given, c.given), func(t *testing.T) {
			store := newStore(t, everyKind()...)
			err := store.Update(ctx, func(tx *contact.Tx) error {
				_, err := tx.Insert(contact.Values{c.field: c.given})
				return err
			})
			require.EqualError(t, err, fmt.Sprintf("contact: field %q: %s", c.field, c.want))
			require.Zero(t, store.View().Len())
			require.Zero(t, store.View().Number())
		})
	}
}

func TestLimits(t *testing.T) {
	opts := &contact.Options{Limits: contact.Limits{Text: 8, Options: 3, Fields: 9, Tags: 4}}
	store := newStoreWith(t, opts, contact.Text("text").Unique(), contact.Tags("tags"), contact.Select("select", "a", "b", "c"))
	refuse := func(want contact.LimitError, do func(tx *contact.Tx) error) {
		t.Helper()
		err := store.Update(ctx, do)
		var limit *contact.LimitError
		require.ErrorAs(t, err, &limit)
		require.Equal(t, want, *limit)
	}
	in := func(values contact.Values) func(tx *contact.Tx) error {
		return func(tx *contact.Tx) error {
			_, err := tx.Insert(values)
			return err
		}
	}
	refuse(contact.LimitError{What: "bytes of a text value", Limit: 8, Got: 9}, in(contact.Values{"text": "123456789"}))
	refuse(contact.LimitError{What: "bytes of a text value", Limit: 8, Got: 9}, in(contact.Values{"tags": "123456789"}))
	refuse(contact.LimitError{What: "values of one contact in one field", Limit: 4, Got: 5}, in(contact.Values{"tags": []string{"a", "b", "c", "d", "e"}}))
	id := insert(t, store, contact.Values{"text": "12345678", "tags": []string{"a", "b", "c", "d", "A", "D"}})
	refuse(contact.LimitError{What: "values of one contact in one field", Limit: 4, Got: 5}, func(tx *contact.Tx) error { return tx.Add(id, "tags", "e") })
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Add(id, "tags", "D"))
		require.NoError(t, tx.Remove(id, "tags", "a"))
		return tx.Add(id, "tags", "e")
	})
	refuse(contact.LimitError{What: "options", Limit: 3, Got: 4}, func(tx *contact.Tx) error {
		return tx.Schema().AddOptions("select", contact.Option{Value: "d"})
	})
	refuse(contact.LimitError{What: "fields", Limit: 9, Got: 10}, func(tx *contact.Tx) error {
		var parts []contact.Part
		for i := range 7 {
			parts = append(parts, contact.Bool(fmt.Sprint("new", i)))
		}
		return tx.Schema().Add(parts...)
	})
	err := store.Update(ctx, in(contact.Values{"text": "123456789"}))
	require.EqualError(t, err, `contact: field "text": bytes of a text value: 9 is over the limit of 8`)
	_, found, err := store.View().Lookup("text", strings.Repeat("x", 2<<20))
	require.NoError(t, err, "nobody's")
	require.False(t, found)
}

// The limits of a store hold for the schema it begins with, too; a schema by
// itself has none.
func TestLimitsOfNew(t *testing.T) {
	schema := contact.MustSchema(contact.Select("s", "a", "b", "c"), contact.Bool("b"))
	_, err := contact.New(schema, &contact.Options{Limits: contact.Limits{Options: 2, Fields: 1}})
	require.EqualError(t, err, `contact: schema: field "s": options: 3 is over the limit of 2; fields: 2 is over the limit of 1`)
	var limit *contact.LimitError
	require.ErrorAs(t, err, &limit)
	var wrong *contact.SchemaError
	require.ErrorAs(t, err, &wrong)
	require.Len(t, wrong.Problems, 2)

	var parts []contact.Part
	for i := range 5000 {
		parts = append(parts, contact.Bool(fmt.Sprint("f", i)))
	}
	schema = contact.MustSchema(parts...)
	_, err = contact.New(schema, nil)
	require.EqualError(t, err, "contact: schema: fields: 5000 is over the limit of 4096")
	store, err := contact.New(schema, &contact.Options{Limits: contact.Limits{Fields: 6000}})
	require.NoError(t, err)
	require.NoError(t, store.Close())
}

func TestLongTextWithinItsLimit(t *testing.T) {
	store := newStoreWith(t, &contact.Options{Limits: contact.Limits{Text: 4 << 20}}, contact.Text("bio").Unique())
	long := strings.Repeat("é", 1<<20)
	id := insert(t, store, contact.Values{"bio": long})
	got, found, err := store.View().Lookup("bio", strings.ToUpper(long))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, id, got)
	require.Equal(t, long, value(t, store.View(), id, "bio"))
}

func TestBadOptions(t *testing.T) {
	_, err := contact.New(contact.MustSchema(), &contact.Options{KeepLog: -2, Limits: contact.Limits{Text: -1, Options: -1, Fields: 70000, Tags: -1}})
	require.EqualError(t, err, "contact: options: KeepLog is -2; give a number of changes or -1 for none; "+
		"Limits.Text is -1; give a positive number of bytes; Limits.Options is -1; give a positive number; "+
		"Limits.Fields is 70000; give a number from 1 to 65535; Limits.Tags is -1; give a positive number")
	_, err = contact.New(nil, nil)
	require.EqualError(t, err, "contact: a new store needs a schema; an empty one comes from NewSchema()")
}

func TestValues(t *testing.T) {
	day, at := contact.DayOf(2026, 11, 24), time.Date(2026, 11, 24, 10, 0, 0, 500e6, time.UTC)
	for _, c := range []struct {
		v    contact.Value
		kind contact.Kind
		text string
		any  any
	}{
		{contact.Value{}, 0, "", nil},
		{contact.TextValue(""), contact.KindText, "", ""},
		{contact.NumberValue(1e21), contact.KindNumber, "1000000000000000000000", 1e21},
		{contact.NumberValue(-0.5), contact.KindNumber, "-0.5", -0.5},
		{contact.BoolValue(false), contact.KindBool, "false", false},
		{contact.DateValue(day), contact.KindDate, "2026-11-24", day},
		{contact.DateTimeValue(at), contact.KindDateTime, "2026-11-24T10:00:00.5Z", at},
		{contact.TimeOfDayValue(contact.ClockTimeOf(9, 30, 0)), contact.KindTimeOfDay, "09:30", contact.ClockTimeOf(9, 30, 0)},
		{contact.TimeOfDayValue(86399), contact.KindTimeOfDay, "23:59:59", contact.ClockTime(86399)},
		{contact.SelectValue("Pro"), contact.KindSelect, "Pro", "Pro"},
		{contact.OptionsValue("a", "b"), contact.KindMultiSelect, "a, b", []string{"a", "b"}},
		{contact.TagsValue(), contact.KindTags, "", nil},
	} {
		require.Equal(t, c.kind, c.v.Kind())
		require.Equal(t, c.text, c.v.String())
		require.Equal(t, c.any, c.v.Any())
		require.Equal(t, c.any == nil, c.v.Missing())
		require.True(t, c.v.Equal(c.v))
		require.Equal(t, c.v.Missing(), c.v.Equal(contact.Value{}))
		// what belongs to other kinds is zero
		if c.kind != contact.KindNumber {
			require.Zero(t, c.v.Number())
		}
		if c.kind != contact.KindDate {
			require.Zero(t, c.v.Day())
		}
		if c.kind != contact.KindDateTime {
			require.Zero(t, c.v.Time())
		}
		if c.kind != contact.KindTimeOfDay {
			require.Zero(t, c.v.ClockTime())
		}
		require.False(t, c.v.Bool())
	}
	list := []string{"a"}
	v := contact.TagsValue(list...)
	list[0] = "b"
	v.List()[0] = "c"
	require.Equal(t, []string{"a"}, v.List(), "lists are copied, in and out")
	require.Equal(t, "Kind(99)", contact.Kind(99).String())
	require.Equal(t, "number", contact.KindNumber.String())
}

// What a caller does with its own slices later does not reach the store.
func TestGivenListsStayTheCallers(t *testing.T) {
	store := newStore(t, everyKind()...)
	tags := field(t, store, "tags")
	mine := []string{"a", "b"}
	update(t, store, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"tags": mine, "multi": []any{"de"}})
		require.NoError(t, err)
		mine[0] = "x"
		_, err = tx.Row().List(tags, mine...).Insert()
		require.NoError(t, err)
		mine[1] = "y"
		require.NoError(t, tx.Add(1, "tags", mine...))
		mine[0], mine[1] = "z", "z"
		return nil
	})
	require.Equal(t, []string{"a", "b", "x", "y"}, value(t, store.View(), 1, "tags"))
	require.Equal(t, []string{"b", "x"}, value(t, store.View(), 2, "tags"))
}

func TestMemoryByField(t *testing.T) {
	store := newStore(t, everyKind()...)
	insertMany(t, store, 100, func(i int) contact.Values {
		return contact.Values{"text": fmt.Sprint("t", i), "number": i, "bool": true, "date": "2026-11-24", "datetime": time.Now(), "opens": "09:30", "select": "Pro", "multi": "de", "tags": "x"}
	})
	m := store.View().Memory()
	require.Len(t, m, 10)
	for name, n := range m {
		require.Positive(t, n, name)
	}
}
