package contact

import (
	"context"
	"slices"

	"github.com/rosterdb/roster/contact/internal/column"
	"github.com/rosterdb/roster/contact/internal/idset"
)

// Probe is one yes-or-no question about contacts, bound to a [View] and to one
// run of a filter: the conditions of filters are made of probes. A contact
// without a value passes none but [View.ProbeEmpty]. A probe of a field of companies
// asks about companies in the same way: where it says contacts, their ids are meant.
//
// A Probe must not be used by more than one goroutine at a time. The zero Probe
// is not valid.
type Probe struct{ test column.Test }

// Count returns how many contacts pass, if that is known without touching them.
func (p Probe) Count() (n int, ok bool) { return p.test.Count() }

// CountBoth returns how many contacts pass both probes, if both are at hand as sets.
func (p Probe) CountBoth(q Probe) (n int, ok bool) { return column.BothLen(p.test, q.test) }

// Estimate returns about how many contacts pass, cheaply.
func (p Probe) Estimate() int { return p.test.Estimate() }

// Scans reports whether the probe looks at contacts one by one rather than at
// bitmaps.
func (p Probe) Scans() bool { return p.test.Scans() }

// Set returns the contacts that pass if they are at hand as a set, or cheaper to
// collect than to scan for.
func (p Probe) Set() (Set, bool) {
	ids, ok := p.test.Set()
	return Set{ids}, ok
}

// ProbeSet asks for being in a set.
func ProbeSet(s Set) Probe { return Probe{column.In(s.ids)} }

// ProbeAnySet asks for being in at least one of several sets.
func ProbeAnySet(sets []Set) Probe { return Probe{column.Any(rawSets(sets), false)} }

// ProbeAllSets asks for being in every one of several sets, at least one.
func ProbeAllSets(sets []Set) Probe { return Probe{column.All(rawSets(sets))} }

func rawSets(sets []Set) []*idset.Set {
	raw := make([]*idset.Set, len(sets))
	for i, s := range sets {
		raw[i] = s.ids
	}
	return raw
}

// column returns the column of a handle, nil if it belongs to another schema. A
// filter checked against an older version of the schema fits: fields are never
// taken away.
func (v *View) column(f Field) any {
	d, err := v.own(f)
	if err != nil {
		return nil
	}
	return v.st.of(d).cols[d.index]
}

// own returns this version's definition of a handle's field.
func (v *View) own(f Field) (*fieldDef, error) {
	if f.def != nil && f.def.company {
		return v.st.schema.Companies().own(f)
	}
	return v.st.schema.own(f)
}

// ProbeEmpty asks for having no value in a field; an empty text is none.
func (v *View) ProbeEmpty(f Field) Probe {
	present, empty := v.filled(f)
	live := v.st.live
	if f.def != nil {
		live = v.st.of(f.def).live
	}
	if empty == nil {
		return Probe{column.Without(live, present)}
	}
	return Probe{column.Without(live, idset.AndNot(present, empty))}
}

// ProbeFilled asks for having a value in a field; an empty text is none.
func (v *View) ProbeFilled(f Field) Probe {
	return Probe{column.Without(v.filled(f))}
}

// filled returns the contacts that have a value in a field, and those among them
// whose value is the empty text.
func (v *View) filled(f Field) (present, empty *idset.Set) {
	c, ok := v.column(f).(interface{ Present() *idset.Set })
	if !ok {
		return nil, nil
	}
	if t, ok := c.(*column.Text); ok {
		empty = t.Empty()
	}
	return c.Present(), empty
}

// ProbeText asks for a text equal to one of the given ones, folded with [Fold]
// unless the field is exact.
func (v *View) ProbeText(f Field, folded []string) Probe {
	if c, ok := v.column(f).(*column.Text); ok {
		return Probe{c.OneOf(folded)}
	}
	return ProbeSet(Set{})
}

// A TextMemo remembers what a predicate said of each distinct text of one field.
// The zero TextMemo remembers nothing yet.
//
// A TextMemo is safe for concurrent use.
type TextMemo struct{ memo column.Memo }

