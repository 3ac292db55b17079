package filtertest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A Case is a filter and the contacts it is asked about.
type Case struct {
	Schema         *contact.Schema
	Zone           *time.Location // nil is UTC
	Now            time.Time      // when the filter is asked
	WeekStart      int            // from Monday = 1; 0 is Monday
	LeapDayInMarch bool
	Contacts       []Contact
	Members        [][]string // the segments that each contact is a member of; may be shorter
	Belongs        []Belongs  // the companies that each contact belongs to; may be shorter
	Filter         filter.Filter
}

// Want returns what the oracle says of contact i.
func (c Case) Want(i int) bool {
	return MatchOf(c.Setting(), c.Schema, c.Contacts[i], c.BelongsTo(i), c.Filter, func(ref string) bool { return c.Member(i, ref) })
}

// BelongsTo returns the companies of contact i. A company of several contacts is one
// for each of them.
func (c Case) BelongsTo(i int) Belongs {
	if i < len(c.Belongs) {
		return c.Belongs[i]
	}
	return Belongs{}
}

// Setting returns the setting of the case.
func (c Case) Setting() Setting { return Setting{c.Zone, c.Now, c.WeekStart, c.LeapDayInMarch} }

// Member reports whether contact i is a member of a segment.
func (c Case) Member(i int, ref string) bool {
	return i < len(c.Members) && slices.Contains(c.Members[i], ref)
}

// Shrink returns a smaller case that still fails: fewer contacts, fewer values,
// less of a filter. fails must say the same whenever it is asked about the same
// case; it is called some thousand times at most. If c does not fail it is
// returned as it is.
func (c Case) Shrink(fails func(Case) bool) Case {
	tries := 3000
	better := func(d Case) bool {
		tries--
		return tries >= 0 && fails(d)
	}
	if !better(c) {
		return c
	}
	for progress := true; progress && tries > 0; {
		progress = c.dropContacts(better)
		progress = c.dropValues(better) || progress
		progress = c.dropTerms(better) || progress
	}
	return c
}

// dropContacts leaves out runs of contacts, long ones first.
func (c *Case) dropContacts(better func(Case) bool) (progress bool) {
	for run := len(c.Contacts); run > 0; run /= 2 {
		for i := 0; i+run <= len(c.Contacts); {
			d := *c
			d.Contacts = slices.Delete(slices.Clone(c.Contacts), i, i+run)
			d.Members = slices.Clone(c.Members)
			if i < len(d.Members) {
				d.Members = slices.Delete(d.Members, i, min(i+run, len(d.Members)))
			}
			d.Belongs = slices.Clone(c.Belongs)
			if i < len(d.Belongs) {
				d.Belongs = slices.Delete(d.Belongs, i, min(i+run, len(d.Belongs)))
			}
			if better(d) {
				*c, progress = d, true
			} else {
				i += run
			}
		}
	}
	return progress
}

// dropValues leaves out values and memberships one by one.
func (c *Case) dropValues(better func(Case) bool) (progress bool) {
	for i, x := range c.Contacts {
		for _, name := range slices.Sorted(maps.Keys(x)) {
			d := *c
			d.Contacts = slices.Clone(c.Contacts)
			d.Contacts[i] = maps.Clone(d.Contacts[i])
			delete(d.Contacts[i], name)
			if better(d) {
				*c, progress = d, true
			}
		}
		if i < len(c.Members) && len(c.Members[i]) > 0 {
			d := *c
			d.Members = slices.Clone(c.Members)
			d.Members[i] = nil
			if better(d) {
				*c, progress = d, true
			}
		}
		progress = c.dropCompanies(i, better) || progress
	}
	return progress
}

// dropCompanies leaves out companies of contact i, and their values.
func (c *Case) dropCompanies(i int, better func(Case) bool) (progress bool) {
	try := func(b Belongs) bool {
		d := *c
		d.Belongs = slices.Clone(c.Belongs)
		d.Belongs[i] = b
		if better(d) {
			*c, progress = d, true
			return true
		}
		return false
	}
	for k := len(c.BelongsTo(i).Companies) - 1; k >= 0; k-- {
		b := c.BelongsTo(i)
		b.Companies = slices.Delete(slices.Clone(b.Companies), k, k+1)
		if b.Primary == k+1 {
			b.Primary = 0
		} else if b.Primary > k+1 {
			b.Primary--
		}
		if try(b) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(c.Belongs[i].Companies[k])) {
			b := c.BelongsTo(i)
			b.Companies = slices.Clone(b.Companies)
			b.Companies[k] = maps.Clone(b.Companies[k])
			delete(b.Companies[k], name)
			try(b)
		}
	}
	return progress
}

