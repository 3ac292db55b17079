package segment

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
)

func written(t testing.TB, s *sections) []byte {
	t.Helper()
	var w recordWriter
	require.NoError(t, w.write(s))
	return w.b
}

// randomSet returns a set of at least two: sparse, dense, of runs or small.
func randomSet(rng *rand.Rand) contact.Set {
	n := 2 + rng.IntN([]int{2, 10, 100, 5000}[rng.IntN(4)])
	gap := []int{1, 1, 3, 100, 100_000}[rng.IntN(5)]
	list := make([]contact.ID, n)
	id := contact.ID(rng.IntN(100_000))
	for i := range list {
		id += contact.ID(1 + rng.IntN(gap))
		list[i] = id
	}
	return contact.SetOf(list...)
}

func randomSections(rng *rand.Rand) *sections {
	s := &sections{batch: &batch{first: 1 + rng.Uint64N(1<<40)}}
	var defs []*defined
	for i := range 1 + rng.IntN(5) {
		defs = append(defs, &defined{Segment: Segment{ID: ID(1 + rng.IntN(1<<20)), Version: 1 + rng.IntN(300),
			Definition: Definition{Handle: fmt.Sprint("h", i), Name: "N", Labels: []string{"a", "b"}, Filter: filter.MustParse(`a >= 1 and b = "<é>"`)},
			Created:    time.UnixMilli(rng.Int64N(1 << 42)).UTC(), Changed: time.UnixMilli(rng.Int64N(1 << 42)).UTC()}})
	}
	for range rng.IntN(20) {
		e := entry{def: defs[rng.IntN(len(defs))], kind: Enter, cause: contact.Cause(rng.IntN(12)), contact: 1 + contact.ID(rng.Uint32N(1<<32-1))}
		if rng.IntN(2) == 0 {
			e.kind = Leave
		}
		if rng.IntN(3) == 0 {
			e.cause, e.via = contact.CauseSegment, ID(1+rng.IntN(1000))
		}
		if rng.IntN(4) == 0 {
			e.bulk, e.contact = true, contact.ID(len(s.batch.sets))
			set := randomSet(rng)
			if n := len(s.batch.sets); n > 0 && rng.IntN(2) == 0 {
				set = s.batch.sets[rng.IntN(n)]
			}
			s.batch.sets = append(s.batch.sets, set)
			s.batch.n += uint64(set.Len())
		} else {
			s.batch.n++
		}
		s.batch.entries = append(s.batch.entries, e)
	}
	if rng.IntN(3) == 0 {
		s.edits.made = defs
	}
	for range rng.IntN(3) {
		s.edits.deleted = append(s.edits.deleted, ID(1+rng.IntN(1000)))
	}
	for range rng.IntN(6) {
		u := undo{segment: ID(1 + rng.IntN(1000)), layer: uint8(rng.IntN(layers)), came: rng.IntN(2) == 0, contact: 1 + contact.ID(rng.IntN(1000))}
		switch rng.IntN(4) {
		case 0:
			u.set = randomSet(rng)
		case 1:
			u.set = contact.SetOf(u.contact)
		}
		s.journal = append(s.journal, u)
		if u.byHand() {
			s.marks++
		}
	}
	if rng.IntN(5) == 0 {
		s.meaning, s.proved = meaning(contact.MustSchema(), nil), true
		for range rng.IntN(3) {
			s.astray = append(s.astray, ID(1+rng.IntN(1000)))
		}
	}
	for range rng.IntN(3) {
		s.edits.uses = append(s.edits.uses, used{use: use{ID(1 + rng.IntN(1000)), fmt.Sprint("é: ", rng.IntN(1000)), rng.IntN(2) == 0}})
	}
	return s
}

