package behaviour

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/rosterdb/roster/contact/internal/version"
)

// Load fills an empty history with events in ascending order of their IDs (by contact,
// time and tie), as [History.All] tells them. It leaves full pages and takes about half
// of what inserting does. Texts may be added to the history's dictionaries as the events
// come; an event is not kept.
//
// An error, for an event that is not above the one before it, leaves the history unfit
// for use; so does a history that is not empty.
func (h *History) Load(e *version.Epochs, events iter.Seq[*Event]) error {
	if h.Len() > 0 {
		return fmt.Errorf("behaviour: loading into a history of %d events; it must be empty", h.Len())
	}
	type timed struct {
		time         uint64
		contact, tie uint32
	}
	var rows []timed
	var last key
	for ev := range events {
		k := ev.ID.key()
		if !last.less(k) {
			return fmt.Errorf("behaviour: loading event %d: contact %d, time %d, tie %d is not above the one before it", len(rows)+1, ev.Contact, ev.Time, ev.Tie)
		}
		last = k
		h.putByContact(e, ev.ID, h.byContact.seekLate(k), ev)
		rows = append(rows, timed{k[1], ev.Contact, ev.Tie})
	}
	slices.SortFunc(rows, func(a, b timed) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.contact, b.contact), cmp.Compare(a.tie, b.tie))
	})
	for _, r := range rows {
		k := key{r.time, uint64(r.contact), uint64(r.tie)}
		h.byTime.insert(e, h.byTime.seekLate(k), k, k[:])
	}
	return nil
}

// All returns all events in ascending order of their IDs, as a store writes them. The
// event and its values are good until the next one. It is safe beside a writer that
// works on a successor of h.
func (h *History) All() iter.Seq[*Event] { return h.Of(0, math.MaxUint32) }

// Of returns the events of the contacts from one to another, both among them, like All.
func (h *History) Of(from, to uint32) iter.Seq[*Event] {
	return func(yield func(*Event) bool) {
		ev := Event{Values: make([]Value, len(h.attrs))}
		at := h.byContact.seek(key{uint64(from)})
		for p := h.byContact.at(at); p != nil; p = h.byContact.next(&at) {
			for ; at.row < p.n; at.row++ {
				if h.read(&ev, p, at.row); ev.Contact > to || !yield(&ev) {
					return
				}
			}
		}
	}
}
