package behaviour

// A Timeline goes through the events of all contacts in the order of time, those of the
// same millisecond by contact and tie. It is used like a [Walk].
//
// It is what the clock needs: when now moves from t1 to t2, a condition over the last d
// milliseconds can change only for the contacts of the events in (t1-d, t2-d], which
// leave the window, and in (t1, t2], which enter it.
type Timeline struct {
	shelf *shelf
	page  *page
	at    place
	hi    uint64
}

// Timeline returns the walk over all events in a window, the oldest first.
func (h *History) Timeline(w Window) Timeline {
	if w.empty() {
		return Timeline{}
	}
	lo, hi := w.ends()
	at := h.byTime.seek(key{lo})
	at.row--
	return Timeline{&h.byTime, h.byTime.at(at), at, hi}
}

// Next moves to the next event and reports whether there is one.
func (t *Timeline) Next() bool {
	if t.page == nil {
		return false
	}
	t.at.row++
	for t.at.row >= t.page.n {
		if t.page = t.shelf.next(&t.at); t.page == nil {
			return false
		}
	}
	if t.page.get(timeTime, t.at.row) > t.hi {
		t.page = nil
		return false
	}
	return true
}

// Time returns the time of the event.
func (t *Timeline) Time() int64 { return fromTicks(t.page.get(timeTime, t.at.row)) }

// Contact returns the contact of the event.
func (t *Timeline) Contact() uint32 { return uint32(t.page.get(timeContact, t.at.row)) }

// ID returns the ID of the event.
func (t *Timeline) ID() ID {
	return ID{t.Contact(), t.Time(), uint32(t.page.get(timeTie, t.at.row))}
}

// CountAll returns the number of events of all contacts in a window. It takes time
// proportional to the boards, some 30 000 events each.
func (h *History) CountAll(w Window) int {
	return h.span(w).rows
}
