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
