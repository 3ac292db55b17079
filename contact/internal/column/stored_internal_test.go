package column

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
	"github.com/rosterdb/roster/internal/testflags"
)

// A storedColumn is a column of any kind.
type storedColumn interface {
	AppendBlock(dst []byte, block int) []byte
	Present() *idset.Set
	Bytes() int
}

// A storedKind is what the tests of stored columns need to know of a kind. A value is
// nil if there is none.
type storedKind struct {
	name  string
	empty func(e *version.Epochs) storedColumn
	draw  func(r *rand.Rand) any
	write func(e *version.Epochs, c storedColumn) storedColumn
	set   func(e *version.Epochs, c storedColumn, row uint32, x any)
	get   func(c storedColumn, row uint32) any
	load  func(e *version.Epochs, like storedColumn) (Loader, func() storedColumn)
	check func(t *testing.T, r *rand.Rand, c storedColumn, values map[uint32]any)
}

func storedKinds() []storedKind {
	kinds := []storedKind{boolKind()}
	for _, distinct := range []int{3, 400, 1_000_000} {
		kinds = append(kinds, textKind(fmt.Sprint(distinct), func(r *rand.Rand) any { return randomText(r, distinct) }))
	}
	kinds = append(kinds, textKind("odd", oddText))
	for _, ladder := range []string{"numbers", "unique", "days", "instants"} {
		for stage := range 5 {
			kinds = append(kinds, numberKind(ladder, fmt.Sprint(stage), func(r *rand.Rand) any { return randomNumber(r, ladder, stage) }))
		}
	}
	kinds = append(kinds,
		numberKind("numbers", "one", func(*rand.Rand) any { return 7.0 }),
		numberKind("numbers", "milli", func(r *rand.Rand) any { return float64(r.IntN(5_000_000)-2_000_000) / 1000 }),
		numberKind("numbers", "spread", func(r *rand.Rand) any { return r.NormFloat64() * math.Pow(10, float64(r.IntN(40)-20)) }),
		numberKind("numbers", "third", func(r *rand.Rand) any { return float64(r.IntN(100)) / 3 }),
		numberKind("numbers", "hundreds", func(r *rand.Rand) any { return float64(r.IntN(400_000_000)-5) * 100 }),
		numberKind("instants", "midnights", func(r *rand.Rand) any { return float64(r.IntN(20_000)-5000) * 86_400_000 }))
	for _, names := range []int{1, 7, 300, 65_600} {
		kinds = append(kinds, choiceKind(names))
	}
	for _, names := range []int{1, 3, 30, packLimit + 20} {
		kinds = append(kinds, choicesKind(names))
	}
	return kinds
}

func boolKind() storedKind {
	return storedKind{
		name:  "bools",
		empty: func(e *version.Epochs) storedColumn { return NewBools().Writable(e) },
		draw:  func(r *rand.Rand) any { return r.IntN(3) == 0 },
		write: func(e *version.Epochs, c storedColumn) storedColumn { return c.(*Bools).Writable(e) },
		set: func(e *version.Epochs, c storedColumn, row uint32, x any) {
			if x == nil {
				c.(*Bools).Unset(e, row)
				return
			}
			c.(*Bools).Set(e, row, x.(bool))
		},
		get: func(c storedColumn, row uint32) any {
			yes, ok := c.(*Bools).Get(row)
			return orNil(yes, ok)
		},
		load: func(e *version.Epochs, _ storedColumn) (Loader, func() storedColumn) {
			l := NewBoolsLoader(e)
			return l, func() storedColumn { return l.Done() }
		},
		check: func(t *testing.T, r *rand.Rand, c storedColumn, values map[uint32]any) {
			checkTest(t, r, "yes", In(c.(*Bools).Yes()), rowsWhere(values, func(x any) bool { return x.(bool) }))
		},
	}
}

func orNil(x any, ok bool) any {
	if !ok {
		return nil
	}
	return x
}

