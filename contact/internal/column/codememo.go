package column

// A CodeMemo holds a number for each text of a column, by its code, so that what was
// found out about a text once need not be again. It belongs to one goroutine at a time.
// The zero CodeMemo is empty.
//
// It costs 4 kB for each 1 024 codes in a row of which one was asked for.
type CodeMemo struct {
	of    *dictID // whose codes they are
	turn  uint32  // numbers in a page of another turn are forgotten
	pages []*codePage
}

type codePage struct {
	turn    uint32
	numbers [dictPage]uint32
}

// Forget makes all numbers 0. It costs nothing, whatever is remembered.
func (m *CodeMemo) Forget() {
	if m.turn++; m.turn == 0 { // pages of the first turns must not seem new
		m.pages = nil
	}
}

// Bytes estimates the memory held.
func (m *CodeMemo) Bytes() int {
	n := 8 * cap(m.pages)
	for _, p := range m.pages {
		if p != nil {
			n += 4 + 4*dictPage
		}
	}
	return n
}

// at returns the place of a code's number: 0 if none was put there. The code was given.
func (m *CodeMemo) at(d *dict, code uint32) *uint32 {
	if m.of != d.id {
		m.Forget()
		m.of = d.id
	}
	i := int(code / dictPage)
	if i >= len(m.pages) {
		m.pages = append(m.pages, make([]*codePage, i+1-len(m.pages))...)
	}
	p := m.pages[i]
	if p == nil {
		p = &codePage{turn: m.turn}
		m.pages[i] = p
	}
	if p.turn != m.turn {
		*p = codePage{turn: m.turn}
	}
	return &p.numbers[code%dictPage]
}

// Remembered returns the place where a memo has the number of a code's text, for as long
// as it is asked for no other. The code was given; 0 is none.
func (t *Text) Remembered(m *CodeMemo, code uint32) *uint32 { return m.at(&t.dict, code) }

// Remembered returns the place where a memo has the number of a code's name, for as long
// as it is asked for no other. The code was given; 0 is none.
func (o *options) Remembered(m *CodeMemo, code uint32) *uint32 { return m.at(&o.names, code) }
