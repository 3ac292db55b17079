package filtertest

import (
	"math"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
	_ "time/tzdata" // the zones below, also where the system has none
)

// What follows is what values are chosen from. It is never written to; the first
// of each is the smallest.

// fieldNames need backticks, look like words of the language, or share beginnings.
var fieldNames = []string{"a", "email", "Größe", "a.b", "not", "a b", "Any", "x`y", "a..b", "1st", "empty", "segment",
	"company.name", "名前", ".", "in.any.segment", "a\nb", "True", "type", "b"}

// words of text fields and tags: near each other under folding, or with characters
// that mean something somewhere.
var words = []string{"a", "b", "A", "", "ab", "Ab", "aB", "á", "a\u0301", "Á", "abc", "Straße", "STRASSE", "ß", "ẞ", "ss",
	"İstanbul", "ISTANBUL", "ıstanbul", "istanbul", "ﬁx", "fix", "ＡＢ", "한글", "\u1112\u1161\u11ab\u1100\u1173\u11af", "한",
	"😀", "😀😁", "50%", "50_", `5\0`, `\`, "%", "_", `\%`, "a\nb", "a\r\nb", "\n", "ø", "o", "Łódź", "łódź", "lodz", "đħŧı", "dhti", "æ", "ae",
	"ς", "Σ", "σ", "\u0301", "e", "É", "Ꭰ", "ꭰ", "a.b", "ada@example.com", "ADA@EXAMPLE.COM", "0", "1", " ", "a ", "\x00",
	"\ufffd", "Å", "\u212b", "Й", "и", "か\u3099", "が", "か", "Ελλάς", "ΕΛΛΑΣ", strings.Repeat("ab", 100), "Ünïcödé tèxt",
	"unicode text", "(a+)+$", "a|b", "[", "x'y", `say "hi"`, "`", "\u200d", "❤\ufe0f", "❤", "ſ", "s", "K", "\u212a", "\U00011099\U000110ba"}

// optionLists are what select and multi-select fields declare.
var optionLists = [][]string{{"Free", "Pro", "Straße"}, {"x"}, {"Ää", "b c", "%", "3", "not", "😀"}, manyOptions()}

// manyOptions needs more than a byte to number them.
func manyOptions() (list []string) {
	for i := range 300 {
		list = append(list, "option "+string(rune('A'+i/26))+string(rune('a'+i%26)))
	}
	return list
}

// numberLists are kinds of number columns: those of one list fit the same narrow
// form, the last one mixes everything.
var numberLists = [][]float64{
	{0, 1, -1, 2, 127, -128, 126, -127, 100, math.Copysign(0, -1)},
	{0, 1, 128, 255, 256, -129, 32767, -32768, 1000, -1000},
	{0, 32768, 65535, 65536, 1e6, 1<<31 - 1, -1 << 31, -65537},
	{0, 0.01, -0.01, 0.1, 19.99, -19.99, 0.29, -1.13, 0.57, 0.5, 1, 100, 21474836.47, -21474836.48, 3.3},
	{0, 1 << 31, 1 << 53, -1 << 53, 1e15, 0.1 + 0.2, 1.0 / 3, 0.005, 21474836.48, 1e300, -1e300,
		math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, math.Copysign(0, -1), 1, -1},
}

// days are ends of months, leap days, and the ends of the calendar.
var days = []contact.Day{
	0, -1, 1,
	contact.DayOf(2024, time.February, 28), contact.DayOf(2024, time.February, 29), contact.DayOf(2024, time.March, 1),
	contact.DayOf(2023, time.February, 28), contact.DayOf(2023, time.March, 1), contact.DayOf(1900, time.February, 28),
	contact.DayOf(2000, time.February, 29), contact.DayOf(2026, time.December, 31), contact.DayOf(2027, time.January, 1),
	contact.DayOf(2018, time.November, 4), contact.DayOf(2026, time.March, 29), contact.DayOf(2026, time.October, 25),
	contact.DayOf(2059, time.September, 18), contact.DayOf(2059, time.September, 19), contact.DayOf(1880, time.April, 13),
	contact.DayOf(0, time.January, 1), contact.DayOf(9999, time.December, 31),
}

const (
	minMillis = -62167219200000 // 0000-01-01T00:00:00Z
	maxMillis = 253402300799999 // 9999-12-31T23:59:59.999Z
)

// timesOfDay are milliseconds from midnight: both sides of the border of a day,
// in UTC and in zones an hour or so away.
var timesOfDay = []int64{0, 1, -1, 43200000, 86399999, 86399000, 3600000, 3599999, -3600000, -3600001, 82800000, 82799999,
	10800000, 10799999, 14400000, -19800000, -19800001, 500, 1000}

// clockTimes are the ends of the day, noon, and some that are near each other.
var clockTimes = []contact.ClockTime{0, 1, 86399, 86340, 43200, 43199, 34200, 34201, 34199, 255, 256, 65535, 65536, 32767, 32768}

// zones are UTC, plain ones, one whose clock jumps over midnight, one with half an
// hour, and one that left a whole day out.
var zones = []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "America/New_York"}

// zoneTexts are what a field for the zone of a contact may hold.
var zoneTexts = append([]string{"Local", "Europe/Zurich ", "europe/atlantis", "../UTC", "./UTC", "Pacific/Auckland", "Australia/Lord_Howe",
	"America/Havana", "Antarctica/Troll", "America/Juneau"}, zones...)

// segmentRefs are names of segments, some of which the filter text has to quote.
var segmentRefs = []string{"vip", "big spenders", "not", "größe", `"`}
