package contact

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact/internal/fold"
	"github.com/rosterdb/roster/contact/internal/idset"
)

// A removal tells of an option that was removed. Its place among the options stays
// taken: it is the number under which columns and chunks know the option.
type removal struct {
	instead string // the option that took its place, "" if none did
	unused  bool   // it must have had no user; known in its transaction only
}

// An OptionUser is a Floor that reads options: it is asked before one is removed that
// nothing may use.
type OptionUser interface {
	Floor
	// OptionUsersOf returns what names the option of the field in a version, for
	// people, nil if nothing does. It is called by the writer and must not call the
	// store.
	OptionUsersOf(v *View, f Field, option string) []string
}

// An OptionInUseError reports an option that can't be removed by [SchemaEdit.RemoveOption].
type OptionInUseError struct {
	Field, Option string
	Contacts      int      // that have it; companies, if the field is one of theirs
	Users         []string // what names it, as the floors call it
}

// Error gives the number of contacts, lists the users and says what would be right.
func (e *OptionInUseError) Error() string {
	var by []string
	if e.Contacts > 0 {
		what := "contact"
		if strings.HasPrefix(e.Field, companyPrefix) {
			what = "company"
		}
		if e.Contacts > 1 {
			what = map[string]string{"contact": "contacts", "company": "companies"}[what]
		}
		by = append(by, fmt.Sprintf("%d %s", e.Contacts, what))
	}
	by = append(by, e.Users...)
	return fmt.Sprintf("contact: option %q of field %q is used by %s; ReplaceOption and UnsetOption remove it all the same", e.Option, e.Field, strings.Join(by, ", "))
}

// RemoveOption takes an option away from a select or multi-select field. It is refused
// with an [*OptionInUseError] if a contact has the option or something above the store
// names it; [SchemaEdit.ReplaceOption] and [SchemaEdit.UnsetOption] are not.
//
// An option that was removed is no value any more, and a new filter that names it is
// refused. [SchemaEdit.AddOptions], or a schema given to [Open], declares it again, as
// it was spelled, and nobody has it. Until then it counts among the options that
// [Limits] allows.
func (e SchemaEdit) RemoveOption(field, option string) error {
	return e.remove(field, option, func(d *fieldDef, value string, ids []ID) (removal, error) {
		users := e.tx.store.optionUsers(&View{st: e.tx.base}, Field{def: d}, value)
		if len(ids) > 0 || users != nil {
			return removal{}, &OptionInUseError{d.title(), value, len(ids), users}
		}
		return removal{unused: true}, nil
	})
}

// UnsetOption takes an option away from a select or multi-select field and from every
// contact that has it, as [Tx.Unset] and [Tx.Remove] would in this transaction. What
// names the option stays as it is and finds nobody by it.
func (e SchemaEdit) UnsetOption(field, option string) error {
	return e.remove(field, option, func(*fieldDef, string, []ID) (removal, error) { return removal{}, nil })
}

var errOwnPlace = errors.New("an option can't take its own place")

// ReplaceOption takes an option away from a select or multi-select field and gives
// every contact that has it another one in its place, as [Tx.Set] would in this
// transaction. What names the option stays as it is and finds nobody by it.
func (e SchemaEdit) ReplaceOption(field, option, by string) error {
	return e.remove(field, option, func(d *fieldDef, value string, _ []ID) (removal, error) {
		other, ok := Field{def: d}.Option(by)
		switch {
		case !ok:
			return removal{}, &FieldError{d.title(), by, Field{def: d}.Undeclared(by)}
		case other.Value == value:
			return removal{}, &FieldError{d.title(), by, errOwnPlace}
		}
		return removal{instead: other.Value}, nil
	})
}

