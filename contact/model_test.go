package contact_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestStoreModel runs random transactions, ending in every way a transaction can
// end, against a model made of maps, and compares everything that can be read
// after each: the newest version, the log record, and Views held open from
// earlier.
func TestStoreModel(t *testing.T) {
	seed := testflags.Seed(t)
	for round := range uint64(4) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w := newWorld(t, rand.New(rand.NewPCG(seed, round)))
			for range testflags.Steps(60) {
				w.step()
			}
			w.checkLog()
		})
	}
}

// world is a store, the model of its newest version and the Views still held.
type world struct {
	t     *testing.T
	r     *rand.Rand
	store *contact.Store
	model *model
	memos map[string]*contact.TextMemo
	held  []heldView
	guard *testFloor
	fates map[uint64][]wantChange // expected in the log, by record number
	firms map[uint64][]wantChange // the same of companies
	acts  map[uint64][]wantEvent  // the same of events

	calendars map[uint64]contact.CalendarChange // expected in the log
}

type heldView struct {
	view  *contact.View
	model *model
	live  contact.Set // taken from the view at once: stays what it was
}

func newWorld(t *testing.T, r *rand.Rand) *world {
	w := newModelWorld(t, r)
	var parts []contact.Part
	for _, f := range w.model.fields {
		parts = append(parts, f.part())
	}
	parts = append(parts, eventParts()...)
	w.use(newStore(t, append(parts, w.model.firms.companiesPart())...))
	return w
}

// newModelWorld returns a world without a store.
func newModelWorld(t *testing.T, r *rand.Rand) *world {
	w := &world{
		t: t, r: r, model: newModel(),
		memos: make(map[string]*contact.TextMemo), fates: make(map[uint64][]wantChange), firms: make(map[uint64][]wantChange),
		calendars: make(map[uint64]contact.CalendarChange), acts: make(map[uint64][]wantEvent),
	}
	for range 3 + r.IntN(6) {
		w.model.fields = append(w.model.fields, randomField(r, fmt.Sprint("f", len(w.model.fields))))
	}
	w.model.firms = newFirmsModel(r)
	return w
}

// use makes a store that is as the model says the world's.
func (w *world) use(store *contact.Store) {
	t := w.t
	w.store = store
	w.memos = make(map[string]*contact.TextMemo)
	w.guard = &testFloor{}
	require.NoError(t, w.store.Attach("below", &testFloor{prepare: w.checkPrepared}, nil))
	require.NoError(t, w.store.Attach("guard", w.guard, nil))
}

// ending is how a transaction of the model test ends.
type ending int

const (
	commits ending = iota
	fails
	panics
	vetoed
	vetoedByPanic
	cancelled
	endings
)

// sizes of transactions in operations. A transaction of many contacts is applied
// beside the published version instead of under the lock.
const (
	smallTx = 12
	largeTx = 700
)

func (w *world) step() {
	size, end := w.r.IntN(smallTx), commits
	if w.r.IntN(10) == 0 {
		size = largeTx
	}
	if w.r.IntN(3) == 0 || size == largeTx && w.r.IntN(2) == 0 {
		end = ending(w.r.IntN(int(endings)))
	}
	next := w.model.begin()
	w.run(size, end, next)
	if end == commits {
		w.commit(next)
	}
	w.compare(w.store.View, w.model)
	if w.r.IntN(3) == 0 {
		w.hold()
	}
	for _, h := range w.held {
		w.compareView(h.view, h.model)
		require.Equal(w.t, h.model.live, h.live.IDs())
	}
	if len(w.held) > 4 || w.r.IntN(10) == 0 && len(w.held) > 0 {
		i := w.r.IntN(len(w.held))
		w.held = slices.Delete(w.held, i, i+1)
		if w.r.IntN(4) == 0 {
			runtime.GC()
		}
	}
}

// run makes a random transaction on the store and on its model.
func (w *world) run(size int, end ending, next *model) {
	t := w.t
	c, cancel := context.WithCancel(ctx)
	defer cancel()
	w.guard.prepare = func(*contact.Commit) error {
		switch end {
		case vetoed:
			return errVeto
		case vetoedByPanic:
			panic(errVeto)
		}
		return nil
	}
	update := func() error {
		return w.store.Update(c, func(tx *contact.Tx) error {
			w.operate(tx, next, size)
			switch end {
			case fails:
				return errFailed
			case panics:
				panic(errFailed)
			case cancelled:
				cancel()
			}
			return nil
		})
	}
	panicked, err := attempt(update)
	if (end == vetoed || end == vetoedByPanic) && !next.staged() {
		end = commits // nothing to refuse
	}
	switch end {
	case commits:
		require.NoError(t, err)
	case fails:
		require.Equal(t, errFailed, err)
	case panics:
		require.Equal(t, errFailed, panicked)
	case cancelled:
		require.ErrorIs(t, err, context.Canceled)
	case vetoed:
		require.Equal(t, errVeto, err)
	case vetoedByPanic:
		require.Equal(t, errVeto, panicked)
	}
	if end != panics && end != vetoedByPanic {
		require.Nil(t, panicked)
	}
}

