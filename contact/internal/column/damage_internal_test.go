package column

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// fewKinds is one kind of each, with few names.
func fewKinds() []storedKind {
	return []storedKind{
		boolKind(),
		textKind("few", func(r *rand.Rand) any { return randomText(r, 10) }),
		textKind("many", func(r *rand.Rand) any { return fmt.Sprint("Text", r.Uint32()) }),
		numberKind("numbers", "cents", func(r *rand.Rand) any { return float64(r.IntN(10_000)) / 100 }),
		numberKind("numbers", "floats", func(r *rand.Rand) any { return r.NormFloat64() }),
		numberKind("unique", "", func(r *rand.Rand) any { return float64(r.IntN(500)) }),
		numberKind("days", "", func(r *rand.Rand) any { return float64(r.IntN(3) - 1) }),
		numberKind("instants", "", func(r *rand.Rand) any { return float64(r.IntN(100)) * 1000 }),
		choiceKind(9),
		choicesKind(9),
	}
}

// smallStored returns a column of few rows: some in one run, some here and there.
func (k storedKind) smallStored(r *rand.Rand, e *version.Epochs) storedColumn {
	c := k.empty(e)
	for row := range 1 + r.IntN(20) {
		k.set(e, c, uint32(1+row), k.draw(r))
	}
	for range r.IntN(10) {
		k.set(e, c, uint32(1+r.IntN(3000)), k.draw(r))
	}
	if c.Present().Len() == 0 {
		k.set(e, c, 1, map[bool]any{true: []uint32{1, 2}, false: k.draw(r)}[strings.HasPrefix(k.name, "choices")])
	}
	return c
}

// takes offers bytes as block 0 of a column and reports whether they are taken. If
// so, the column must be sound.
func (k storedKind) takes(t *testing.T, data []byte) bool {
	t.Helper()
	e := new(version.Epochs)
	like := k.empty(e)
	l, done := k.load(e, like)
	if err := l.Block(0, data); err != nil {
		require.ErrorIs(t, err, ErrStored)
		return false
	}
	c := done()
	blocks := storedBlocks(c)
	require.Len(t, blocks, 1)
	again := k.loadBlocks(t, e, like, blocks)
	require.True(t, bytes.Equal(blocks[0], again.AppendBlock(nil, 0)), "stored twice")
	rows := slices.Collect(c.Present().All())
	e.Share()
	c = k.write(e, c)
	for i, row := range rows {
		require.NotNil(t, k.get(c, row))
		require.Equal(t, k.get(c, row), k.get(again, row))
		if i%2 == 0 {
			k.set(e, c, row, nil)
			require.Nil(t, k.get(c, row))
		}
	}
	require.Equal(t, len(rows)/2, c.Present().Len())
	return true
}

// Cut or changed bytes are an error, or by chance another column; never a panic.
func TestDamagedBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for _, k := range fewKinds() {
		t.Run(k.name, func(t *testing.T) {
			taken, offered := 0, 0
			for range 3 {
				e := new(version.Epochs)
				data := k.smallStored(r, e).AppendBlock(nil, 0)
				require.True(t, k.takes(t, data))
				require.False(t, k.takes(t, append(slices.Clone(data), 0)), "a byte too many")
				for n := range data {
					require.False(t, k.takes(t, data[:n:n]), "cut after %d of %d", n, len(data))
				}
				for i := range data {
					for range 4 {
						bad := slices.Clone(data)
						bad[i] ^= byte(1 << r.IntN(8))
						if r.IntN(2) == 0 {
							bad[r.IntN(len(bad))] = byte(r.IntN(256))
						}
						offered++
						if k.takes(t, bad) {
							taken++
						}
					}
				}
			}
			t.Logf("%d of %d were taken", taken, offered)
		})
	}
}

// Blocks must ascend, and belong to the kind of the column.
func TestBlocksAscend(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	var all [][]byte
	for _, k := range fewKinds() {
		e := new(version.Epochs)
		data := k.smallStored(r, e).AppendBlock(nil, 0)
		all = append(all, data)
		for _, blocks := range [][]int{{1, 1}, {3, 2}, {-1}, {1 << 16}} {
			l, _ := k.load(e, k.empty(e))
			for i, block := range blocks {
				err := l.Block(block, data)
				require.Equal(t, i == len(blocks)-1, err != nil, "%v", blocks)
				if err != nil {
					require.ErrorIs(t, err, ErrStored)
				}
			}
		}
	}
	for i, k := range fewKinds() {
		for j, data := range all {
			if all[i][0] != data[0] {
				require.False(t, k.takes(t, data), "%s takes kind %d", k.name, j)
			}
		}
	}
}

