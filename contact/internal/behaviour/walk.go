package behaviour

// A Walk goes through events of one contact in the order of time, those of the same
// millisecond in the order of their ties. It is used as
//
//	for w := h.Ascend(contact, window); w.Next(); {
//		… w.Time(), w.Value(0) …
//	}
//
// and allocates nothing. Its methods other than Next may be called when Next has
// returned true. The history must not be changed during the walk.
type Walk struct {
	shelf   *shelf
	page    *page
	at      place
	contact uint64
	lo, hi  uint64 // ticks
	down    bool
}

// Ascend returns the walk over a contact's events in a window, the oldest first.
func (h *History) Ascend(contact uint32, w Window) Walk {
	if w.empty() {
		return Walk{}
	}
	lo, hi := w.ends()
	at := h.byContact.seek(key{uint64(contact), lo, 0})
	at.row--
	return Walk{&h.byContact, h.byContact.at(at), at, uint64(contact), lo, hi, false}
}

// Descend returns the walk over a contact's events in a window, the latest first.
func (h *History) Descend(contact uint32, w Window) Walk {
	if w.empty() {
		return Walk{}
	}
	lo, hi := w.ends()
	at := h.byContact.seek(key{uint64(contact), hi, 1 << 32})
	return Walk{&h.byContact, h.byContact.at(at), at, uint64(contact), lo, hi, true}
}

// Next moves to the next event and reports whether there is one.
func (w *Walk) Next() bool {
	if w.page == nil {
		return false
	}
	if w.down {
		return w.previous()
	}
	w.at.row++
	for w.at.row >= w.page.n {
		if w.page = w.shelf.next(&w.at); w.page == nil {
			return false
		}
	}
	if w.page.get(laneContact, w.at.row) != w.contact || w.page.get(laneTime, w.at.row) > w.hi {
		w.page = nil
		return false
	}
	return true
}

func (w *Walk) previous() bool {
	for w.at.row == 0 {
		if w.page = w.shelf.back(&w.at); w.page == nil {
			return false
		}
	}
	w.at.row--
	if w.page.get(laneContact, w.at.row) != w.contact || w.page.get(laneTime, w.at.row) < w.lo {
		w.page = nil
		return false
	}
	return true
}

// Time returns the time of the event.
func (w *Walk) Time() int64 { return fromTicks(w.page.get(laneTime, w.at.row)) }

// ID returns the ID of the event.
func (w *Walk) ID() ID { return ID{uint32(w.contact), w.Time(), uint32(w.page.get(laneTie, w.at.row))} }

// Key returns the event's idempotency key.
func (w *Walk) Key() Key {
	return Key{w.page.get(laneKey, w.at.row), w.page.get(laneKey+1, w.at.row)}
}

// Value returns the value of an attribute, which must be declared.
func (w *Walk) Value(attr int) Value { return Value(w.page.get(laneValues+attr, w.at.row)) }

// Count returns the number of events of a contact in a window. It looks at the two ends
// alone.
func (h *History) Count(contact uint32, w Window) int {
	if w.empty() {
		return 0
	}
	lo, hi := w.ends()
	from := h.byContact.seek(key{uint64(contact), lo, 0})
	p := h.byContact.at(from)
	if p == nil {
		return 0
	}
	to := from
	k := key{uint64(contact), hi, 1 << 32}
	if from.row < p.n && !p.below(p.n-1, k, keyParts) { // within one page, most often within a few rows
		for to.row < p.n && p.below(to.row, k, keyParts) {
			if to.row++; to.row-from.row == 8 {
				to.row = p.search(k, keyParts)
				break
			}
		}
	} else {
		to = h.byContact.seek(k)
	}
	return h.byContact.between(from, to)
}