// attempt calls fn and returns its error or what it panicked with.
func attempt(fn func() error) (panicked any, err error) {
	defer func() { panicked = recover() }()
	return nil, fn()
}

// operate makes random operations.
func (w *world) operate(tx *contact.Tx, next *model, size int) {
	tx.By("model", "step")
	bias := even
	if size == largeTx {
		bias = growing
		if len(next.live) > 1500 {
			bias = shrinking
		}
	}
	contacts, firms := contactTable{tx}, companyTable{tx.Companies(), tx}
	if w.r.IntN(12) == 0 {
		w.opCalendar(tx, next)
	}
	for range size {
		switch w.r.IntN(5) {
		case 4:
			w.opEvent(tx, next)
		case 0:
			operateOnce(w.t, w.r, firms, next.firms, even)
			next.unlink()
		case 1:
			opLink(w.t, w.r, tx, next)
		default:
			operateOnce(w.t, w.r, contacts, next, bias)
		}
	}
	for range 10 {
		next.readBack(w.t, w.r, contacts)
		next.firms.readBack(w.t, w.r, firms)
		next.readLinks(w.t, w.r, tx)
	}
}

// commit makes next the model of the newest version and notes what the log has
// to say.
func (w *world) commit(next *model) {
	if !next.staged() {
		return
	}
	expected := next.seal()
	next.number++
	if was := w.model.calendar; was != next.calendar {
		w.calendars[next.number] = contact.CalendarChange{Old: was, New: next.calendar}
	}
	w.model = next
	w.fates[next.number], w.firms[next.number] = expected, next.firms.seal()
	w.acts[next.number] = next.events.fates
	last := w.newest()
	require.Equal(w.t, next.number, last.Number)
	require.Equal(w.t, "model", last.Actor)
	w.compareRecord(last)
}

func (w *world) newest() *contact.Record {
	var last *contact.Record
	for r, err := range w.store.Log(w.model.number) {
		require.NoError(w.t, err)
		last = r
	}
	require.NotNil(w.t, last)
	return last
}

func (w *world) compareRecord(r *contact.Record) {
	t := w.t
	w.compareCalendar(r)
	want := w.fates[r.Number]
	require.Equal(t, len(want), r.Len())
	got := slices.Collect(r.Changes())
	for i, c := range got {
		require.Equal(t, want[i].links, c.Companies, "companies of contact %d", c.ID)
	}
	w.compareChanges(r.Number, got, want)
	var firms []contact.Change
	for c := range r.CompanyChanges() {
		firms = append(firms, contact.Change{ID: contact.ID(c.ID), Kind: c.Kind, Fields: c.Fields})
	}
	w.compareChanges(r.Number, firms, w.firms[r.Number])
	require.Equal(t, w.acts[r.Number], describeEvents(r), "events of record %d", r.Number)
}

func (w *world) compareChanges(number uint64, got []contact.Change, want []wantChange) {
	t := w.t
	require.Len(t, got, len(want), "changes of record %d", number)
	for i, c := range got {
		require.Equal(t, want[i].id, c.ID)
		require.Equal(t, want[i].kind, c.Kind, "%d", c.ID)
		require.Len(t, c.Fields, len(want[i].fields), "%d %v", c.ID, want[i].fields)
		for j, f := range c.Fields {
			x := want[i].fields[j]
			require.Equal(t, x.field, f.Field.Name())
			requireValue(t, x.old, f.Old, "old %s of %d", x.field, c.ID)
			requireValue(t, x.new, f.New, "new %s of %d", x.field, c.ID)
		}
	}
}

// checkLog compares the whole log again: nothing in it may have changed since.
func (w *world) checkLog() {
	records, err := collect(w.store)
	require.NoError(w.t, err)
	require.Len(w.t, records, int(w.model.number))
	for i, r := range records {
		require.Equal(w.t, uint64(i+1), r.Number)
		w.compareRecord(r)
	}
}

// checkPrepared is the lower floor: it sees the new version before it is one.
func (w *world) checkPrepared(c *contact.Commit) error {
	if err := checkBefore(c); err != nil {
		return err
	}
	for _, touched := range c.Contacts() {
		if got := c.View().Exists(touched.ID); got != (touched.Kind != contact.Deleted) {
			return fmt.Errorf("contact %d: %v, but exists: %v", touched.ID, touched.Kind, got)
		}
	}
	for touched := range c.Companies() {
		if got := c.View().Companies().Exists(touched.ID); got != (touched.Kind != contact.Deleted) {
			return fmt.Errorf("company %d: %v, but exists: %v", touched.ID, touched.Kind, got)
		}
	}
	if err := checkPreparedEvents(c); err != nil {
		return err
	}
	for f := range c.View().Schema().Fields() {
		if f.Kind() == contact.KindText { // fills memos with answers about texts that may be vetoed
			w.matching(c.View(), f)
		}
	}
	return nil
}

