package filter_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// people is contacts in a store beside the same contacts as plain values.
type people struct {
	store    *contact.Store
	setting  filtertest.Setting
	segments *members
	contacts map[contact.ID]filtertest.Contact
}

func newPeople(t testing.TB, schema *contact.Schema, zone *time.Location) *people {
	t.Helper()
	store, err := contact.New(schema, nil)
	require.NoError(t, err)
	return &people{store, filtertest.Setting{Zone: zone}, &members{has: everyThird, known: filtertest.New(smallest).Segments()}, map[contact.ID]filtertest.Contact{}}
}

func smallest(int) int { return 0 }

// everyThird makes a contact a member of about every third segment.
func everyThird(ref string, id contact.ID) bool { return (int(id)*7+len(ref))%3 == 0 }

// members is segments whose members are told by a function of the id.
type members struct {
	has   func(ref string, id contact.ID) bool
	known []string
	sets  map[string]contact.Set
	of    uint64 // the version whose members sets holds
}

func (m *members) Check(ref string) error {
	if !slices.Contains(m.known, ref) {
		return fmt.Errorf("there is no segment %q", ref)
	}
	return nil
}

func (m *members) Members(v *contact.View, ref string) contact.Set {
	if m.sets == nil || m.of != v.Number() {
		m.sets, m.of = map[string]contact.Set{}, v.Number()
	}
	set, ok := m.sets[ref]
	if !ok {
		set = contact.SetOf(slices.DeleteFunc(v.Live().IDs(), func(id contact.ID) bool { return !m.has(ref, id) })...)
		m.sets[ref] = set
	}
	return set
}

func (p *people) compile(f filter.Filter) (*filter.Program, error) {
	return filter.Compile(f, p.store.Schema(), &filter.CompileOptions{Segments: p.segments, Zone: p.setting.Zone,
		WeekStart: p.setting.WeekStart, LeapDayInMarch: p.setting.LeapDayInMarch})
}

// update runs a transaction on the store and on the plain values.
func (p *people) update(fn func(tx *contact.Tx) error) error {
	contacts := maps.Clone(p.contacts)
	err := p.store.Update(context.Background(), fn)
	if err != nil {
		p.contacts = contacts
	}
	return err
}

// insert adds a contact in a transaction.
func (p *people) insert(tx *contact.Tx, c filtertest.Contact) error {
	id, err := tx.Insert(contact.Values(c))
	p.contacts[id] = c
	return err
}

// want returns the ids that match by the oracle. Contacts that share their values,
// and the segments they are members of, are asked once.
func (p *people) want(v *contact.View, schema *contact.Schema, contacts map[contact.ID]filtertest.Contact, f filter.Filter) []contact.ID {
	type key struct {
		values uintptr
		refs   string
	}
	known := map[key]bool{}
	belongs := belongsIn(v, schema)
	want := []contact.ID{}
	refs := []string{}
	for _, c := range f.Conditions() {
		refs = slices.AppendSeq(refs, c.Segments())
	}
	for id, c := range contacts {
		k := key{values: reflect.ValueOf(c).Pointer()}
		for _, ref := range refs {
			k.refs += fmt.Sprint(p.segments.has(ref, id))
		}
		b, companies := belongs(id)
		k.refs += companies
		matches, ok := known[k]
		if !ok {
			matches = filtertest.MatchOf(p.setting, schema, c, b, f, func(ref string) bool { return p.segments.has(ref, id) })
			known[k] = matches
		}
		if matches {
			want = append(want, id)
		}
	}
	slices.Sort(want)
	return want
}

// belongsIn returns a function that tells which companies contacts belong to in a
// version, and a text that is another one for others.
func belongsIn(v *contact.View, schema *contact.Schema) func(contact.ID) (filtertest.Belongs, string) {
	plain := map[contact.CompanyID]filtertest.Contact{}
	return func(id contact.ID) (b filtertest.Belongs, key string) {
		if !schema.HasCompanies() {
			return b, ""
		}
		a := v.Companies().Associations(id)
		for i, company := range a.Companies {
			if plain[company] == nil {
				plain[company] = filtertest.Contact{}
				values, _ := v.Companies().Get(company)
				for name, x := range values {
					plain[company][name] = x.Any()
				}
			}
			b.Companies = append(b.Companies, plain[company])
			if company == a.Primary {
				b.Primary = i + 1
			}
		}
		return b, fmt.Sprint(a)
	}
}