// What no writer writes, but a forger might.
func TestForgedBlocks(t *testing.T) {
	kinds := make(map[string]storedKind)
	for _, k := range fewKinds() {
		kinds[k.name] = k
	}
	one := []byte{1, 1, 0, 1, 0, 1, 0}   // the set of row 1
	three := []byte{1, 1, 0, 1, 0, 3, 0} // of rows 1 to 3
	none := []byte{2, 0, 0}
	zero := []byte{2, 1, 0, 0, 0}
	float := func(min, top uint64) []byte { return forgedNumbers(unitFloat, min, 1, top) }
	for _, c := range []struct {
		why, kind string
		parts     [][]byte
	}{
		{"row 0", "bools", [][]byte{{'B'}, zero, none}},
		{"no rows", "bools", [][]byte{{'B'}, none, none}},
		{"yes without a value", "bools", [][]byte{{'B'}, one, three}},
		{"more texts than rows", "text few", [][]byte{{'T'}, one, none, {2, 0, 0, 0}, {1, 'a', 1, 'b'}}},
		{"fewer texts than rows", "text few", [][]byte{{'T'}, three, none, {2, 0, 0, 0}, {1, 'a', 1, 'b'}}},
		{"a text twice", "text few", [][]byte{{'T'}, three, none, {3, 0, 0, 0}, {1, 'a', 1, 'b', 1, 'a'}}},
		{"a long text", "text few", [][]byte{{'T'}, one, none, {1, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff, 0x7f}}},
		{"an endless length", "text few", [][]byte{{'T'}, one, none, {1, 0, 0, 0}, bytes.Repeat([]byte{0xff}, 20)}},
		{"only repeated texts", "text few", [][]byte{{'T'}, one, one, {0, 0, 0, 0}}},
		{"a position too high", "text few", [][]byte{{'T'}, {2, 4, 0, 1, 0, 2, 0, 3, 0, 4, 0}, {2, 1, 0, 4, 0}, {3, 0, 0, 0}, {1, 'a', 1, 'b', 1, 'c'}, {3}}},
		{"an infinite number", "numbers floats", [][]byte{{'N'}, one, float(floatKey(1), floatKey(math.MaxFloat64)+1-floatKey(1)), make([]byte, 8)}},
		{"no number", "numbers floats", [][]byte{{'N'}, one, float(0, 0)}},
		{"a negative zero", "numbers floats", [][]byte{{'N'}, one, float(negativeZero, 0)}},
		{"number above the top", "numbers cents", [][]byte{{'N'}, one, forgedNumbers(0, 5, 1, 2), {3}}},
		{"a large number", "numbers cents", [][]byte{{'N'}, one, forgedNumbers(0, 1<<53+1, 1, 0)}},
		{"numbers past the last", "numbers cents", [][]byte{{'N'}, one, forgedNumbers(0, 1<<63-1, 1, 2), {2}}},
		{"half a day later", "days ", [][]byte{{'N'}, one, forgedNumbers(1, 10, 5, 2), {1}}},
		{"large steps", "numbers cents", [][]byte{{'N'}, one, forgedNumbers(0, 0, 1<<60, 16), {1}}},
		{"an unknown unit", "numbers cents", [][]byte{{'N'}, one, forgedNumbers(10, 0, 1, 0)}},
		{"half a day", "days ", [][]byte{{'N'}, one, forgedNumbers(1, 5, 1, 0)}},
		{"a day as a float", "days ", [][]byte{{'N'}, one, float(floatKey(5), 0)}},
		{"a late day", "days ", [][]byte{{'N'}, one, forgedNumbers(0, 1<<31, 1, 0)}},
		{"option 0", "choice 9", [][]byte{{'C'}, one, {0, 0, 0, 0, 0}}},
		{"option 10", "choice 9", [][]byte{{'C'}, one, {10, 0, 0, 0, 0}}},
		{"option 2^32", "choice 9", [][]byte{{'C'}, one, {0xff, 0xff, 0xff, 0xff, 1, 2}}},
		{"wide options", "choice 9", [][]byte{{'C'}, one, {1, 0, 0, 0, 33}, make([]byte, 5)}},
		{"an empty list", "choices 9", [][]byte{{'L'}, one, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}},
		{"a list too long", "choices 9", [][]byte{{'L'}, one, {10, 0, 0, 0, 0}, {1, 0, 0, 0, 4}, make([]byte, 5)}},
		{"an option twice", "choices 9", [][]byte{{'L'}, one, {2, 0, 0, 0, 0}, {1, 0, 0, 0, 0}}},
		{"an option twice, in bits", "choices 9", [][]byte{{'L'}, one, {2, 0, 0, 0, 0}, {1, 0, 0, 0, 1}, {0}}},
		{"a list that falls", "choices 9", [][]byte{{'L'}, one, {2, 0, 0, 0, 0}, {1, 0, 0, 0, 1}, {1}}},
	} {
		data := bytes.Join(append(c.parts, nil), nil)
		require.False(t, kinds[c.kind].takes(t, data), c.why)
	}
	require.True(t, kinds["days "].takes(t, bytes.Join([][]byte{{'N'}, three, forgedNumbers(0, 1<<31-3, 1, 2), {0b100100}}, nil)))
}

