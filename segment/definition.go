package segment

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Definition says what a segment is. The zero Filter makes it static: its members
// are put in by hand. With a filter it is dynamic: its members come and go by
// themselves, and hands go above the filter.
type Definition struct {
	// Handle names the segment in calls and filters. It is unique and never
	// changes; it is free again when the segment is deleted. Defaults to one made
	// from the name.
	Handle      string
	Name        string // for people, may change freely; required
	Description string
	Labels      []string // free words; hooks select segments by them
	Public      bool     // may be used by campaigns, forms and triggers
	Unpublished bool     // can't be newly referred to, and its changes reach no call-back
	Filter      filter.Filter
}

// ID is the number of a segment in its engine, from 1. It is never reused.
type ID uint32

// Segment is a segment as it was at some version of its definition.
type Segment struct {
	Definition
	ID      ID
	Version int // of the definition, from 1
	Created time.Time
	Changed time.Time // when the definition last changed
	Actor   string    // who changed it last, as given to [contact.Tx.By]

	// Broken is a [*DefinitionError] that says why this program can't use the
	// definition, which another one has accepted; nil if it can. It is found when a
	// store is opened. The members stay as they are then, but for contacts that are
	// deleted and edits by hand; segments that name it read these members. A contact
	// that was marked by hand by then is taken not to match. A new definition repairs it,
	// and so does opening the store with a program that can use the one it has. If the
	// filter can't even be read, Filter is zero, though there is one.
	Broken error
}

// Dynamic reports whether the segment has a filter.
func (s *Segment) Dynamic() bool { return !s.Filter.IsZero() || s.Broken != nil }

// A defined is a segment's definition with what is made from it. It is never
// changed once it is committed; an edit makes another one.
type defined struct {
	Segment
	program *filter.Program // nil if static
	refs    []ID            // the segments that the filter names, ascending
	old     *defined        // the version before, without a program; nil if this is the first
	raw     string          // the filter, if it can't be read
	filled  fill            // by this definition or by an older one with the same filter
}

// retired returns the definition as it is kept when another one follows: without
// what only a filter in use needs.
func (d *defined) retired() *defined {
	if d == nil {
		return nil
	}
	made := &defined{Segment: d.Segment, old: d.old, raw: d.raw}
	if d.raw == "" {
		made.Broken = nil // of a definition in use
	}
	return made
}

// references returns the segments that the filter names, ascending, none of no definition.
func (d *defined) references() []ID {
	if d == nil {
		return nil
	}
	return d.refs
}

const longestHandle = 255

// check reports everything wrong with a definition but its filter and the
// uniqueness of its handle.
func (d *Definition) check() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if strings.TrimSpace(d.Name) == "" {
		add("the segment has no name")
	}
	if len(d.Handle) > longestHandle {
		errs = append(errs, &contact.LimitError{What: "bytes of a handle", Limit: longestHandle, Got: len(d.Handle)})
	}
	if strings.ContainsFunc(d.Handle, unicode.IsControl) {
		add("the handle %q contains control characters", d.Handle)
	}
	for _, s := range append([]string{d.Handle, d.Name, d.Description}, d.Labels...) {
		if !utf8.ValidString(s) {
			add("%q is not valid UTF-8", s)
		}
	}
	return errors.Join(errs...)
}

// clone returns a copy that shares nothing that can be changed.
func (d Definition) clone() Definition {
	d.Labels = slices.Clone(d.Labels)
	return d
}

// makeHandle derives a handle from a name: letters, marks and digits of any script
// in their folded form, the rest as single underscores, and one in front of digits
// and reserved words, so that a filter can name it without quotes (but for the
// marks that some scripts need); behind it the first number that makes it unique.
func (w *work) makeHandle(name string) string {
	var b strings.Builder
	for _, r := range contact.Fold(name) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "_") {
			b.WriteByte('_')
		}
		if b.Len() > longestHandle-16 {
			break
		}
	}
	base := strings.TrimSuffix(b.String(), "_")
	if base == "" {
		base = "segment"
	}
	if quoted(base) && !quoted("_"+base) {
		base = "_" + base
	}
	if w.lookup(base) == nil {
		return base
	}
	return w.number(base)
}

// number returns a handle with the first number that makes it unique. Which numbers are
// taken is remembered, by the transaction and by the writer, so that very many segments of
// one name can be made, in one transaction or one by one; what it finds is the writer's
// once the transaction is prepared.
func (w *work) number(base string) string {
	taken := max(2, w.scratch.taken[base], w.taken[base])
	n := max(2, w.tried[base])
	if !w.freed {
		n = max(n, taken)
	}
	for ; ; n++ {
		handle := base + "_" + strconv.Itoa(n)
		if w.lookup(handle) == nil {
			w.tried[base], w.taken[base] = n, taken
			return handle
		}
		if n == taken && w.base.find(handle) != nil {
			taken++
		}
	}
}

// freed notes that a handle leads nowhere any more.
func (s *scratch) freed(handle string) {
	if at := strings.LastIndexByte(handle, '_'); at >= 0 {
		if n, err := strconv.Atoi(handle[at+1:]); err == nil && n < s.taken[handle[:at]] {
			s.taken[handle[:at]] = n
		}
	}
}

// quoted reports whether a filter has to quote a handle.
func quoted(handle string) bool {
	f, err := filter.New(filter.MemberOf(handle))
	return err != nil || f.String() != "in segment "+handle
}
