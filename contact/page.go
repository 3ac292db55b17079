package contact

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact/internal/column"
)

// PageOptions says how a set is listed page by page. A nil *PageOptions means by
// id, upwards, 100 to a page, from the start.
type PageOptions struct {
	// By is the name of the field to sort by, "" for the id. Text sorts by its
	// folded form, then as written; options in the order they were declared;
	// several by their first that differs; no before yes. Contacts without a value
	// come last in either direction, ties by ascending id.
	By string
	// Down sorts from the largest to the smallest.
	Down bool
	// Limit is the largest number of contacts on a page. Defaults to 100.
	Limit int
	// After is the cursor of the page before, "" for the first page.
	After string
}

// Page is one page of a sorted set.
type Page struct {
	IDs []ID
	// Next is the cursor of the page after this one, "" on the last. It names the
	// last contact's place in the order, not its number: pages stay right when
	// contacts come, go or change between them.
	Next string
}

// Page lists the living contacts of a set, sorted by any field. It looks at every
// contact of the set once, and keeps no more than a page of them.
func (v *View) Page(set Set, opts *PageOptions) (Page, error) {
	return v.page(v.st.schema, set.And(v.Live()), opts)
}

// page lists living rows of the table that a schema is of.
func (v *View) page(schema *Schema, set Set, opts *PageOptions) (Page, error) {
	var o PageOptions
	if opts != nil {
		o = *opts
	}
	if o.Limit == 0 {
		o.Limit = 100
	}
	if o.Limit < 0 {
		return Page{}, fmt.Errorf("contact: page: Limit is %d; give a positive number", o.Limit)
	}
	order, err := v.sortOrder(schema, o)
	if err != nil {
		return Page{}, err
	}
	var after *sortKey
	if o.After != "" {
		if after, err = order.parse(o.After); err != nil {
			return Page{}, fmt.Errorf("contact: page: After: %w", err)
		}
	}
	room := min(o.Limit, set.Len()) + 1
	best := make([]sortKey, 0, room)
	for id := range set.All() {
		k := order.key(id)
		if after != nil && order.compare(k, *after) <= 0 {
			continue
		}
		best = keepBest(best, k, room, order.compare)
	}
	slices.SortFunc(best, order.compare)
	p := Page{IDs: make([]ID, 0, min(o.Limit, len(best)))}
	for _, k := range best[:min(o.Limit, len(best))] {
		p.IDs = append(p.IDs, k.id)
	}
	if len(best) > o.Limit {
		p.Next = order.print(best[o.Limit-1])
	}
	return p, nil
}

// keepBest adds k to a heap of the n smallest keys, whose root is the largest of
// them.
func keepBest(heap []sortKey, k sortKey, n int, compare func(a, b sortKey) int) []sortKey {
	if len(heap) < n {
		heap = append(heap, k)
		for i := len(heap) - 1; i > 0; {
			up := (i - 1) / 2
			if compare(heap[i], heap[up]) <= 0 {
				break
			}
			heap[i], heap[up] = heap[up], heap[i]
			i = up
		}
		return heap
	}
	if compare(k, heap[0]) >= 0 {
		return heap
	}
	heap[0] = k
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(heap) {
			return heap
		}
		if down+1 < len(heap) && compare(heap[down+1], heap[down]) > 0 {
			down++
		}
		if compare(heap[i], heap[down]) >= 0 {
			return heap
		}
		heap[i], heap[down] = heap[down], heap[i]
		i = down
	}
}

// A sortKey is a contact's place in an order. Which parts count depends on the
// kind of field.
type sortKey struct {
	id      ID
	missing bool
	num     float64
	text    string // folded
	written string
	codes   []uint32
}

// A sortOrder makes and compares the keys of one field.
type sortOrder struct {
	v     *View
	field Field // zero: by id alone
	down  bool
}

