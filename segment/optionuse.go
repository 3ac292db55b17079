package segment

import (
	"fmt"
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// OptionUsersOf returns the segments whose filter names an option of a field.
func (f *floor) OptionUsersOf(v *contact.View, field contact.Field, option string) (users []string) {
	r, ok := v.Floor(floorName).(*root)
	if !ok {
		return nil
	}
	for roll := range r.all() {
		if roll.def.uses(field) && names(roll.def.Filter, field, option) {
			users = append(users, fmt.Sprintf("segment %q", roll.def.Handle))
		}
	}
	return users
}

// names reports whether a filter names an option of a field that it reads.
func names(f filter.Filter, field contact.Field, option string) bool {
	want := contact.Fold(option)
	for path, c := range f.Conditions() {
		name := field.Name()
		if field.OfCompany() && !path.OnCompany() {
			name = "company." + name
		}
		if c.Field() == name && !path.OnEvent() && path.OnCompany() == (field.OfCompany() && name == field.Name()) &&
			slices.ContainsFunc(slices.Collect(c.Values()), func(v filter.Value) bool { return contact.Fold(v.Text()) == want }) {
			return true
		}
	}
	return false
}