// dropTerms takes the first smaller filter that still fails, again and again.
func (c *Case) dropTerms(better func(Case) bool) (progress bool) {
	for again := true; again; {
		again = false
		for _, f := range smallerZoned(c.Filter) {
			d := *c
			d.Filter = f
			if better(d) {
				*c, progress, again = d, true, true
				break
			}
		}
	}
	return progress
}

// smallerZoned returns what smaller does, in the zone of f, and f in a simpler one.
func smallerZoned(f filter.Filter) (list []filter.Filter) {
	for _, s := range smaller(f) {
		if s, err := s.WithZone(f.Zone()); err == nil {
			list = append(list, s)
		}
	}
	for _, z := range []filter.Zone{{}, {Name: f.Zone().Name}, {Field: f.Zone().Field}} {
		if s, err := f.WithZone(z); err == nil && len(s.String()) < len(f.String()) {
			list = append(list, s)
		}
	}
	return list
}

// smaller returns filters with something left out of f, the smallest first.
func smaller(f filter.Filter) (list []filter.Filter) {
	var groups [][]filter.Term
	for g := range f.Groups() {
		groups = append(groups, slices.Collect(g.Terms()))
	}
	add := func(groups ...[]filter.Term) {
		var all []filter.Term
		for _, terms := range groups {
			all = append(all, filter.And(terms...))
		}
		if s, err := filter.New(filter.Or(all...)); err == nil && len(s.String()) < len(f.String()) {
			list = append(list, s)
		}
	}
	for i, terms := range groups {
		add(terms)
		if len(groups) > 1 {
			add(slices.Delete(slices.Clone(groups), i, i+1)...)
		}
		for j, t := range terms {
			with := func(terms ...filter.Term) {
				others := slices.Clone(groups)
				others[i] = terms
				add(others...)
			}
			with(t)
			if len(terms) > 1 {
				with(slices.Delete(slices.Clone(terms), j, j+1)...)
			}
			for _, s := range smallerTerms(t) {
				with(slices.Replace(slices.Clone(terms), j, j+1, s)...)
			}
		}
	}
	return list
}

// smallerTerms returns terms with something left out of t.
func smallerTerms(t filter.Term) (list []filter.Term) {
	if t.Negated() {
		list = append(list, filter.Not(t))
	}
	signed := func(s filter.Term) {
		if t.Negated() {
			s = filter.Not(s)
		}
		list = append(list, s)
	}
	switch t := t.(type) {
	case filter.Nested:
		for _, f := range smaller(t.Filter()) {
			signed(filter.Nest(f))
		}
	case filter.Scope:
		for _, f := range smaller(t.Filter()) {
			signed(filter.AnyCompany(filter.Nest(f)))
		}
	case filter.Condition:
		values := slices.Collect(t.Values())
		for i := range values {
			if len(values) > 1 && t.Op() != filter.Between && !t.Op().OnSegments() {
				signed(filter.Field(t.Field()).Part(t.Part()).Condition(t.Op(), slices.Delete(slices.Clone(values), i, i+1)...))
			}
		}
	}
	return list
}