func oddText(r *rand.Rand) any {
	switch r.IntN(6) {
	case 0:
		return ""
	case 1:
		if r.IntN(50) == 0 {
			return strings.Repeat("x", r.IntN(3*chunkBytes/2))
		}
	case 2:
		return strings.Repeat("Ä", 120+r.IntN(20))
	case 3:
		return string([]byte{byte(r.IntN(256)), byte(r.IntN(256))})
	}
	return strings.Repeat("Y", r.IntN(300))
}

func textKind(name string, draw func(r *rand.Rand) any) storedKind {
	return storedKind{
		name:  "text " + name,
		empty: func(e *version.Epochs) storedColumn { return NewText(strings.ToLower).Writable(e) },
		draw:  draw,
		write: func(e *version.Epochs, c storedColumn) storedColumn { return c.(*Text).Writable(e).Compact(e) },
		set: func(e *version.Epochs, c storedColumn, row uint32, x any) {
			if x == nil {
				c.(*Text).Unset(e, row)
				return
			}
			c.(*Text).Set(e, row, x.(string))
		},
		get: func(c storedColumn, row uint32) any {
			s, ok := c.(*Text).Get(row)
			return orNil(s, ok)
		},
		load: func(e *version.Epochs, _ storedColumn) (Loader, func() storedColumn) {
			l := NewTextLoader(e, strings.ToLower)
			return l, func() storedColumn { return l.Done() }
		},
		check: func(t *testing.T, r *rand.Rand, c storedColumn, values map[uint32]any) {
			text := c.(*Text)
			rows := make(map[string][]uint32)
			for row, x := range values {
				rows[x.(string)] = append(rows[x.(string)], row)
			}
			require.Equal(t, len(rows), text.Distinct())
			for s, list := range rows {
				code := text.dict.code(s)
				require.NotZero(t, code)
				require.Equal(t, len(list), text.posts.len(code))
				found := text.Lookup(strings.ToLower(s), func(w string) bool { return w == s })
				require.Equal(t, slices.Min(list), found)
				if set := text.posts.set(code); len(list) < 100 || r.IntN(10) == 0 {
					slices.Sort(list)
					if !slices.Equal(list, slices.Collect(set.All())) {
						t.Fatalf("%.50q has the wrong rows", s)
					}
				}
			}
			if _, odd := rows[""]; len(values) < 10_000 && !odd && r.IntN(3) == 0 {
				checkText(t, r, heldText{text, typed[string](values)}, 400, new(Memo))
			}
		},
	}
}

func typed[T any](values map[uint32]any) map[uint32]T {
	m := make(map[uint32]T, len(values))
	for row, x := range values {
		m[row] = x.(T)
	}
	return m
}

func numberKind(ladder, name string, draw func(r *rand.Rand) any) storedKind {
	loaders := map[string]func(*version.Epochs) *NumbersLoader{"numbers": NewNumbersLoader, "unique": NewUniqueNumbersLoader,
		"days": NewDaysLoader, "instants": NewInstantsLoader}
	return storedKind{
		name:  ladder + " " + name,
		empty: func(e *version.Epochs) storedColumn { return ladders[ladder]().Writable(e) },
		draw: func(r *rand.Rand) any {
			x := draw(r).(float64)
			if x == 0 {
				x = 0
			}
			return x
		},
		write: func(e *version.Epochs, c storedColumn) storedColumn { return c.(*Numbers).Writable(e) },
		set: func(e *version.Epochs, c storedColumn, row uint32, x any) {
			if x == nil {
				c.(*Numbers).Unset(e, row)
				return
			}
			c.(*Numbers).Set(e, row, x.(float64))
		},
		get: func(c storedColumn, row uint32) any {
			x, ok := c.(*Numbers).Get(row)
			return orNil(x, ok)
		},
		load: func(e *version.Epochs, _ storedColumn) (Loader, func() storedColumn) {
			l := loaders[ladder](e)
			return l, func() storedColumn { return l.Done() }
		},
		check: func(t *testing.T, r *rand.Rand, c storedColumn, values map[uint32]any) {
			n := c.(*Numbers)
			require.Equal(t, len(values), n.order.total)
			counted := 0
			n.order.from(0, func(_ uint64, rows uint32) bool {
				counted += int(rows)
				return true
			})
			require.Equal(t, len(values), counted)
			if n.rows != nil {
				require.Equal(t, len(values), n.rows.Len())
			}
			if len(values) < 10_000 && r.IntN(3) == 0 {
				checkNumbers(t, r, n, typed[float64](values))
			}
		},
	}
}