// ProbeMatching asks for a text that a predicate accepts. The predicate is called
// once per distinct text, with the text as written and folded, and its answers
// are kept in memo, which belongs to this predicate and field. The predicate must
// be safe for concurrent use and must not keep the texts. It may be asked about texts
// that no contact has any more. A nil memo remembers nothing.
//
// The context is looked at while the predicate is asked; when it ends, its cause is
// the error.
func (v *View) ProbeMatching(ctx context.Context, f Field, memo *TextMemo, accept func(written, folded string) bool) (Probe, error) {
	c, ok := v.column(f).(*column.Text)
	if !ok {
		return ProbeSet(Set{}), nil
	}
	if memo == nil {
		memo = new(TextMemo)
	}
	test, err := c.Matching(ctx, &memo.memo, accept)
	return Probe{test}, err
}

// ProbeRange asks for a value from lo to hi, both included; either may be
// infinite. It fits numbers, dates (days since 1970-01-01), datetimes (milliseconds
// since 1970 UTC) and times of day (seconds since 00:00).
func (v *View) ProbeRange(f Field, lo, hi float64) Probe {
	if c, ok := v.column(f).(*column.Numbers); ok {
		return Probe{c.Between(lo, hi)}
	}
	return ProbeSet(Set{})
}

// A Span is the values from Lo to Hi, both included; either may be infinite.
type Span = column.Span

// ProbeSpans asks for a value in at least one of the spans, for the same kinds as
// [View.ProbeRange].
func (v *View) ProbeSpans(f Field, spans []Span) Probe {
	if c, ok := v.column(f).(*column.Numbers); ok {
		return Probe{c.InSpans(spans)}
	}
	return ProbeSet(Set{})
}

// ProbeAccepted asks for a value that a predicate accepts, for the same kinds as
// [View.ProbeRange]. The predicate is called for each candidate that has a value; it
// must be quick.
func (v *View) ProbeAccepted(f Field, accept func(id ID, x float64) bool) Probe {
	if c, ok := v.column(f).(*column.Numbers); ok {
		return Probe{c.Accepted(func(row uint32, x float64) bool { return accept(ID(row), x) })}
	}
	return ProbeSet(Set{})
}

// Extent returns bounds of the values in a field, for the same kinds as
// [View.ProbeRange]: no value is smaller or larger, and there are values near both,
// though not always on them. It is false if nobody has a value.
func (v *View) Extent(f Field) (lo, hi float64, ok bool) {
	c, ok := v.column(f).(*column.Numbers)
	if !ok {
		return 0, 0, false
	}
	return c.Extent()
}

// ProbeBool asks for yes, or for no.
func (v *View) ProbeBool(f Field, yes bool) Probe {
	c, ok := v.column(f).(*column.Bools)
	switch {
	case !ok:
		return ProbeSet(Set{})
	case yes:
		return ProbeSet(Set{c.Yes()})
	}
	return Probe{column.Without(c.Present(), c.Yes())}
}

// ProbeAny asks for at least one of the given options or tags; unknown ones
// nobody has.
func (v *View) ProbeAny(f Field, words []string) Probe {
	sets := v.having(f, words)
	sets = slices.DeleteFunc(sets, func(s *idset.Set) bool { return s.Len() == 0 })
	return Probe{column.Any(sets, !f.IsZero() && f.def.kind == KindSelect)}
}

// ProbeAll asks for every one of the given options or tags, at least one.
func (v *View) ProbeAll(f Field, words []string) Probe {
	return Probe{column.All(v.having(f, words))}
}

// ProbeCompanies asks for belonging to at least one of some companies.
func (v *View) ProbeCompanies(s CompanySet) Probe {
	companies, _ := v.st.linkColumns()
	if companies == nil {
		return ProbeSet(Set{})
	}
	return Probe{companies.Referring(s.set.ids)}
}

// ProbePrimary asks for having one of some companies as the primary one.
func (v *View) ProbePrimary(s CompanySet) Probe {
	_, primary := v.st.linkColumns()
	if primary == nil {
		return ProbeSet(Set{})
	}
	return Probe{primary.Referring(s.set.ids)}
}

// having returns the set of each word; words that fold alike are one.
func (v *View) having(f Field, words []string) []*idset.Set {
	sets := make([]*idset.Set, 0, len(words))
	c, ok := v.column(f).(interface {
		Number(string) uint32
		Having(uint32) *idset.Set
	})
	seen := make(map[uint32]bool, len(words))
	for _, w := range words {
		if !ok {
			sets = append(sets, nil)
			continue
		}
		code := c.Number(w)
		if code == 0 || !seen[code] {
			seen[code] = true
			sets = append(sets, c.Having(code))
		}
	}
	return sets
}