// compare asks the engine in every way it has and returns the first answer that
// differs from the oracle's.
func (p *people) compare(v *contact.View, program *filter.Program, schema *contact.Schema, contacts map[contact.ID]filtertest.Contact) error {
	ctx := context.Background()
	want := p.want(v, schema, contacts, program.Filter())
	if err := compareGroups(v, program, p.setting.Now, slices.Collect(maps.Keys(contacts)), want); err != nil {
		return fmt.Errorf("Groups: %w", err)
	}
	program = program.At(p.setting.Now)
	set, err := program.Select(ctx, v)
	if err != nil {
		return err
	}
	if got := set.IDs(); !slices.Equal(got, want) {
		return fmt.Errorf("Select: %s", differ(got, want))
	}
	if n, err := program.Count(ctx, v); err != nil || n != len(want) || set.Len() != n {
		return fmt.Errorf("Count: %d (%v), Len: %d, want %d", n, err, set.Len(), len(want))
	}
	for id := range contacts {
		_, found := slices.BinarySearch(want, id)
		if program.Match(v, id) != found || set.Contains(id) != found {
			return fmt.Errorf("contact %d: Match says %v, Contains %v, want %v", id, program.Match(v, id), set.Contains(id), found)
		}
	}
	for _, id := range []contact.ID{0, 1 << 31, 1<<32 - 1} {
		if program.Match(v, id) {
			return fmt.Errorf("Match says that contact %d matches, which does not exist", id)
		}
	}
	plan, err := program.Plan(ctx, v)
	if err != nil || plan.Matches != len(want) || plan.Root.Size != len(want) || plan.Root.Left != len(want) || plan.Contacts != len(contacts) {
		return fmt.Errorf("Plan: %v (%v), want %d of %d", plan, err, len(want), len(contacts))
	}
	return nil
}

func differ(got, want []contact.ID) string {
	for _, id := range want {
		if !slices.Contains(got, id) {
			return fmt.Sprintf("%d contacts instead of %d, contact %d is left out", len(got), len(want), id)
		}
	}
	for _, id := range got {
		if !slices.Contains(want, id) {
			return fmt.Sprintf("%d contacts instead of %d, contact %d is too much", len(got), len(want), id)
		}
	}
	return "out of order"
}

// problem runs a case in a store of its own and returns what is wrong, nil if
// nothing is.
func problem(t testing.TB, c filtertest.Case) error {
	t.Helper()
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	p := newPeople(t, c.Schema, zone)
	p.setting = c.Setting()
	p.setting.Zone = zone
	p.segments.has = func(ref string, id contact.ID) bool { return c.Member(int(id)-1, ref) }
	err := p.update(func(tx *contact.Tx) error {
		for i, x := range c.Contacts {
			id, err := tx.Insert(contact.Values(x))
			if err != nil {
				return err
			}
			p.contacts[id] = x
			if err := belong(tx, id, c.BelongsTo(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	program, err := p.compile(c.Filter)
	if err != nil {
		return err
	}
	return p.compare(p.store.View(), program, c.Schema, p.contacts)
}

// belong makes companies and lets a contact belong to them.
func belong(tx *contact.Tx, id contact.ID, b filtertest.Belongs) error {
	for i, values := range b.Companies {
		values = maps.Clone(values)
		for f := range tx.Schema().Current().Companies().Fields() {
			if f.Unique() && values[f.Name()] != nil { // a company of several contacts comes several times
				if _, taken, _ := tx.Companies().Lookup(f.Name(), values[f.Name()]); taken {
					delete(values, f.Name())
				}
			}
		}
		company, err := tx.Companies().Insert(contact.Values(values))
		if err != nil {
			return err
		}
		if err := tx.Companies().Associate(id, company); err != nil {
			return err
		}
		if i == 0 {
			err = tx.Companies().SetPrimary(id, 0)
		}
		if err == nil && b.Primary == i+1 {
			err = tx.Companies().SetPrimary(id, company)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check is where a case found by chance is pasted.
func check(t *testing.T, c filtertest.Case) {
	t.Helper()
	require.NoError(t, problem(t, c), "%s", c.Filter)
}

// zone is the time zone of a name.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

// report fails the test with a case that can be pasted, if the failure does not
// depend on how the store came to be what it is.
func (p *people) report(t testing.TB, err error, v *contact.View, schema *contact.Schema, contacts map[contact.ID]filtertest.Contact, f filter.Filter) {
	t.Helper()
	c := filtertest.Case{Schema: schema, Zone: p.setting.Zone, Now: p.setting.Now, WeekStart: p.setting.WeekStart,
		LeapDayInMarch: p.setting.LeapDayInMarch, Filter: f}
	belongs := belongsIn(v, schema)
	for _, id := range slices.Sorted(maps.Keys(contacts)) {
		c.Contacts = append(c.Contacts, contacts[id])
		refs := slices.DeleteFunc(slices.Clone(p.segments.known), func(ref string) bool { return !p.segments.has(ref, id) })
		c.Members = append(c.Members, refs)
		b, _ := belongs(id)
		c.Belongs = append(c.Belongs, b)
	}
	fails := func(c filtertest.Case) bool { return problem(t, c) != nil }
	if !fails(c) {
		t.Fatalf("%v\nfilter: %s\n(not in a store that is loaded at once)", err, f)
	}
	c = c.Shrink(fails)
	t.Fatalf("%v\nsmallest: %v\nfunc TestRepeat(t *testing.T) {\n\tcheck(t, %s)\n}", err, problem(t, c), c.Source())
}

var errUndo = errors.New("undo")