// matching counts the contacts whose text has an e. The answers are remembered
// from version to version.
func (w *world) matching(v *contact.View, f contact.Field) int {
	key := f.Name()
	if f.OfCompany() {
		key = "company." + key
	}
	memo := w.memos[key]
	if memo == nil {
		memo = new(contact.TextMemo)
		w.memos[key] = memo
	}
	p, err := v.ProbeMatching(ctx, f, memo, hasE)
	require.NoError(w.t, err)
	n, exact := p.Count()
	require.True(w.t, exact)
	return n
}

func hasE(written, _ string) bool { return strings.Contains(written, "e") }

func (w *world) hold() {
	v := w.store.View()
	w.held = append(w.held, heldView{v, w.model, v.Live()})
}

// compare checks the newest version, by a View or by a peek at it.
func (w *world) compare(view func() *contact.View, m *model) {
	if w.r.IntN(2) == 0 {
		w.store.Peek(func(v *contact.View) { w.compareView(v, m) })
	} else {
		w.compareView(view(), m)
	}
}

// compareView checks that a version is that of the model: all of a small one, a
// sample of a large one.
func (w *world) compareView(v *contact.View, m *model) {
	require.Equal(w.t, m.number, v.Number())
	require.Equal(w.t, m.calendar, v.Schema().Calendar())
	w.compareTable(contactRows{v}, v, m)
	w.compareTable(companyRows{v.Companies(), v}, v, m.firms)
	w.compareLinks(v, m)
	w.compareEvents(v, m)
}

// compareTable checks one of its tables.
func (w *world) compareTable(rows tableRows, v *contact.View, m *model) {
	t := w.t
	require.Equal(t, len(m.live), rows.Len())
	require.Equal(t, m.live, rows.live())
	require.Equal(t, len(m.fields), rows.schema().Len())
	ids := m.live
	if len(ids) > 60 {
		ids = make([]contact.ID, 60)
		for i := range ids {
			ids[i] = m.live[w.r.IntN(len(m.live))]
		}
	}
	for _, id := range ids {
		got, ok := rows.Get(id)
		require.True(t, ok)
		require.Len(t, got, len(m.contacts[id]), "values of contact %d: %v, want %v", id, got, m.contacts[id])
		for name, want := range m.contacts[id] {
			requireValue(t, want, got[name], "%s of %d", name, id)
		}
	}
	if dead := contact.ID(1 + w.r.IntN(int(m.next)+2)); m.contacts[dead] == nil {
		_, ok := rows.Get(dead)
		require.False(t, ok)
	}
	for i := range m.fields {
		w.compareField(rows, v, m, &m.fields[i], ids)
	}
}

// compareField checks what is kept beside the values themselves.
func (w *world) compareField(rows tableRows, v *contact.View, m *model, f *modelField, ids []contact.ID) {
	t := w.t
	h, ok := rows.schema().Field(f.name)
	require.True(t, ok)
	filled, matching := 0, 0
	for _, id := range m.live {
		x, ok := m.contacts[id][f.name]
		if ok && !(f.kind == contact.KindText && x.Text() == "") {
			filled++
		}
		if ok && f.kind == contact.KindText && hasE(x.Text(), "") {
			matching++
		}
	}
	n, exact := v.ProbeFilled(h).Count()
	require.True(t, exact)
	require.Equal(t, filled, n, "filled %s", f.name)
	n, _ = v.ProbeEmpty(h).Count()
	require.Equal(t, len(m.live)-filled, n, "empty %s", f.name)
	if f.kind == contact.KindText {
		require.Equal(t, matching, w.matching(v, h), "matching %s", f.name)
	}
	if !f.unique {
		_, _, err := rows.Lookup(f.name, "x")
		require.Error(t, err)
		return
	}
	for _, id := range ids {
		x, ok := m.contacts[id][f.name]
		if !ok || x.Any() == "" {
			continue
		}
		got, found, err := rows.Lookup(f.name, f.spell(w.r, x))
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, id, got)
	}
	x, _ := f.random(w.r)
	owner := m.owners[f.key(x)]
	got, found, err := rows.Lookup(f.name, x)
	require.NoError(t, err)
	require.Equal(t, owner, got, "owner of %s %v", f.name, x)
	require.Equal(t, owner != 0, found)
}

// requireValue compares values whose lists have the same order.
func requireValue(t *testing.T, want, got contact.Value, format string, args ...any) {
	t.Helper()
	if !want.Equal(got) {
		require.Fail(t, fmt.Sprintf("want %v %q, got %v %q", want.Kind(), want, got.Kind(), got), append([]any{format}, args...)...)
	}
}