// sameRecord compares a record with what it was written from.
func sameRecord(t *testing.T, s *sections, r *record) {
	t.Helper()
	require.Len(t, r.entries, len(s.batch.entries))
	require.Equal(t, s.batch.n, r.n)
	same := func(one contact.ID, set contact.Set, got someone) {
		t.Helper()
		if set.Len() < 2 {
			require.Equal(t, one, got.contact)
		} else {
			require.Zero(t, got.contact)
			require.True(t, set.Equal(got.set))
		}
	}
	for i, e := range s.batch.entries {
		got := r.entries[i]
		require.Equal(t, s.batch.first, r.first)
		require.Equal(t, recordEntry{e.def.ID, e.def.Version, e.via, e.kind, e.cause, got.who}, got)
		if e.bulk {
			same(0, s.batch.sets[e.contact], got.who)
		} else {
			same(e.contact, contact.Set{}, got.who)
		}
	}
	require.Len(t, r.defs, len(s.edits.made))
	for i, d := range s.edits.made {
		got, err := unmarshalDefinition(r.defs[i])
		require.NoError(t, err)
		require.NoError(t, sameVersions(got, d))
	}
	require.Equal(t, s.edits.deleted, r.deleted)
	marks := r.marks
	for _, u := range s.journal {
		if u.byHand() {
			require.Equal(t, recordMark{u.segment, int(u.layer), u.came, marks[0].who}, marks[0])
			same(u.contact, u.set, marks[0].who)
			marks = marks[1:]
		}
	}
	require.Empty(t, marks)
	require.Equal(t, s.meaning, r.meaning)
	require.Equal(t, s.proved, r.proved)
	require.Equal(t, s.astray, r.astray)
	require.Len(t, r.uses, len(s.edits.uses))
	for i, u := range s.edits.uses {
		require.Equal(t, u.use, r.uses[i])
	}
}

// TestRecord writes records and reads them again. Nothing that is cut short is a
// record, and nothing that is damaged makes the reader panic.
func TestRecord(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	for range testflags.Cases(300) {
		s := randomSections(rng)
		data := written(t, s)
		r, err := readRecord(data)
		require.NoError(t, err)
		sameRecord(t, s, r)
		_, err = readRecord(append(slices.Clone(data), 0))
		require.ErrorIs(t, err, ErrDamaged)
		for range 20 {
			_, err = readRecord(data[:rng.IntN(len(data))])
			require.ErrorIs(t, err, ErrDamaged)
			bad := slices.Clone(data)
			bad[rng.IntN(len(bad))] ^= byte(1 + rng.IntN(255))
			if _, err = readRecord(bad); err != nil {
				require.ErrorIs(t, err, ErrDamaged)
			}
		}
	}
	for text, data := range map[string]string{
		"too short":                     "",
		"version 2, which this":         "\x02\x00",
		"sections 10000000":             "\x01\x80",
		"more than a record":            "\x01\x00\x00",
		"change 0":                      "\x01\x01\x00\x01\x00\x01\x01\x01\x02",
		"0 changes from 1":              "\x01\x01\x01\x00",
		"too short for 9":               "\x01\x01\x01\x09",
		"segment 0":                     "\x01\x01\x01\x01\x00\x00\x01\x01\x02",
		"version 0":                     "\x01\x01\x01\x01\x00\x01\x00\x01\x02",
		"entry 100":                     "\x01\x01\x01\x01\x04\x01\x01\x01\x02",
		"entry 100000":                  "\x01\x01\x01\x01\x20\x01\x01\x01\x02",
		"not a contact":                 "\x01\x01\x01\x01\x00\x01\x01\x01\x00",
		"a set of less than two":        "\x01\x01\x01\x01\x02\x01\x01\x01\x00\x01\x05",
		"ids out of order":              "\x01\x01\x01\x01\x02\x01\x01\x01\x00\x02\x05\x00",
		"a set that is not there":       "\x01\x01\x01\x01\x02\x01\x01\x01\x02\x01",
		"a set of an unknown kind":      "\x01\x01\x01\x01\x02\x01\x01\x01\x03\x01",
		"a set is damaged":              "\x01\x01\x01\x01\x02\x01\x01\x01\x01\x01\x05",
		"mark 1000":                     "\x01\x08\x01\x08\x01\x02",
		"changes from 1844674407370955": "\x01\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x00\x01\x01\x01\x02",
	} {
		_, err := readRecord([]byte(data))
		require.ErrorContains(t, err, text)
	}
}

// TestRecordSize is what the log takes for the moves of single contacts.
func TestRecordSize(t *testing.T) {
	def := &defined{Segment: Segment{ID: 9_999, Version: 3}}
	b := &batch{first: 1 << 33}
	add := func(d *defined, who contact.ID) {
		b.entries = append(b.entries, entry{def: d, contact: who, kind: Enter})
		b.n++
	}
	add(def, 9_999_999)
	require.LessOrEqual(t, len(written(t, &sections{batch: b})), 18, "one contact moves in one segment")
	for i := range 9 {
		add(&defined{Segment: Segment{ID: ID(9_000 + i), Version: 1}}, 9_999_999)
	}
	require.LessOrEqual(t, len(written(t, &sections{batch: b})), 18+9*5, "one contact moves in ten segments")
	b.entries, b.n = nil, 0
	for i := range 100 {
		add(def, contact.ID(1+i*99_999))
	}
	require.LessOrEqual(t, len(written(t, &sections{batch: b})), 18+100*4, "a hundred contacts move in one segment")
}