// remove removes an option if how says that it may be, and how.
func (e SchemaEdit) remove(field, option string, how func(d *fieldDef, value string, ids []ID) (removal, error)) error {
	return e.apply(func(s *Schema, limits Limits) (*Schema, error) {
		d, err := s.find(field)
		if err != nil {
			return nil, err
		}
		if !d.kind.Declared() {
			return nil, &FieldError{d.title(), option, fmt.Errorf("a %s field has no options", d.kind)}
		}
		o, ok := Field{def: d}.Option(option)
		if !ok {
			return nil, &FieldError{d.title(), option, Field{def: d}.Undeclared(option)}
		}
		draft := &e.tx.contacts
		if e.company {
			companies, err := e.tx.Companies().draft()
			if err != nil {
				return nil, err
			}
			draft = &companies.draft
		}
		ids := draft.having(d, o.Value)
		r, err := how(d, o.Value, ids)
		if err != nil {
			return nil, err
		}
		next, err := s.changed(limits, field, func(d *fieldDef) error {
			d.removed = maps.Clone(d.removed)
			if d.removed == nil {
				d.removed = make(map[int]removal)
			}
			d.removed[d.byFold[fold.Text(o.Value)]] = r
			return nil
		})
		if err == nil {
			draft.replace(d, ids, o.Value, r.instead)
		}
		return next, err
	})
}

// having returns the rows that have an option, by what was written so far, in
// ascending order.
func (d *draft) having(f *fieldDef, option string) (ids []ID) {
	has := func(id ID) bool {
		v := d.read(f, id)
		return v.text == option || slices.Contains(v.list, option)
	}
	if f.index < len(d.base.cols) {
		c, ok := d.base.cols[f.index].(interface {
			Number(name string) uint32
			Having(code uint32) *idset.Set
		})
		if ok {
			for row := range c.Having(c.Number(option)).All() {
				if id := ID(row); d.exists(id) && has(id) {
					ids = append(ids, id)
				}
			}
		}
	}
	for _, id := range d.staged.ids {
		if d.exists(id) && has(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// replace gives rows another option for one that they have, or takes it away if there
// is no other.
func (d *draft) replace(f *fieldDef, ids []ID, option, by string) {
	for _, id := range ids {
		switch {
		case f.kind == KindMultiSelect:
			list := takeWords(d.read(f, id).list, []string{option})
			if by != "" {
				list = addWords(list, []string{by})
			}
			d.staged.pushList(f, id, list)
		case by == "":
			d.staged.push(id, f.index, opUnset, 0)
		default:
			d.staged.push(id, f.index, opSet, d.staged.arg(SelectValue(by)))
		}
	}
}

// optionUsers asks the floors what names an option.
func (s *Store) optionUsers(v *View, f Field, option string) (users []string) {
	for _, a := range s.floors {
		if u, ok := a.floor.(OptionUser); ok {
			users = append(users, u.OptionUsersOf(v, f, option)...)
		}
	}
	return users
}

// checkRemoved refuses a schema without an option that must have no user and that a
// floor names now.
func (c *Commit) checkRemoved(before, after *fieldDef) error {
	for i, r := range after.removed {
		if _, known := before.removed[i]; known || !r.unused {
			continue
		}
		if users := c.store.optionUsers(&c.view, Field{def: after}, after.options[i].Value); users != nil {
			return &OptionInUseError{Field: after.title(), Option: after.options[i].Value, Users: users}
		}
	}
	return nil
}

// live iterates over the options that were not removed.
func (d *fieldDef) live(yield func(o Option) bool) {
	for i, o := range d.options {
		if _, gone := d.removed[i]; !gone && !yield(o) {
			return
		}
	}
}

// gone returns the error for an option that was removed, nil if none like it was.
func (d *fieldDef) gone(option string) error {
	for i, r := range d.removed {
		if fold.Text(d.options[i].Value) != fold.Text(option) {
			continue
		}
		if by, ok := (Field{def: d}).Option(r.instead); ok && r.instead != "" {
			return fmt.Errorf("option %q was removed, %q has taken its place", d.options[i].Value, by.Value)
		}
		return fmt.Errorf("option %q was removed", d.options[i].Value)
	}
	return nil
}
