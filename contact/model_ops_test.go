package contact_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// model is what a version of a store must look like, in maps. A committed model
// is never changed; a transaction works on a copy.
type model struct {
	fields   []modelField
	contacts map[contact.ID]map[string]contact.Value // never a missing value
	owners   map[string]contact.ID                   // by field and identity
	live     []contact.ID                            // ascending
	next     contact.ID                              // the last id given
	number   uint64
	tags     map[string][]string // by field: every tag ever committed, as spelled first

	base    *model // of a transaction
	touched []contact.ID
	edited  bool // the schema was

	calendar contact.Calendar

	company bool                  // this is a model of companies
	firms   *model                // the companies; nil in a model of them
	links   map[contact.ID]linked // of contacts that belong to a company
	deleted []contact.ID          // in order; of companies
	events  modelEvents
}

type modelField struct {
	name          string
	kind          contact.Kind
	unique, exact bool
	options       []string
}

type wantChange struct {
	id     contact.ID
	kind   contact.ChangeKind
	fields []wantField
	links  *contact.AssociationChange
}

type wantField struct {
	field    string
	old, new contact.Value
}

func newModel() *model {
	return &model{
		calendar: contact.Calendar{Zone: "UTC", WeekStart: 1},
		contacts: make(map[contact.ID]map[string]contact.Value), live: []contact.ID{},
		owners: make(map[string]contact.ID), tags: make(map[string][]string), links: make(map[contact.ID]linked),
	}
}

func (m *model) begin() *model {
	next := &model{
		company: m.company, links: maps.Clone(m.links), fields: slices.Clone(m.fields), contacts: maps.Clone(m.contacts), owners: maps.Clone(m.owners),
		live: append([]contact.ID{}, m.live...), next: m.next, number: m.number, tags: maps.Clone(m.tags), base: m, calendar: m.calendar,
	}
	next.events = m.events.begin()
	if m.firms != nil {
		next.firms = m.firms.begin()
	}
	return next
}

// staged reports whether the transaction has anything to commit.
func (m *model) staged() bool {
	return m.edited || len(m.touched) > 0 || len(m.events.ops) > 0 || m.firms != nil && m.firms.staged()
}

func (m *model) touch(id contact.ID) {
	if !slices.Contains(m.touched, id) {
		m.touched = append(m.touched, id)
	}
}

// write gives a contact values, after every check has passed.
func (m *model) write(id contact.ID, values map[string]contact.Value) {
	if len(values) == 0 {
		return
	}
	m.touch(id)
	c := maps.Clone(m.contacts[id])
	for i := range m.fields {
		f := &m.fields[i]
		x, ok := values[f.name]
		if !ok {
			continue
		}
		x = f.kept(x)
		if f.unique {
			if old, ok := c[f.name]; ok && identifies(old) {
				delete(m.owners, f.key(old))
			}
			if identifies(x) {
				m.owners[f.key(x)] = id
			}
		}
		delete(c, f.name)
		if !x.Missing() {
			c[f.name] = x
		}
	}
	m.contacts[id] = c
}

func (m *model) create(values map[string]contact.Value) contact.ID {
	m.next++
	m.touch(m.next)
	m.live = append(m.live, m.next)
	m.contacts[m.next] = make(map[string]contact.Value)
	m.write(m.next, values)
	return m.next
}

func (m *model) remove(id contact.ID) {
	m.touch(id)
	for i := range m.fields {
		f := &m.fields[i]
		if x, ok := m.contacts[id][f.name]; ok && f.unique && identifies(x) {
			delete(m.owners, f.key(x))
		}
	}
	delete(m.contacts, id)
	delete(m.links, id)
	m.deleted = append(m.deleted, id)
	i, _ := slices.BinarySearch(m.live, id)
	m.live = slices.Delete(m.live, i, i+1)
}

// seal brings lists into the order and spelling they are kept in, and returns
// what the log has to say about the transaction.
func (m *model) seal() (list []wantChange) {
	m.settle()
	for _, id := range m.touched {
		before, was := m.base.contacts[id]
		after, is := m.contacts[id]
		if !was && !is {
			continue
		}
		c := wantChange{id: id, kind: contact.Updated}
		if !was {
			c.kind = contact.Created
		} else if !is {
			c.kind = contact.Deleted
		}
		for i := range m.fields {
			f := &m.fields[i]
			x := after[f.name]
			if f.kind.Multiple() && !x.Missing() && !x.Equal(before[f.name]) {
				x = m.canonical(f, x)
				after[f.name] = x
			}
			if !x.Equal(before[f.name]) {
				c.fields = append(c.fields, wantField{f.name, before[f.name], x})
			}
		}
		c.links = linkChange(m.base.links[id], m.links[id])
		if c.kind != contact.Updated || c.fields != nil || c.links != nil {
			list = append(list, c)
		}
	}
	var deleted []contact.ID
	for _, c := range list {
		if c.kind == contact.Deleted {
			deleted = append(deleted, c.id)
		}
	}
	m.events.settle(deleted, func(id contact.ID) bool { return m.contacts[id] != nil })
	return list
}