// TestSets are written in the shortest way.
func TestSets(t *testing.T) {
	run := make([]contact.ID, 100_000)
	for i := range run {
		run[i] = contact.ID(7 + i)
	}
	for name, c := range map[string]struct {
		set  contact.Set
		most int
	}{
		"two":       {contact.SetOf(1, 1<<32-1), 8},
		"a run":     {contact.SetOf(run...), 40},
		"some far":  {contact.SetOf(1, 1<<20, 1<<24, 1<<30), 16},
		"few a gap": {contact.SetOf(run[:8]...), 10},
	} {
		b := appendSet(nil, c.set)
		require.LessOrEqual(t, len(b), c.most, name)
		r := recordReader{b: b}
		require.True(t, r.set().Equal(c.set), name)
		require.NoError(t, r.err)
		require.Empty(t, r.b)
	}
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 2))
	for range 100 {
		set := randomSet(rng)
		b := appendSet(nil, set)
		require.LessOrEqual(t, len(b), 4+len(marshalSet(set)))
		again, err := unmarshalSet(marshalSet(set))
		require.NoError(t, err)
		require.True(t, again.Equal(set))
	}
	require.Nil(t, marshalSet(contact.Set{}))
	empty, err := unmarshalSet(nil)
	require.NoError(t, err)
	require.Zero(t, empty.Len())
	_, err = unmarshalSet(marshalSet(contact.SetOf(0, 1)))
	require.ErrorIs(t, err, errBitmap, "nobody has the id 0")
	_, err = unmarshalSet(append(marshalSet(contact.SetOf(1)), 0))
	require.ErrorIs(t, err, errBitmap)
}

// TestStoredDefinition brings everything back, whatever the words are.
func TestStoredDefinition(t *testing.T) {
	deep := "a = 1"
	for range 900 {
		deep = "not (b = 2 or " + deep + ")"
	}
	for _, text := range []string{"", "a = 1", deep, `in any segment ("a b", c) or a like "%<>&\u2028 ""x"""` + "\n"} {
		d := &defined{Segment: Segment{ID: 7, Version: 2, Created: time.UnixMilli(1).UTC(), Changed: time.UnixMilli(1 << 42).UTC(), Actor: "\xff<b>",
			Definition: Definition{Handle: "h é", Name: "<N>", Description: "\u2028", Labels: []string{"", "x"}, Public: true, Unpublished: true}}}
		if text != "" {
			d.Filter = filter.MustParse(text)
		}
		data, err := d.marshal()
		require.NoError(t, err)
		got, err := unmarshalDefinition(data)
		require.NoError(t, err)
		require.True(t, got.Filter.Equal(d.Filter))
		got.Filter, d.Filter = filter.Filter{}, filter.Filter{}
		require.True(t, reflect.DeepEqual(got, d), "%+v", got)
	}
	for _, bad := range []string{"", "{", `{"id":1,"version":1}`, `{"id":0,"version":1,"handle":"h"}`, `{"id":1,"version":0,"handle":"h"}`} {
		_, err := unmarshalDefinition([]byte(bad))
		require.ErrorIs(t, err, ErrDamaged, bad)
	}
	plain, err := (&defined{Segment: Segment{ID: 1, Version: 1, Definition: Definition{Handle: "h", Name: "n", Filter: filter.MustParse("a >= 1")}}}).marshal()
	require.NoError(t, err)
	require.Contains(t, string(plain), `"filter":"a >= 1"`)
	require.False(t, strings.HasSuffix(string(plain), "\n"))

	strange := `{"id":1,"version":1,"handle":"h","name":"n","filter":"a =","created":1,"changed":1}`
	d, err := unmarshalDefinition([]byte(strange))
	require.NoError(t, err)
	require.ErrorContains(t, d.Broken, `segment "h": filter: line 1`)
	again, err := d.retired().marshal()
	require.NoError(t, err)
	require.JSONEq(t, strange, string(again), "a filter that can't be read is kept")
}

// FuzzRecord reads anything as a record.
func FuzzRecord(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(written(f, randomSections(rand.New(rand.NewPCG(seed, 3)))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := readRecord(data)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		n := uint64(0)
		for i := range r.entries {
			n += r.entries[i].who.len()
		}
		require.Equal(t, n, r.n)
		all := newRestorer()
		if err := all.record(data); err != nil {
			require.ErrorIs(t, err, ErrDamaged)
		}
		if err := all.check(); err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		all.root()
	})
}