func forgedNumbers(unit byte, lo, step, top uint64) []byte {
	head := []byte{unit}
	for _, x := range []uint64{lo, step, top} {
		for range 8 {
			head = append(head, byte(x))
			x >>= 8
		}
	}
	return head
}

// A block may be older than the names: rows can have an option that was blanked since,
// and lose it like any other.
func TestBlankOptionIsLoaded(t *testing.T) {
	e := new(version.Epochs)
	for code := byte(1); code <= 4; code++ {
		l := NewChoiceLoader(e, strings.ToLower, []string{"a", "", "c"})
		err := l.Block(0, []byte{'C', 2, 1, 0, 1, 0, code, 0, 0, 0, 0})
		require.Equal(t, code <= 3, err == nil, "%d: %v", code, err)
		if err != nil {
			continue
		}
		c := l.Done()
		require.Equal(t, uint32(code), c.Code(1))
		require.Equal(t, []string{"a", "", "c"}, c.Names())
		c.Set(e, 1, c.Declare(e, "B"))
		require.Zero(t, c.Having(uint32(code)).Len())
		require.Equal(t, []uint32{1}, slices.Collect(c.Having(4).All()))
	}
}

// FuzzBlock offers any bytes to every kind of loader.
func FuzzBlock(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 1))
	kinds := fewKinds()
	for i, k := range kinds {
		for range 3 {
			f.Add(byte(i), k.smallStored(r, new(version.Epochs)).AppendBlock(nil, 0))
		}
	}
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		if int(kind) < len(kinds) {
			kinds[kind].takes(t, data)
		}
	})
}

// A blank option keeps its number, and nothing else of it is left.
func TestBlank(t *testing.T) {
	e := new(version.Epochs)
	c := NewChoices(strings.ToLower).Writable(e)
	for i := range 200 {
		c.Declare(e, fmt.Sprint("Name", i))
	}
	c.Set(e, 5, []uint32{1, 150})
	e.Share()
	d := c.Writable(e)
	d.Blank(e, 2)
	d.Blank(e, 100)
	check := func(d *Choices) {
		t.Helper()
		require.Equal(t, 200, d.Numbers())
		require.Zero(t, d.Number("name1"))
		require.Zero(t, d.Number("NAME99"))
		require.Zero(t, d.Number(""))
		names := d.Names()
		require.Len(t, names, 200)
		for i, name := range names {
			want := fmt.Sprint("Name", i)
			if i == 1 || i == 99 {
				want = ""
			}
			require.Equal(t, want, name)
			require.Equal(t, want, d.Name(uint32(i+1)))
			require.Equal(t, strings.ToLower(want), d.Folded(uint32(i+1)))
			if want != "" {
				require.Equal(t, uint32(i+1), d.Number(want))
			}
		}
		for _, chunk := range d.names.chunks {
			require.False(t, bytes.Contains(chunk, []byte("ame99")), "the text is still there")
		}
		require.Equal(t, []uint32{1, 150}, d.AppendCodes(nil, 5))
		require.Zero(t, d.Having(2).Len())
	}
	check(d)
	require.Equal(t, uint32(2), c.Number("NAME1"), "the version before")
	l := NewChoicesLoader(e, strings.ToLower, d.Names())
	require.NoError(t, l.Block(0, d.AppendBlock(nil, 0)))
	for _, d := range []*Choices{d, l.Done()} {
		check(d)
		require.Equal(t, uint32(201), d.Declare(e, "Name1"), "a new number")
		require.Equal(t, uint32(201), d.Number("name1"))
		for i := range 500 { // the table grows past the blanks
			d.Declare(e, fmt.Sprint("More", i))
		}
		require.Zero(t, d.Number(""))
		require.Equal(t, uint32(201), d.Number("name1"))
		d.Forget(e, 200)
		check(d)
		d.Forget(e, 50)
		require.Equal(t, 50, d.Numbers())
		require.Equal(t, "", d.Names()[1])
		require.Zero(t, d.Number("more1"))
	}
}

// A version can be stored while the writer works on its successor, as the race
// detector confirms.
func TestStoringBesideTheWriter(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 0))
	for _, k := range fewKinds() {
		e := new(version.Epochs)
		w := &storedWorld{storedKind: k, r: r, e: e, columns: []storedColumn{k.smallStored(r, e)}, values: make(map[uint32]any)}
		for range 5 {
			w.changes(300)
			e.Share()
			held := w.columns[0]
			want := storedBlocks(held)
			done := make(chan [][]byte)
			go func() { done <- storedBlocks(held) }()
			w.changes(300)
			require.Equal(t, want, <-done)
		}
	}
}
