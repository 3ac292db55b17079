package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// A report prints what happens in a form that people read.
type report struct {
	out   io.Writer
	store *contact.Store
	eng   *segment.Engine
}

// segments prints every segment with the number of its members and its filter.
func (r report) segments() {
	fmt.Fprintf(r.out, "%d people from people.csv\n\n", r.store.View().Len())
	fmt.Fprintln(r.out, "segment   members  filter")
	for _, s := range r.eng.List() {
		n, _ := r.eng.Count(s.Handle) // it was listed, so it exists
		rule := s.Filter.String()
		if !s.Dynamic() {
			rule = "none: people are put in by hand"
		}
		fmt.Fprintf(r.out, "%-9s %7d  %s\n", s.Handle, n, rule)
	}
}

// changes prints who has entered and left since a view, and why. The view still knows
// those who were deleted.
func (r report) changes(title string, before *contact.View) error {
	fmt.Fprintf(r.out, "\n%s\n", title)
	since := segment.At(before).LastChange()
	if r.eng.LastChange() == since {
		fmt.Fprintln(r.out, "  nobody enters or leaves")
	}
	for c, err := range r.eng.Changes(since + 1) {
		if err != nil {
			return err
		}
		why, err := r.why(c)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.out, "  %-13s  %ss  %-8s  %s\n", name(before, c.Contact), c.Kind, c.Segment, why)
	}
	return nil
}

// why returns the cause of a change in words.
func (r report) why(c segment.Change) (string, error) {
	switch c.Cause {
	case contact.CauseManual:
		return "by hand", nil
	case contact.CauseDelete:
		return "deleted", nil
	case contact.CauseSegment:
		for _, s := range r.eng.List() {
			if s.ID == c.Via {
				return "through the segment " + s.Handle, nil
			}
		}
	}
	return r.edits(c)
}

// edits returns what the commit behind a change did to the contact's values.
func (r report) edits(c segment.Change) (string, error) {
	var list []string
	for record, err := range r.store.Log(c.Tx) {
		if err != nil {
			return "", err
		}
		for edit := range record.Changes() {
			if edit.ID != c.Contact {
				continue
			}
			for _, f := range edit.Fields {
				list = append(list, fmt.Sprintf("%s: %s → %s", f.Field.Name(), show(f.Old), show(f.New)))
			}
		}
		break // the records after it are other commits
	}
	return strings.Join(list, ", "), nil
}

func show(v contact.Value) string {
	if v.Missing() {
		return "none"
	}
	return v.String()
}

// preview prints who matches a filter that is not saved.
func (r report) preview(f filter.Filter, p segment.Preview) {
	var names []string
	for id := range p.Members.All() {
		names = append(names, name(p.View, id))
	}
	fmt.Fprintf(r.out, "\nPreview of a filter that is not saved: %s\n", f)
	fmt.Fprintf(r.out, "  %d people: %s\n", p.Count(), strings.Join(names, ", "))
}

// memberships prints the segments of one person.
func (r report) memberships(email string) error {
	v := r.store.View()
	id, _, err := v.Lookup("email", email)
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "\n%s is in\n", name(v, id))
	for _, m := range r.eng.At(v).Of(id) {
		how := "by the filter"
		if m.Added {
			how = "by hand"
		}
		fmt.Fprintf(r.out, "  %-8s  %s\n", m.Segment, how)
	}
	return nil
}

// name returns the name of a person.
func name(v *contact.View, id contact.ID) string {
	value, _ := v.Value(id, "name") // the schema has the field
	return value.String()
}