// canonical returns a list in the order its words were declared or first used.
func (m *model) canonical(f *modelField, x contact.Value) contact.Value {
	known := f.options
	if f.kind == contact.KindTags {
		known = slices.Clone(m.tags[f.name])
		for _, w := range x.List() {
			if find(known, w) < 0 {
				known = append(known, w)
			}
		}
		m.tags[f.name] = known
	}
	words := x.List()
	slices.SortFunc(words, func(a, b string) int { return find(known, a) - find(known, b) })
	for i, w := range words {
		words[i] = known[find(known, w)]
	}
	return f.list(words)
}

// readBack compares what a transaction reads with what was written in it.
func (m *model) readBack(t *testing.T, r *rand.Rand, tx tableTx) {
	id := m.someID(r)
	c, ok := m.contacts[id]
	require.Equal(t, ok, tx.Exists(id))
	require.Equal(t, id > m.next-contact.ID(int(m.next)-int(m.base.next)) && id <= m.next && id > 0, tx.Created(id))
	for i := range m.fields {
		f := &m.fields[i]
		x, err := tx.Value(id, f.name)
		if !ok {
			require.ErrorIs(t, err, m.notFound())
			continue
		}
		require.NoError(t, err)
		requireValue(t, c[f.name], x, "%s of %d in its transaction", f.name, id)
		if f.unique {
			wanted, _ := f.random(r)
			got, found, err := tx.Lookup(f.name, wanted)
			require.NoError(t, err)
			require.Equal(t, m.owners[f.key(wanted)], got)
			require.Equal(t, got != 0, found)
		}
	}
}

// someID returns the id of a living contact, sometimes one that nobody has.
func (m *model) someID(r *rand.Rand) contact.ID {
	if len(m.live) == 0 || r.IntN(12) == 0 {
		return contact.ID(r.IntN(int(m.next) + 3))
	}
	return m.live[r.IntN(len(m.live))]
}

// bias is what operations tend to.
type bias int

const (
	even bias = iota
	growing
	shrinking
)

// operateOnce makes one random operation on a transaction and on its model.
func operateOnce(t *testing.T, r *rand.Rand, tx tableTx, m *model, bias bias) {
	switch {
	case bias == growing && r.IntN(3) > 0:
		opInsert(t, r, tx, m)
		return
	case bias == shrinking && r.IntN(3) > 0:
		opDelete(t, r, tx, m)
		return
	}
	switch r.IntN(20) {
	case 0, 1, 2, 3, 4:
		opInsert(t, r, tx, m)
	case 5, 6, 7:
		opUpsert(t, r, tx, m)
	case 8, 9, 10, 11:
		opSet(t, r, tx, m)
	case 12:
		opUnset(t, r, tx, m)
	case 13, 14, 15:
		opWords(t, r, tx, m)
	case 16, 17:
		opDelete(t, r, tx, m)
	case 18:
		opWrong(t, r, tx, m)
	case 19:
		if r.IntN(4) == 0 {
			opSchema(t, r, tx, m)
		}
	}
}

func opInsert(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	values := m.values(r)
	owners := m.ownersOf(values, 0)
	id, err := give(t, r, tx, m, values, "insert", 0)
	if owners != nil {
		requireConflict(t, err, owners, 1)
		return
	}
	require.NoError(t, err)
	require.Equal(t, m.create(values), id)
}

func opUpsert(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	values := m.values(r)
	identified := false
	for i := range m.fields {
		f := &m.fields[i]
		x, ok := values[f.name]
		identified = identified || f.unique && ok && identifies(x)
	}
	owners := m.ownersOf(values, 0)
	id, err := give(t, r, tx, m, values, "upsert", 0)
	switch {
	case !identified:
		require.ErrorIs(t, err, contact.ErrNoIdentity)
	case len(owners) > 1:
		requireConflict(t, err, owners, len(owners))
	case len(owners) == 1:
		require.NoError(t, err)
		require.Equal(t, owners[0], id)
		m.write(id, values)
	default:
		require.NoError(t, err)
		require.Equal(t, m.create(values), id)
	}
}