func choiceKind(names int) storedKind {
	return storedKind{
		name: fmt.Sprint("choice ", names),
		empty: func(e *version.Epochs) storedColumn {
			c := NewChoice(strings.ToLower).Writable(e)
			for i := range names {
				c.Declare(e, fmt.Sprint("Name", i+1))
			}
			return c
		},
		draw:  func(r *rand.Rand) any { return 1 + uint32(r.IntN(names)) },
		write: func(e *version.Epochs, c storedColumn) storedColumn { return c.(*Choice).Writable(e) },
		set: func(e *version.Epochs, c storedColumn, row uint32, x any) {
			if x == nil {
				c.(*Choice).Unset(e, row)
				return
			}
			c.(*Choice).Set(e, row, x.(uint32))
		},
		get: func(c storedColumn, row uint32) any {
			code := c.(*Choice).Code(row)
			return orNil(code, code != 0)
		},
		load: func(e *version.Epochs, like storedColumn) (Loader, func() storedColumn) {
			l := NewChoiceLoader(e, strings.ToLower, like.(*Choice).Names())
			return l, func() storedColumn { return l.Done() }
		},
		check: func(t *testing.T, _ *rand.Rand, c storedColumn, values map[uint32]any) {
			rows := make(map[uint32][]uint32)
			for row, x := range values {
				rows[x.(uint32)] = append(rows[x.(uint32)], row)
			}
			checkOptions(t, &c.(*Choice).options, names, rows)
		},
	}
}

// checkOptions compares the names, Name1 and on, and the rows of each.
func checkOptions(t *testing.T, o *options, names int, rows map[uint32][]uint32) {
	t.Helper()
	require.Equal(t, names, o.Numbers())
	for code := uint32(1); code <= uint32(names); code++ {
		if o.Number(strings.ToUpper(o.Name(code))) != code || o.Name(code) != fmt.Sprint("Name", code) {
			t.Fatalf("option %d is %q", code, o.Name(code))
		}
		list := rows[code]
		slices.Sort(list)
		if !slices.Equal(list, slices.Collect(o.Having(code).All())) {
			t.Fatalf("option %d has the wrong rows", code)
		}
	}
}

func choicesKind(names int) storedKind {
	return storedKind{
		name: fmt.Sprint("choices ", names),
		empty: func(e *version.Epochs) storedColumn {
			c := NewChoices(strings.ToLower).Writable(e)
			for i := range names {
				c.Declare(e, fmt.Sprint("Name", i+1))
			}
			return c
		},
		draw: func(r *rand.Rand) any {
			codes := randomCodes(r, names)
			if r.IntN(20) == 0 {
				for range 50 {
					codes = append(codes, randomCodes(r, names)...)
				}
				slices.Sort(codes)
				codes = slices.Compact(codes)
			}
			return orNil(codes, len(codes) > 0)
		},
		write: func(e *version.Epochs, c storedColumn) storedColumn { return c.(*Choices).Writable(e) },
		set: func(e *version.Epochs, c storedColumn, row uint32, x any) {
			codes, _ := x.([]uint32)
			c.(*Choices).Set(e, row, codes)
		},
		get: func(c storedColumn, row uint32) any {
			codes := c.(*Choices).AppendCodes(nil, row)
			return orNil(codes, len(codes) > 0)
		},
		load: func(e *version.Epochs, like storedColumn) (Loader, func() storedColumn) {
			l := NewChoicesLoader(e, strings.ToLower, like.(*Choices).Names())
			return l, func() storedColumn { return l.Done() }
		},
		check: func(t *testing.T, _ *rand.Rand, c storedColumn, values map[uint32]any) {
			rows, long := make(map[uint32][]uint32), 0
			for row, x := range values {
				for _, code := range x.([]uint32) {
					rows[code] = append(rows[code], row)
				}
				if _, ok := pack(x.([]uint32)); !ok {
					long++
				}
			}
			checkOptions(t, &c.(*Choices).options, names, rows)
			require.Equal(t, long, int(c.(*Choices).used)-len(c.(*Choices).free))
		},
	}
}

