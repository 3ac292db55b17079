package behaviour

// A Summary tells about some events of one contact: those that count for a query.
type Summary struct {
	Count       int
	First, Last int64 // times, if Count > 0
	// Numbers is how many of the events have a number. The others do not take part in
	// what follows.
	Numbers int
	// Sum is the nearest float64 to the exact sum, so the order of the events makes no
	// difference; 0 without numbers. A number counts as the shortest decimal that stands
	// for it: three times 0.1 is 0.3.
	Sum float64
	// Average is the nearest float64 to the exact average, if Numbers > 0.
	Average  float64
	Min, Max float64 // if Numbers > 0
}

// A tally makes a Summary of the rows it is given in ascending order.
type tally struct {
	s   Summary
	sum sum
}

func (t *tally) addTime(at int64) {
	if t.s.Count == 0 {
		t.s.First = at
	}
	t.s.Count++
	t.s.Last = at
}

// merge adds what another tally has, whose rows come after all of this one. The other one
// stays as it is.
func (t *tally) merge(u *tally) {
	if u.s.Count == 0 {
		return
	}
	if t.s.Count == 0 {
		t.s.First = u.s.First
	}
	t.s.Count += u.s.Count
	t.s.Last = u.s.Last
	if u.s.Numbers == 0 {
		return
	}
	if t.s.Numbers == 0 {
		t.s.Min, t.s.Max = u.s.Min, u.s.Max
	}
	t.s.Numbers += u.s.Numbers
	t.s.Min, t.s.Max = min(t.s.Min, u.s.Min), max(t.s.Max, u.s.Max)
	t.sum.merge(&u.sum)
}

// A pageTally is the tally of all rows of a page, with the numbers of an attribute.
type pageTally struct {
	attr int
	tally
}

// tallyOf returns the tally of all rows of the page. It is made when it is asked for first
// and kept until a row changes: a contact with many thousands of events, which have pages
// of their own, is asked about them again with each one that comes or leaves a window.
func (p *page) tallyOf(attr int) *tally {
	if known := p.tally.Load(); known != nil && known.attr == attr {
		return &known.tally
	}
	made := &pageTally{attr: attr}
	made.addRows(p, 0, p.n, attr)
	p.tally.Store(made)
	return &made.tally
}

// forget drops the tally of a page, which is owned: nobody reads it meanwhile.
func (p *page) forget() {
	if p.tally.Load() != nil {
		p.tally.Store(nil)
	}
}

// addRows adds some rows of a page. attr is -1 if no numbers are wanted.
func (t *tally) addRows(p *page, from, to, attr int) {
	for i := from; i < to; i++ {
		t.addTime(fromTicks(p.get(laneTime, i)))
		if attr >= 0 {
			t.addNumber(Value(p.get(laneValues+attr, i)))
		}
	}
}

func (t *tally) addNumber(v Value) {
	x, ok := v.Number()
	if !ok {
		return
	}
	if t.s.Numbers == 0 {
		t.s.Min, t.s.Max = x, x
	}
	t.s.Numbers++
	t.s.Min, t.s.Max = min(t.s.Min, x), max(t.s.Max, x)
	t.sum.add(v, x)
}

// summary returns what has been added up; nothing more can be added then but by reset.
func (t *tally) summary() Summary {
	if t.s.Numbers > 0 {
		t.s.Sum, t.s.Average = t.sum.total(t.s.Numbers)
	}
	return t.s
}

func (t *tally) reset() {
	if t.s.Numbers == 0 {
		t.s = Summary{}
		return
	}
	t.s = Summary{}
	t.sum = sum{rest: t.sum.rest[:0]}
}