func opSet(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	id, values := m.someID(r), m.values(r)
	owners := m.ownersOf(values, id)
	_, err := give(t, r, tx, m, values, "set", id)
	switch {
	case m.contacts[id] == nil:
		require.ErrorIs(t, err, m.notFound())
	case owners != nil:
		requireConflict(t, err, owners, 1)
	default:
		require.NoError(t, err)
		m.write(id, values)
	}
}

func opUnset(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	id, f := m.someID(r), m.fields[r.IntN(len(m.fields))].name
	err := tx.Unset(id, f)
	if m.contacts[id] == nil {
		require.ErrorIs(t, err, m.notFound())
		return
	}
	require.NoError(t, err)
	m.write(id, map[string]contact.Value{f: {}})
}

func opDelete(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	id := m.someID(r)
	if m.contacts[id] == nil {
		require.ErrorIs(t, tx.Delete(id), m.notFound())
		return
	}
	require.NoError(t, tx.Delete(id))
	m.remove(id)
}

// opWords adds words to a list or takes some away.
func opWords(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	f := &m.fields[r.IntN(len(m.fields))]
	id := m.someID(r)
	if !f.kind.Multiple() {
		var wrong *contact.FieldError
		require.ErrorAs(t, tx.Add(id, f.name, "x"), &wrong)
		return
	}
	_, words := f.random(r)
	add := r.IntN(3) > 0
	var err error
	if add {
		err = tx.Add(id, f.name, words...)
	} else {
		err = tx.Remove(id, f.name, words...)
	}
	c := m.contacts[id]
	if c == nil {
		require.ErrorIs(t, err, m.notFound())
		return
	}
	require.NoError(t, err)
	if len(words) == 0 {
		return
	}
	list := c[f.name].List()
	if add {
		list = f.kept(f.list(append(list, words...))).List()
	} else {
		list = slices.DeleteFunc(list, func(w string) bool { return find(words, w) >= 0 })
	}
	m.write(id, map[string]contact.Value{f.name: f.list(list)})
}

// opWrong does what has to be refused; the transaction goes on.
func opWrong(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	id := m.someID(r)
	bad := contact.Values{"nosuchfield": 1}
	f := m.fields[r.IntN(len(m.fields))]
	if r.IntN(2) == 0 {
		bad = contact.Values{f.name: struct{}{}}
	}
	_, err := tx.Insert(bad)
	require.Error(t, err)
	require.Error(t, tx.Set(id, bad))
	require.Error(t, tx.schema().Add(contact.Text("new"), contact.Text(f.name)))
	require.Error(t, tx.Add(id, "nosuchfield", "x"))
}

// opSchema adds a field, or options to one.
func opSchema(t *testing.T, r *rand.Rand, tx tableTx, m *model) {
	if len(m.fields) < 14 && r.IntN(2) == 0 {
		f := randomField(r, fmt.Sprint("f", len(m.fields)))
		require.NoError(t, tx.schema().Add(f.part()))
		m.fields = append(m.fields, f)
		m.edited = true
		return
	}
	f := &m.fields[r.IntN(len(m.fields))]
	word := modelWords[r.IntN(len(modelWords))]
	err := tx.schema().AddOptions(f.name, contact.Option{Value: word})
	if !f.kind.Declared() {
		require.Error(t, err)
		return
	}
	require.NoError(t, err)
	m.edited = true
	if find(f.options, word) < 0 {
		f.options = append(slices.Clone(f.options), word)
	}
}

// give hands values to the transaction by one of its ways in.
func give(t *testing.T, r *rand.Rand, tx tableTx, m *model, values map[string]contact.Value, op string, id contact.ID) (contact.ID, error) {
	if r.IntN(2) == 0 {
		given := make(contact.Values, len(values))
		for name, x := range values {
			given[name] = x.Any()
			if r.IntN(2) == 0 {
				given[name] = x
			}
		}
		switch op {
		case "insert":
			return tx.Insert(given)
		case "upsert":
			return tx.Upsert(given)
		}
		return id, tx.Set(id, given)
	}
	var cells []rowCell
	for i := range m.fields {
		if x, ok := values[m.fields[i].name]; ok {
			f, ok := tx.schema().Current().Field(m.fields[i].name)
			require.True(t, ok)
			cells = append(cells, rowCell{f, x})
		}
	}
	return tx.byRow(op, id, cells)
}