// storedBlocks returns the stored form of a column, with nothing for blocks that have
// none.
func storedBlocks(c storedColumn) (blocks [][]byte) {
	for block := range c.Present().Blocks() {
		blocks = append(blocks, c.AppendBlock(nil, block))
	}
	return blocks
}

func (k storedKind) loadBlocks(t testing.TB, e *version.Epochs, like storedColumn, blocks [][]byte) storedColumn {
	l, done := k.load(e, like)
	for block, data := range blocks {
		if len(data) > 0 {
			data = slices.Clone(data)
			require.NoError(t, l.Block(block, data))
			clear(data) // nothing of it may be kept
		}
	}
	return done()
}

// compare compares a column with what it must hold.
func (k storedKind) compare(t *testing.T, r *rand.Rand, name string, c storedColumn, values map[uint32]any) {
	t.Helper()
	require.Equal(t, len(values), c.Present().Len(), name)
	for row, want := range values {
		if got := k.get(c, row); !reflect.DeepEqual(want, got) || !c.Present().Contains(row) {
			t.Fatalf("%s: row %d is %.200v, not %.200v", name, row, got, want)
		}
	}
	for range 1000 {
		if row := randomRow(r); values[row] == nil && k.get(c, row) != nil {
			t.Fatalf("%s: row %d is not empty", name, row)
		}
	}
	k.check(t, r, c, values)
}

// storedWorld is one column three times: the one filled at random, the one loaded
// from its stored blocks, and one filled row by row.
type storedWorld struct {
	storedKind
	r       *rand.Rand
	e       *version.Epochs
	columns []storedColumn
	values  map[uint32]any
}

func (w *storedWorld) change(row uint32, x any) {
	for _, c := range w.columns {
		w.set(w.e, c, row, x)
	}
	w.values[row] = x
	if x == nil {
		delete(w.values, row)
	}
}

func (w *storedWorld) changes(n int) {
	for i, c := range w.columns {
		w.columns[i] = w.write(w.e, c)
	}
	for range n {
		var x any
		if w.r.IntN(4) > 0 {
			x = w.draw(w.r)
		}
		w.change(randomRow(w.r), x)
	}
}

// TestStored loads columns of every kind from their blocks, compares them with those
// that were stored and those filled row by row, and goes on changing all three.
func TestStored(t *testing.T) {
	seed := testflags.Seed(t)
	large := []string{"bools", "text 400", "text 1000000", "numbers 2", "numbers spread", "unique 1", "instants 4", "choice 7", "choice 65600", "choices 30"}
	for i, k := range storedKinds() {
		for j, dense := range []int{0, 20, 3000, 80_000} {
			if dense > 3000 && !slices.Contains(large, k.name) || dense != 3000 && (i+j+int(seed%2))%2 == 0 {
				continue // small and large columns by turns
			}
			t.Run(fmt.Sprint(k.name, "/", dense), func(t *testing.T) {
				w := &storedWorld{storedKind: k, r: rand.New(rand.NewPCG(seed, uint64(100*i+j))), e: new(version.Epochs)}
				w.e.Share()
				w.run(t, dense)
			})
		}
	}
}