func (v *View) sortOrder(schema *Schema, o PageOptions) (sortOrder, error) {
	order := sortOrder{v: v, down: o.Down}
	if o.By == "" {
		return order, nil
	}
	d, err := schema.find(o.By)
	order.field = Field{def: d}
	return order, err
}

func (o sortOrder) key(id ID) sortKey {
	k := sortKey{id: id}
	if o.field.IsZero() {
		return k
	}
	has := false
	switch c := o.v.column(o.field).(type) {
	case *column.Text:
		k.written, k.text, has = c.Both(uint32(id))
	case *column.Numbers:
		k.num, has = c.Get(uint32(id))
	case *column.Bools:
		var yes bool
		if yes, has = c.Get(uint32(id)); yes {
			k.num = 1
		}
	case *column.Choice:
		k.num = float64(c.Code(uint32(id)))
		has = k.num != 0
	case *column.Choices:
		k.codes = c.AppendCodes(nil, uint32(id))
		has = len(k.codes) > 0
		if o.field.Kind() == KindTags {
			k.written, k.codes = strings.Join(sortedNames(c, k.codes), "\x00"), nil
		}
	}
	k.missing = !has
	return k
}

// sortedNames returns the folded names of tags in their order: the numbers of
// tags mean nothing to a reader.
func sortedNames(c *column.Choices, codes []uint32) []string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = c.Folded(code)
	}
	slices.Sort(names)
	return names
}

func (o sortOrder) compare(a, b sortKey) int {
	if a.missing != b.missing {
		if a.missing {
			return 1
		}
		return -1
	}
	order := cmp.Or(cmp.Compare(a.num, b.num), cmp.Compare(a.text, b.text),
		cmp.Compare(a.written, b.written), slices.Compare(a.codes, b.codes))
	if o.field.IsZero() {
		order = cmp.Compare(a.id, b.id)
	}
	if o.down {
		order = -order
	}
	return cmp.Or(order, cmp.Compare(a.id, b.id))
}

var errCursor = errors.New("this is no cursor of this order; give the Next of the page before, with the same By and Down")

// print writes a key as a cursor: opaque to callers, bound to the order.
func (o sortOrder) print(k sortKey) string {
	b := appendText(nil, o.name())
	b = append(b, byte(bit(o.down)), byte(bit(k.missing)))
	b = appendValue(b, Value{kind: KindNumber, num: k.num})
	b = appendText(appendText(b, k.text), k.written)
	b = appendValue(b, Value{kind: KindNumber, num: float64(len(k.codes))})
	for _, c := range k.codes {
		b = appendValue(b, Value{kind: KindNumber, num: float64(c)})
	}
	b = appendValue(b, Value{kind: KindNumber, num: float64(k.id)})
	return base64.RawURLEncoding.EncodeToString(b)
}

// parse is the inverse of print. A cursor may come back from anywhere, so it is
// read with care.
func (o sortOrder) parse(cursor string) (k *sortKey, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, errCursor
	}
	defer func() {
		if recover() != nil { // cut or forged: the decoder ran over the end
			k, err = nil, errCursor
		}
	}()
	d := decoder{raw}
	if d.text() != o.name() || d.b[0] != byte(bit(o.down)) {
		return nil, errCursor
	}
	k = &sortKey{missing: d.b[1] != 0}
	d.b = d.b[2:]
	k.num = d.number()
	k.text, k.written = d.text(), d.text()
	for n := d.number(); n > 0; n-- {
		k.codes = append(k.codes, uint32(d.number()))
	}
	k.id = ID(d.number())
	return k, nil
}

// number reads a number of a cursor. Anything else there, a list of forged length
// above all, is a panic like the end of the data.
func (d *decoder) number() float64 {
	if seal := d.b[0]; seal != sealWhole && seal != sealFloat {
		panic(errCursor)
	}
	return d.value(KindNumber).num
}

func (o sortOrder) name() string {
	if o.field.IsZero() {
		return ""
	}
	return o.field.def.title()
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