type rowCell struct {
	field contact.Field
	value contact.Value
}

// giveRow hands values to a Row.
func giveRow[I contact.ID | contact.CompanyID](row *contact.RowOf[I], op string, id contact.ID, cells []rowCell) (contact.ID, error) {
	for _, c := range cells {
		fillRow(row, c.field, c.value)
	}
	switch op {
	case "insert":
		id, err := row.Insert()
		return contact.ID(id), err
	case "upsert":
		id, err := row.Upsert()
		return contact.ID(id), err
	}
	return id, row.Set(I(id))
}

func fillRow[I contact.ID | contact.CompanyID](row *contact.RowOf[I], f contact.Field, x contact.Value) {
	switch {
	case x.Missing():
		row.Unset(f)
	case f.Kind() == contact.KindText || f.Kind() == contact.KindSelect:
		row.Text(f, x.Text())
	case f.Kind() == contact.KindNumber:
		row.Number(f, x.Number())
	case f.Kind() == contact.KindBool:
		row.Bool(f, x.Bool())
	case f.Kind() == contact.KindDate:
		row.Day(f, x.Day())
	case f.Kind() == contact.KindDateTime:
		row.Millis(f, x.Time().UnixMilli())
	case f.Kind() == contact.KindTimeOfDay:
		row.ClockTime(f, x.ClockTime())
	default:
		row.List(f, x.List()...)
	}
}

// values returns random values for some fields; nil takes a value away.
func (m *model) values(r *rand.Rand) map[string]contact.Value {
	values := make(map[string]contact.Value)
	for i := range m.fields {
		if r.IntN(2) == 0 {
			continue
		}
		x, _ := m.fields[i].random(r)
		if r.IntN(6) == 0 {
			x = contact.Value{}
		}
		values[m.fields[i].name] = x
	}
	return values
}