func (w *storedWorld) run(t *testing.T, dense int) {
	original := w.empty(w.e)
	w.columns, w.values = []storedColumn{original}, make(map[uint32]any)
	from := 1
	if dense >= 3000 && w.r.IntN(2) == 0 {
		from = blockRows - 1000 // leaves the first page alone
	}
	for row := range dense {
		w.change(uint32(from+row), w.draw(w.r))
	}
	if dense != 20 {
		w.changes(1000)
	}
	if dense > 3000 && w.r.IntN(2) == 0 {
		for row := uint32(1); row < blockRows; row++ { // nothing in the first block
			w.change(row, nil)
		}
	}
	blocks := storedBlocks(original)
	loaded := w.loadBlocks(t, w.e, original, blocks)
	fresh := w.empty(w.e)
	for _, row := range slices.Sorted(maps.Keys(w.values)) {
		w.set(w.e, fresh, row, w.values[row])
	}
	w.compare(t, w.r, "loaded", loaded, w.values)
	require.True(t, reflect.DeepEqual(storedBlocks(loaded), storedBlocks(fresh)), "stored again")
	require.InDelta(t, fresh.Bytes(), loaded.Bytes(), 2000+0.3*float64(fresh.Bytes()))
	if n, ok := loaded.(*Numbers); ok {
		require.Equal(t, fresh.(*Numbers).at, n.at)
		require.Equal(t, fresh.(*Numbers).order.shift, n.order.shift)
	}
	if text, ok := loaded.(*Text); ok {
		require.Equal(t, fresh.(*Text).dict.size, text.dict.size)
		anyText := func(string) bool { return true }
		for code := uint32(1); code <= text.dict.n; code += 1 + text.dict.n/5000 { // texts that fold alike keep their order
			f := text.dict.folded(code)
			require.Equal(t, fresh.(*Text).Lookup(f, anyText), text.Lookup(f, anyText))
		}
	}
	w.columns = []storedColumn{original, loaded, fresh}
	w.changes(300) // of the loaded pieces themselves
	w.e.Share()
	held, was := w.columns[1], maps.Clone(w.values)
	for range 2 {
		w.changes(300)
		w.e.Share()
	}
	for i, name := range []string{"original", "loaded", "fresh"} {
		w.compare(t, w.r, name+" after changes", w.columns[i], w.values)
	}
	w.compare(t, w.r, "snapshot", held, was)
	again := w.loadBlocks(t, w.e, w.columns[1], storedBlocks(w.columns[1]))
	w.compare(t, w.r, "loaded again", again, w.values)
}

// A float64 is stored exactly, whatever its bits.
func TestStoredFloatsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	k := numberKind("numbers", "", nil)
	for range 200 {
		e := new(version.Epochs)
		c := NewNumbers().Writable(e)
		values := make(map[uint32]float64)
		for row := uint32(1); row < uint32(2+r.IntN(40)); row++ {
			x := edges[r.IntN(len(edges))]
			if r.IntN(3) == 0 {
				x = math.Float64frombits(r.Uint64())
			}
			if math.IsNaN(x) || math.IsInf(x, 0) {
				continue
			}
			c.Set(e, row, x)
			values[row] = x
		}
		loaded := k.loadBlocks(t, e, c, storedBlocks(c)).(*Numbers)
		for row, x := range values {
			got, ok := loaded.Get(row)
			require.True(t, ok)
			require.Equal(t, x, got)
		}
	}
}

// A keyCounter comes to the same buckets as an order filled key by key.
func TestKeyCounter(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 3))
	for name, draw := range map[string]func() uint64{
		"few":     func() uint64 { return 1<<40 + r.Uint64N(100) },
		"some":    func() uint64 { return r.Uint64N(65_000) },
		"many":    func() uint64 { return 1000 + r.Uint64N(150_000) },
		"seconds": func() uint64 { return 1<<31 + r.Uint64N(1<<27) },
		"any":     r.Uint64,
		"spread":  func() uint64 { return r.Uint64() >> r.IntN(64) },
		"far few": func() uint64 { return r.Uint64N(2000) << 50 },
		"far off": func() uint64 {
			if r.IntN(10_000) == 0 {
				return r.Uint64()
			}
			return r.Uint64N(1 << 20)
		},
	} {
		for _, n := range []int{0, 1, 50, 3000, 120_000} {
			keys := make([]uint64, n)
			for i := range keys {
				keys[i] = draw()
			}
			e, want := new(version.Epochs), order{}
			lo, hi := uint64(0), uint64(0)
			if n > 0 {
				lo, hi = slices.Min(keys), slices.Max(keys)
			}
			c := newKeyCounter(lo, hi, n)
			for part := range slices.Chunk(keys, 1000) {
				c.add(part)
			}
			for _, k := range keys {
				want.add(e, k)
			}
			got := c.order(e)
			require.Equal(t, want.shift, got.shift, "%s %d", name, n)
			require.Equal(t, want.total, got.total)
			require.True(t, slices.Equal(bucketsOf(&want), bucketsOf(&got)), "%s %d", name, n)
			require.Len(t, bucketsOf(&got), got.n)
		}
	}
}