// Source returns the case as a Go expression to be pasted into a test.
func (c Case) Source() string {
	var b strings.Builder
	b.WriteString("filtertest.Case{\n\tSchema: contact.MustSchema(\n")
	for f := range c.Schema.Fields() {
		if c.uses(f.Name()) {
			fmt.Fprintf(&b, "\t\t%s,\n", partSource(f))
		}
	}
	if c.Schema.HasCompanies() {
		b.WriteString("\t\tcontact.Companies(\n")
		for f := range c.Schema.Companies().Fields() {
			fmt.Fprintf(&b, "\t\t\t%s,\n", partSource(f))
		}
		b.WriteString("\t\t),\n")
	}
	b.WriteString("\t),\n")
	if c.Zone != nil && c.Zone != time.UTC {
		fmt.Fprintf(&b, "\tZone: zone(t, %q),\n", c.Zone)
	}
	if !c.Now.IsZero() {
		fmt.Fprintf(&b, "\tNow: time.UnixMilli(%d).UTC(),\n", c.Now.UnixMilli())
	}
	if c.WeekStart != 0 {
		fmt.Fprintf(&b, "\tWeekStart: %d,\n", c.WeekStart)
	}
	if c.LeapDayInMarch {
		b.WriteString("\tLeapDayInMarch: true,\n")
	}
	b.WriteString("\tContacts: []filtertest.Contact{\n")
	for _, x := range c.Contacts {
		fmt.Fprintf(&b, "\t\t%s,\n", x.source())
	}
	b.WriteString("\t},\n")
	if slices.ContainsFunc(c.Belongs, func(x Belongs) bool { return len(x.Companies) > 0 }) {
		b.WriteString("\tBelongs: []filtertest.Belongs{\n")
		for _, x := range c.Belongs {
			b.WriteString("\t\t{[]filtertest.Contact{")
			for i, company := range x.Companies {
				if i > 0 {
					b.WriteString(", ")
				}
				b.WriteString(company.source())
			}
			fmt.Fprintf(&b, "}, %d},\n", x.Primary)
		}
		b.WriteString("\t},\n")
	}
	if slices.ContainsFunc(c.Members, func(refs []string) bool { return len(refs) > 0 }) {
		fmt.Fprintf(&b, "\tMembers: %#v,\n", c.Members)
	}
	fmt.Fprintf(&b, "\tFilter: filter.MustParse(%+q),\n}", c.Filter)
	return b.String()
}

// source returns the values as a Go expression without its type.
func (x Contact) source() string {
	var b strings.Builder
	b.WriteString("{")
	for i, name := range slices.Sorted(maps.Keys(x)) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%+q: %s", name, valueSource(x[name]))
	}
	return b.String() + "}"
}

// uses reports whether a contact has a value in a field or the filter names it.
func (c Case) uses(field string) bool {
	for _, x := range c.Contacts {
		if _, ok := x[field]; ok {
			return true
		}
	}
	if c.Filter.Zone().Field == field {
		return true
	}
	for _, cond := range c.Filter.Conditions() {
		if cond.Field() == field {
			return true
		}
	}
	return false
}

func partSource(f contact.Field) string {
	constructors := map[contact.Kind]string{contact.KindText: "Text", contact.KindNumber: "Number", contact.KindBool: "Bool",
		contact.KindDate: "Date", contact.KindDateTime: "DateTime", contact.KindTimeOfDay: "TimeOfDay", contact.KindSelect: "Select",
		contact.KindMultiSelect: "MultiSelect", contact.KindTags: "Tags"}
	s := fmt.Sprintf("contact.%s(%+q", constructors[f.Kind()], f.Name())
	for _, o := range f.Options() {
		s += fmt.Sprintf(", %+q", o.Value)
	}
	s += ")"
	if f.Unique() {
		s += ".Unique()"
	}
	if f.Exact() {
		s += ".Exact()"
	}
	if !f.ForSegments() {
		s += ".NotForSegments()"
	}
	return s
}

func valueSource(x any) string {
	switch x := x.(type) {
	case float64:
		if x == 0 && strings.HasPrefix(fmt.Sprint(x), "-") {
			return "math.Copysign(0, -1)"
		}
		return "float64(" + strconv.FormatFloat(x, 'g', -1, 64) + ")"
	case contact.Day:
		return fmt.Sprintf("contact.Day(%d)", int32(x))
	case contact.ClockTime:
		return fmt.Sprintf("contact.ClockTime(%d)", int32(x))
	case time.Time:
		return fmt.Sprintf("time.UnixMilli(%d).UTC()", x.UnixMilli())
	case string:
		return strconv.QuoteToASCII(x)
	case []string:
		quoted := make([]string, len(x))
		for i, w := range x {
			quoted[i] = strconv.QuoteToASCII(w)
		}
		return "[]string{" + strings.Join(quoted, ", ") + "}"
	}
	return fmt.Sprint(x)
}