// ownersOf returns the contacts other than id that have one of the values' identities.
func (m *model) ownersOf(values map[string]contact.Value, id contact.ID) (owners []contact.ID) {
	for i := range m.fields {
		f := &m.fields[i]
		x, ok := values[f.name]
		if !ok || !f.unique || !identifies(x) {
			continue
		}
		if owner := m.owners[f.key(x)]; owner != 0 && owner != id && !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	slices.Sort(owners)
	return owners
}

func randomField(r *rand.Rand, name string) modelField {
	f := modelField{name: name, kind: contact.Kind(1 + r.IntN(int(contact.KindTags)))}
	switch f.kind {
	case contact.KindText:
		f.unique, f.exact = r.IntN(2) == 0, r.IntN(3) == 0
	case contact.KindNumber:
		f.unique = r.IntN(2) == 0
	case contact.KindSelect, contact.KindMultiSelect:
		for _, i := range r.Perm(len(modelWords))[:3+r.IntN(3)] {
			if find(f.options, modelWords[i]) < 0 {
				f.options = append(f.options, modelWords[i])
			}
		}
	}
	return f
}

func (f *modelField) part() contact.Part {
	p := map[contact.Kind]func() contact.FieldPart{
		contact.KindText:        func() contact.FieldPart { return contact.Text(f.name) },
		contact.KindNumber:      func() contact.FieldPart { return contact.Number(f.name) },
		contact.KindBool:        func() contact.FieldPart { return contact.Bool(f.name) },
		contact.KindDate:        func() contact.FieldPart { return contact.Date(f.name) },
		contact.KindDateTime:    func() contact.FieldPart { return contact.DateTime(f.name) },
		contact.KindTimeOfDay:   func() contact.FieldPart { return contact.TimeOfDay(f.name) },
		contact.KindSelect:      func() contact.FieldPart { return contact.Select(f.name, f.options...) },
		contact.KindMultiSelect: func() contact.FieldPart { return contact.MultiSelect(f.name, f.options...) },
		contact.KindTags:        func() contact.FieldPart { return contact.Tags(f.name) },
	}[f.kind]()
	if f.unique {
		p = p.Unique()
	}
	if f.exact {
		p = p.Exact()
	}
	if f.kind == contact.KindText && len(f.name)%2 == 0 {
		p = p.Email()
	}
	return p
}

var (
	modelTexts   = []string{"", "Zoë", "ZOË", "zoe", "Zoe", "Émile", "émile", "x", "a longer text with e", "tail"}
	modelWords   = []string{"vip", "VIP", "Vîp", "new", "New", "old", "Été", "ete", "a", "b", "c", "d", "e", "f", "g"}
	modelNumbers = []float64{0, 1, -1, 7, 127, -128, 128, 300, -40000, 70000, 0.5, 12.34, 0.1, 1 << 40, 1e300, -5e-324, 1 << 53}
)

// random returns a random value for the field, as a user may spell it, and its
// words if it is a list.
func (f *modelField) random(r *rand.Rand) (contact.Value, []string) {
	switch f.kind {
	case contact.KindText:
		if r.IntN(2) == 0 {
			return contact.TextValue(fmt.Sprintf("user%d@Example.com", r.IntN(3000))), nil
		}
		return contact.TextValue(modelTexts[r.IntN(len(modelTexts))]), nil
	case contact.KindNumber:
		if r.IntN(10) == 0 {
			return contact.NumberValue(modelNumbers[r.IntN(len(modelNumbers))]), nil
		}
		return contact.NumberValue(float64(r.IntN(2000))), nil
	case contact.KindBool:
		return contact.BoolValue(r.IntN(2) == 0), nil
	case contact.KindDate:
		if r.IntN(30) == 0 {
			return contact.DateValue(contact.DayOf(9999*r.IntN(2), 1, 1)), nil
		}
		return contact.DateValue(contact.Day(r.IntN(30000) - 5000)), nil
	case contact.KindDateTime:
		ms := r.Int64N(2e12) / 1000 * 1000
		if r.IntN(60) == 0 {
			ms++
		}
		return contact.DateTimeValue(time.UnixMilli(ms)), nil
	case contact.KindTimeOfDay:
		return contact.TimeOfDayValue(contact.ClockTime(r.IntN(24)*3600 + r.IntN(2)*1800 + r.IntN(20)/19)), nil
	case contact.KindSelect:
		return contact.SelectValue(respell(r, f.options[r.IntN(len(f.options))])), nil
	}
	words := make([]string, r.IntN(7))
	for i := range words {
		if f.kind == contact.KindTags {
			words[i] = modelWords[r.IntN(len(modelWords))]
		} else {
			words[i] = respell(r, f.options[r.IntN(len(f.options))])
		}
	}
	return f.list(words), words
}

func (f *modelField) list(words []string) contact.Value {
	if f.kind == contact.KindTags {
		return contact.TagsValue(words...)
	}
	return contact.OptionsValue(words...)
}

// kept returns a value as a transaction keeps it: options in their declared
// spelling, words once.
func (f *modelField) kept(x contact.Value) contact.Value {
	if x.Missing() {
		return contact.Value{}
	}
	switch f.kind {
	case contact.KindSelect:
		return contact.SelectValue(f.options[find(f.options, x.Text())])
	case contact.KindMultiSelect, contact.KindTags:
		var words []string
		for _, w := range x.List() {
			if f.kind == contact.KindMultiSelect {
				w = f.options[find(f.options, w)]
			}
			if find(words, w) < 0 {
				words = append(words, w)
			}
		}
		return f.list(words)
	}
	return x
}

// key returns the identity of a value; only that of an equal one is the same.
func (f *modelField) key(x contact.Value) string {
	if f.kind == contact.KindText && !f.exact {
		return f.name + "\x00" + strings.ToLower(x.Text())
	}
	return f.name + "\x00" + x.String()
}

// spell returns a value of the same identity.
func (f *modelField) spell(r *rand.Rand, x contact.Value) contact.Value {
	if f.kind == contact.KindText && !f.exact {
		return contact.TextValue(respell(r, x.Text()))
	}
	return x
}

func identifies(x contact.Value) bool { return !x.Missing() && x.Any() != "" }

func respell(r *rand.Rand, s string) string {
	return []string{s, strings.ToUpper(s), strings.ToLower(s)}[r.IntN(3)]
}

var accents = strings.NewReplacer("é", "e", "ë", "e", "î", "i")

// find returns the place of a word in a list, by case and accents ignored.
func find(list []string, word string) int {
	folded := accents.Replace(strings.ToLower(word))
	return slices.IndexFunc(list, func(w string) bool { return accents.Replace(strings.ToLower(w)) == folded })
}

// requireConflict checks that an error is a conflict with n of the given
// contacts or companies.
func requireConflict(t *testing.T, err error, among []contact.ID, n int) {
	t.Helper()
	var conflict *contact.ConflictError
	require.ErrorAs(t, err, &conflict)
	ids := slices.Clone(conflict.IDs)
	for _, id := range conflict.Companies {
		ids = append(ids, contact.ID(id))
	}
	require.Len(t, ids, n)
	require.Subset(t, among, ids)
}