func bucketsOf(o *order) (list []keyPair) {
	o.from(0, func(key uint64, rows uint32) bool {
		list = append(list, keyPair{key, rows})
		return true
	})
	return list
}

// Texts of one hash stay in the order of their numbers when the index grows, also
// where they run over the end of the table.
func TestTextIndexKeepsOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(testflags.Seed(t), 4))
	for range 100 {
		const size = 64
		x := textIndex{slots: make([]uint64, size)}
		hashes := make([]uint32, 2+r.IntN(6))
		for i := range hashes {
			hashes[i] = uint32(size*r.IntN(4) + size - 1 - r.IntN(4)) // about the end
		}
		for code := uint64(1); code <= size*4/5; code++ {
			h := hashes[r.IntN(len(hashes))]
			i := h % size
			for x.slots[i] != 0 {
				i = (i + 1) % size
			}
			x.slots[i] = uint64(h)<<32 | code
		}
		x.resize(2 * size)
		last, found := make(map[uint32]uint32), 0
		for _, h := range hashes {
			if last[h] != 0 {
				continue
			}
			for i := h % (2 * size); x.slots[i] != 0; i = (i + 1) % (2 * size) {
				if slot := x.slots[i]; uint32(slot>>32) == h {
					require.Greater(t, uint32(slot), last[h])
					last[h] = uint32(slot)
					found++
				}
			}
		}
		require.Equal(t, size*4/5, found)
	}
}

// A full block takes little more than the bits its values need.
func TestStoredSizes(t *testing.T) {
	const rows = 60_000
	r := rand.New(rand.NewPCG(testflags.Seed(t), 5))
	for _, c := range []struct {
		storedKind
		bits int // a row, at most
	}{
		{numberKind("numbers", "one", func(*rand.Rand) any { return 1e6 / 64 }), 0},
		{numberKind("numbers", "points", func(r *rand.Rand) any { return float64(r.IntN(10_001)) }), 14},
		{numberKind("numbers", "cents", func(r *rand.Rand) any { return float64(r.IntN(500_000)) / 100 }), 19},
		{numberKind("numbers", "milli", func(r *rand.Rand) any { return float64(r.IntN(1<<20)) / 1000 }), 20},
		{numberKind("numbers", "odd thousands", func(r *rand.Rand) any { return float64(1000*r.IntN(256) + 500_000_007) }), 8},
		{numberKind("instants", "midnights", func(r *rand.Rand) any { return float64(86_400_000 * (19_000 + r.IntN(2048))) }), 11},
		{numberKind("instants", "seconds", func(r *rand.Rand) any { return float64(1.7e12 + 1000*r.IntN(1<<27)) }), 27},
		{numberKind("days", "", func(r *rand.Rand) any { return float64(r.IntN(1<<15) - 9000) }), 15},
		{textKind("country", func(r *rand.Rand) any { return fmt.Sprint("Country ", r.IntN(200)) }), 9},
		{textKind("code", func(r *rand.Rand) any { return fmt.Sprintf("%019d", r.Uint64()) }), 8 * 21},
		{choiceKind(6), 3},
	} {
		e := new(version.Epochs)
		column := c.empty(e)
		for row := range uint32(rows) {
			c.set(e, column, row+1, c.draw(r))
		}
		require.LessOrEqual(t, len(column.AppendBlock(nil, 0)), 64+rows*c.bits/8, c.name)
	}
}
