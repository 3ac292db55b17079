package contact

import (
	"time"
)

// View is one consistent version of the contacts and of everything the floors
// keep about them. It stays as it is for as long as it is held, while writing
// goes on; it needs no closing.
//
// View is immutable and safe for concurrent use.
type View struct {
	st     *state
	shared bool // handed out: nothing in it changes any more
}

// Shared reports whether the version was handed out by [Store.View]. The one that
// [Commit.View] and [Store.Peek] show is not: its sets change with the next
// commit and must not be kept.
func (v *View) Shared() bool { return v.shared }

// Number returns the number of the last commit in this version, 0 before the
// first.
func (v *View) Number() uint64 { return v.st.number }

// Time returns the time of the last commit in this version, the zero time before
// the first.
func (v *View) Time() time.Time { return v.st.time }

// Schema returns the schema of this version.
func (v *View) Schema() *Schema { return v.st.schema }

// Len returns the number of living contacts.
func (v *View) Len() int { return v.st.live.Len() }

// Live returns the living contacts.
func (v *View) Live() Set { return Set{v.st.live} }

// Floor returns what an attached floor keeps for this version, nil if there is
// no such floor.
func (v *View) Floor(name string) any {
	for i := range v.st.floors {
		if v.st.floors[i].name == name {
			return v.st.floors[i].value
		}
	}
	return nil
}

// Exists reports whether a contact lives.
func (v *View) Exists(id ID) bool { return v.st.live.Contains(uint32(id)) }

// Value returns what a contact has in a field: missing if it has nothing there or
// does not live.
func (v *View) Value(id ID, field string) (Value, error) {
	d, err := v.st.schema.find(field)
	if err != nil {
		return Value{}, err
	}
	return v.st.value(d, id), nil
}

// Get returns all values a contact has, by field name, and whether it lives.
func (v *View) Get(id ID) (map[string]Value, bool) {
	if !v.Exists(id) {
		return nil, false
	}
	return v.st.values(v.st.schema, id), true
}

// Lookup returns the contact that has a value in a unique field, and whether
// there is one.
func (v *View) Lookup(field string, value any) (ID, bool, error) {
	d, x, err := v.st.schema.identity(field, value, &noLimits)
	if err != nil || !identifies(x) {
		return 0, false, err
	}
	id := v.st.lookup(d, x)
	return id, id != 0, nil
}

// Of returns what a contact has in a field by its handle: missing if it has
// nothing there or the handle belongs to another schema.
func (v *View) Of(id ID, f Field) Value {
	d, err := v.own(f)
	if err != nil {
		return Value{}
	}
	if c := v.domainsOf(f); c != nil {
		if domain, _, ok := c.Domain(uint32(id)); ok {
			return TextValue(domain)
		}
		return Value{}
	}
	return v.st.of(d).value(d, id)
}

// Memory estimates the bytes held for the contacts: columns and their indexes,
// field by field, and the set of living contacts under "". What companies take is
// under "company." with their fields, and who belongs to them under "companies" and
// "primary company". The events of a type are under "event " and its name.
func (v *View) Memory() map[string]int {
	m := map[string]int{"": v.st.live.Bytes()}
	v.st.addMemory(m, v.st.schema)
	if v.st.schema.HasCompanies() {
		m[companyPrefix] = v.st.firms.live.Bytes()
		v.st.firms.addMemory(m, v.st.schema.companies)
	}
	for i, h := range v.st.events {
		m["event "+v.st.schema.events[i].name] = h.Bytes()
	}
	return m
}
