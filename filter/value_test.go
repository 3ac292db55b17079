package filter_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/filter"
)

func TestValues(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	require.Equal(t, filter.Number(0), filter.Number(negativeZero))
	require.False(t, math.Signbit(filter.Number(negativeZero).Number()))
	require.Equal(t, 1.5, filter.Number(1.5).Number())
	require.Equal(t, "x", filter.Text("x").Text())
	require.True(t, filter.Bool(true).Bool())
	require.False(t, filter.Bool(false).Bool())

	require.Equal(t, int32(0), filter.Date(1970, 1, 1).Days())
	require.Equal(t, int32(-719528), filter.Date(0, 1, 1).Days())
	require.Equal(t, int32(2932896), filter.Date(9999, 12, 31).Days())
	require.Equal(t, int64(-1), filter.DateTime(time.Unix(0, -1)).Millis(), "cut towards the past")
	require.Equal(t, int64(1), filter.DateTime(time.Unix(0, 1_999_999)).Millis())

	// What is asked of a value of another kind is zero.
	all := []filter.Value{filter.Number(7), filter.Text("7"), filter.Bool(true), filter.Date(2026, 11, 24), filter.DateTime(time.UnixMilli(7)), {}, filter.TimeOfDay(0, 0, 7)}
	kinds := []filter.ValueKind{filter.NumberValue, filter.TextValue, filter.BoolValue, filter.DateValue, filter.DateTimeValue, filter.InvalidValue, filter.TimeOfDayValue}
	for i, v := range all {
		require.Equal(t, kinds[i], v.Kind())
		require.Equal(t, i == 0, v.Number() != 0)
		require.Equal(t, i == 1, v.Text() != "")
		require.Equal(t, i == 2, v.Bool())
		require.Equal(t, i == 3, v.Days() != 0)
		require.Equal(t, i == 4, v.Millis() != 0)
		require.Equal(t, i == 5, v.Err() != nil)
		require.Equal(t, i == 6, v.ClockTime() != 0)
	}

	for _, v := range []filter.Value{{}, filter.Number(math.NaN()), filter.Number(math.Inf(1)), filter.Text("a\xff"), filter.Date(2026, 13, 1), filter.Date(2025, 2, 29),
		filter.Date(-1, 1, 1), filter.Date(10000, 1, 1), filter.Date(2026, 1, 0), filter.TimeOfDay(24, 0, 0), filter.TimeOfDay(9, -1, 0), filter.TimeOfDay(9, 0, 60), filter.TimeOfDay(-1, 59, 0), filter.TimeOfDay(1<<40, 0, 0), filter.DateTime(time.Date(-1, 12, 31, 23, 59, 59, 0, time.UTC)),
		filter.DateTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.FixedZone("", -3600)))} {
		require.Equal(t, filter.InvalidValue, v.Kind())
		require.Error(t, v.Err())
		require.True(t, strings.HasPrefix(v.String(), "<"), v.String())
	}
}

func TestEveryDay(t *testing.T) {
	day := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for days := int32(-719528); days <= 2932896; days += 97 {
		text := day.Format("2006-01-02")
		v, ok := filter.ParseValue(text)
		require.True(t, ok, text)
		require.Equal(t, days, v.Days(), text)
		require.Equal(t, text, v.String())
		day = day.AddDate(0, 0, 97)
	}
}

func TestParseValue(t *testing.T) {
	for text, want := range map[string]filter.Value{
		"0": filter.Number(0), "-0": filter.Number(0), "12": filter.Number(12), "-0.5e3": filter.Number(-500), "007": filter.Number(7), "2026": filter.Number(2026),
		"9007199254740992": filter.Number(1 << 53), "1E5": filter.Number(1e5), "0.1": filter.Number(0.1),
		"true": filter.Bool(true), "FALSE": filter.Bool(false), "True": filter.Bool(true),
		"2026-11-24": filter.Date(2026, 11, 24), "2026-11-24T10:00:00.001+01:00": filter.DateTime(time.Date(2026, 11, 24, 9, 0, 0, 1e6, time.UTC)),
		"00:00": filter.TimeOfDay(0, 0, 0), "09:30": filter.TimeOfDay(9, 30, 0), "23:59:59": filter.TimeOfDay(23, 59, 59), "09:30:00": filter.TimeOfDay(9, 30, 0),
	} {
		v, ok := filter.ParseValue(text)
		require.True(t, ok, text)
		require.Equal(t, want, v, text)
	}
	for _, text := range []string{"", " ", " 1", "1 ", "+1", ".5", "5.", "1e", "1e+", "--1", "-", "1,5", "1_000", "0x10", "NaN", "Infinity", "inf", "1e999", "9007199254740993", "１",
		"t", "f", "yes", "trüe", "truee", " true", `"x"`, "x", "and", "2026-02-30", "2026-11-24 ", "2026-11-24T10:00:00", "2026-11-24T10:00:00z", "2026-11-24 10:00:00Z",
		"24.11.2026", "2026-11", "2026-11-24T10:00:00.1Z", "2026-11-24T10:00:00.1234Z", "2026-11-24T10:00:00Z\n", "2026-11-24T10:00:00+0100", "-2026-11-24", "12026-11-24", "24:00", "9:30", "09:30:60", "-09:30", "09:30Z", "09:30:15.5", "09:"} {
		_, ok := filter.ParseValue(text)
		require.False(t, ok, text)
	}
}

// FuzzParseValue checks that what is a literal alone is the same literal in a
// filter.
func FuzzParseValue(f *testing.F) {
	for _, s := range []string{"1", "-0.5e3", "true", "2026-11-24", "2026-11-24T10:00:00.001+01:00", "9007199254740993", "1.5x", "09:30", "9:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := filter.ParseValue(text)
		parsed, err := filter.Parse("a = " + text)
		if !ok {
			return
		}
		require.NoError(t, err)
		require.Equal(t, "a = "+v.String(), parsed.String())
		again, ok := filter.ParseValue(v.String())
		require.True(t, ok)
		require.Equal(t, v, again)
	})
}
