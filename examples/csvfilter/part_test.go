package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

func TestLiteral(t *testing.T) {
	kinds := map[contact.Kind]string{
		contact.KindNumber: "0 5 -5 0.5 -0.5 -0 0.0 -0.0 10 1e3 1E+3 1e-3 0e5 1e05 1.50 9007199254740992 123456789012345678e5 0.1 1e-400",
		contact.KindBool:   "true false TRUE False tRuE",
		contact.KindDate:   "2026-11-24 0000-01-01 9999-12-31 2024-02-29 0001-02-03",
		contact.KindDateTime: "2026-11-24T10:00:00Z 2026-11-24T10:00:00.250Z 2026-11-24T10:00:00+01:00 2026-11-24T23:59:59.999-23:59 " +
			"0001-01-01T00:00:00Z",
		contact.KindText: "007 00 -00 00.5 -01 +5 .5 5. -.5 - -- 1_000 1,000 0x10 0b1 1e 1e+ e5 1e400 NaN nan Inf -Inf Infinity " +
			"9007199254740993 ٣ １ 1\u00a0 t f yes no on 1.2.3 truefalse true1 2026-11 2026-1-2 2026-02-30 2026-13-01 2026-11-24T10:00Z " +
			"2026-11-24T10:00:00 2026-11-24t10:00:00z 2026-11-24T24:00:00Z 2026-11-24T10:00:60Z 2026-11-24T10:00:00.5Z " +
			"2026-11-24T10:00:00,250Z 2026-11-24T10:00:00+0100 24.11.2026 11/24/2026 0000-00-00 10000-01-01 \"5\" '5' `a` 5% €5 1234-5",
	}
	for want, cells := range kinds {
		for cell := range strings.SplitSeq(cells, " ") {
			_, got := literal(cell)
			require.Equal(t, want, got, "%q", cell)
		}
	}
	for _, cell := range []string{" 5", "5 ", "\t5", "5\n", "2026-11-24 10:00:00", " true", "\ufeff5"} {
		_, got := literal(cell)
		require.Equal(t, contact.KindText, got, "%q", cell)
	}
}

func TestGuess(t *testing.T) {
	cases := map[string]contact.Kind{
		"":                                0,
		",,":                              0,
		"1,,2":                            contact.KindNumber,
		"true,FALSE":                      contact.KindBool,
		"2026-01-01,,2026-01-02":          contact.KindDate,
		"2026-01-01,2026-01-01T00:00:00Z": contact.KindText,
		"1,true":                          contact.KindText,
		"1,2,3,n/a,4":                     contact.KindText,
		"x,1,2":                           contact.KindText,
		"1,02":                            contact.KindText,
	}
	for cells, want := range cases {
		c := &column{}
		for i, cell := range strings.Split(cells, ",") {
			require.NoError(t, c.add(cell, i+1))
		}
		require.Equal(t, want, c.kind, cells)
	}
}

func TestStoppedClock(t *testing.T) {
	o, err := parseOptions([]string{"-now", "2026-11-24", "f", "x"})
	require.NoError(t, err)
	require.True(t, o.clock.Now().Equal(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)))
	require.True(t, o.clock.AfterFunc(0, func() { panic("it never wakes") })())
	o, err = parseOptions([]string{"-now", "2026-11-24T10:00:00.250+01:00", "f", "x"})
	require.NoError(t, err)
	require.True(t, o.clock.Now().Equal(time.Date(2026, 11, 24, 9, 0, 0, 250e6, time.UTC)))
}

func TestCells(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	var c cells
	var want []string
	for range 2000 {
		n := rng.IntN(30)
		if rng.IntN(50) == 0 {
			n = rng.IntN(20_000)
		}
		if rng.IntN(500) == 0 {
			n = 2 * largestChunk
		}
		want = append(want, strings.Repeat(string(rune('a'+rng.IntN(26))), n))
		c.add(want[len(want)-1])
	}
	for _, w := range want {
		require.True(t, w == string(c.take()))
	}
}

// Cells come out as they are in the file, whatever the sizes of the reads.
func TestLineBreaksStay(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	pieces := []string{"\r", "\n", "\r\n", "\"", ",", "a", "é"}
	for range testflags.Cases(2000) {
		var want [][]string
		var file strings.Builder
		for range 1 + rng.IntN(3) {
			row := make([]string, 3)
			for i := range row {
				for range rng.IntN(6) {
					row[i] += pieces[rng.IntN(len(pieces))]
				}
				if i > 0 {
					file.WriteByte(',')
				}
				file.WriteString(`"` + strings.ReplaceAll(row[i], `"`, `""`) + `"`)
			}
			file.WriteString([]string{"\n", "\r\n"}[rng.IntN(2)])
			want = append(want, row)
		}
		var from io.Reader = strings.NewReader(file.String())
		switch rng.IntN(4) {
		case 0:
			from = iotest.OneByteReader(from)
		case 1:
			from = iotest.HalfReader(from)
		case 2:
			from = iotest.DataErrReader(from)
		}
		var r io.Reader = &breaks{from: from}
		if rng.IntN(2) == 0 {
			r = iotest.OneByteReader(r)
		}
		got, err := csv.NewReader(r).ReadAll()
		require.NoError(t, err, "%q", file.String())
		require.Equal(t, want, got, "%q", file.String())
	}
}

// Outside quotes nothing is changed, and errors of the file come through.
func TestBreaksPassOn(t *testing.T) {
	text := "a\r\nb\r\r\nc\r" + strings.Repeat("x,", 100_000)
	got, err := io.ReadAll(&breaks{from: strings.NewReader(text)})
	require.NoError(t, err)
	require.True(t, text == string(got))
	broken := errors.New("broken")
	got, err = io.ReadAll(&breaks{from: io.MultiReader(bytes.NewReader([]byte("ab")), iotest.ErrReader(broken))})
	require.ErrorIs(t, err, broken)
	require.Equal(t, "ab", string(got))
}
