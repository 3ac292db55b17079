package segmenttest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// Mark is a place in the feed, to say afterwards what has happened since. A method whose
// claim does not hold marks the test as failed, says why and shows the feed since the
// mark; it returns whether the claim holds.
//
// A Mark must not be used by more than one goroutine at a time.
type Mark struct {
	t    testing.TB
	eng  *segment.Engine
	from uint64 // number of the next change
}

// MarkOf returns a mark at the end of an engine's feed.
func MarkOf(t testing.TB, eng *segment.Engine) *Mark {
	return &Mark{t, eng, eng.LastChange() + 1}
}

// Again sets the mark to the end of the feed.
func (m *Mark) Again() { m.from = m.eng.LastChange() + 1 }

// Changes returns what has happened since the mark.
func (m *Mark) Changes() []segment.Change {
	m.t.Helper()
	var list []segment.Change
	for c, err := range m.eng.Changes(m.from) {
		if err != nil {
			m.t.Fatalf("the feed since the mark: %v", err)
		}
		list = append(list, c)
	}
	return list
}

// Enters claims that each of some contacts was not in a segment at the mark and is in it
// since, whatever it did in between.
func (m *Mark) Enters(handle string, ids ...contact.ID) bool {
	m.t.Helper()
	return m.moves("enter", handle, ids, segment.Enter)
}

// Leaves claims that each of some contacts was in a segment at the mark and is not in it
// any more, whatever it did in between.
func (m *Mark) Leaves(handle string, ids ...contact.ID) bool {
	m.t.Helper()
	return m.moves("leave", handle, ids, segment.Leave)
}

// Stays claims that none of some contacts has entered or left a segment since the mark,
// not even for a moment. Without contacts it claims so of everybody.
func (m *Mark) Stays(handle string, ids ...contact.ID) bool {
	m.t.Helper()
	if !m.known(handle) {
		return false
	}
	changes := m.Changes()
	if len(ids) == 0 {
		for _, c := range changes {
			if c.Segment == handle {
				return m.fail(changes, "nobody was to enter or leave segment %q, but contact %d did", handle, c.Contact)
			}
		}
		return true
	}
	ok := true
	for _, id := range ids {
		if moved := of(changes, handle, id); len(moved) > 0 {
			ok = m.fail(changes, "contact %d was to stay as it was in segment %q, but it moved: %v", id, handle, kinds(moved))
		}
	}
	return ok
}

// Nothing claims that nothing has happened since the mark.
func (m *Mark) Nothing() bool {
	m.t.Helper()
	if changes := m.Changes(); len(changes) > 0 {
		return m.fail(changes, "nothing was to happen")
	}
	return true
}

// moves claims that contacts end up on the other side.
func (m *Mark) moves(verb, handle string, ids []contact.ID, kind segment.Kind) bool {
	m.t.Helper()
	if !m.known(handle) {
		return false
	}
	changes, ok := m.Changes(), true
	if len(ids) == 0 {
		return m.fail(changes, "who was to %s segment %q? No contact is given", verb, handle)
	}
	for _, id := range ids {
		switch moved := of(changes, handle, id); {
		case len(moved) == 0:
			in, err := m.eng.Contains(handle, id)
			how := "it is not in it"
			if in {
				how = "it is in it all the time"
			}
			if err != nil {
				how = err.Error()
			}
			ok = m.fail(changes, "contact %d was to %s segment %q, but it did not move: %s", id, verb, handle, how)
		case moved[0].Kind != kind || moved[len(moved)-1].Kind != kind:
			ok = m.fail(changes, "contact %d was to %s segment %q, but it did this: %v", id, verb, handle, kinds(moved))
		}
	}
	return ok
}

// known reports whether there is a segment, or was one since the mark: a claim about
// none at all is a mistake of the test.
func (m *Mark) known(handle string) bool {
	m.t.Helper()
	_, err := m.eng.Get(handle)
	if err == nil {
		return true
	}
	changes := m.Changes()
	for _, c := range changes {
		if c.Segment == handle {
			return true
		}
	}
	return m.fail(changes, "%v", err)
}

// of returns the changes of a contact in a segment.
func of(changes []segment.Change, handle string, id contact.ID) (moved []segment.Change) {
	for _, c := range changes {
		if c.Segment == handle && c.Contact == id {
			moved = append(moved, c)
		}
	}
	return moved
}

func kinds(moved []segment.Change) string {
	words := make([]string, len(moved))
	for i, c := range moved {
		words[i] = c.Kind.String()
	}
	return strings.Join(words, ", ")
}

// shown is the number of changes that a failure shows at most.
const shown = 20

func (m *Mark) fail(changes []segment.Change, format string, args ...any) bool {
	m.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, format, args...)
	if len(changes) == 0 {
		b.WriteString("\nthe feed has nothing since the mark")
	} else {
		b.WriteString("\nthe feed since the mark:")
	}
	for i, c := range changes {
		if i == shown {
			fmt.Fprintf(&b, "\n\tand %d more", len(changes)-shown)
			break
		}
		fmt.Fprintf(&b, "\n\t%v", c)
	}
	m.t.Error(b.String())
	return false
}
