package segment

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment/internal/index"
)

// NewRecorded is New for a store that keeps nothing on disk, but with the records
// and the reading of the log of one that does.
func NewRecorded(store *contact.Store, opts *Options) (*Engine, error) {
	e, err := New(store, opts)
	if err == nil {
		e.durable = true
	}
	return e, err
}

// ReadRecord reads a record and returns how many of its changes there are.
func ReadRecord(data []byte) (n uint64, err error) {
	r, err := readRecord(data)
	if err != nil {
		return 0, err
	}
	return r.n, nil
}

// A Mirror is what a store on disk would keep of a recorded engine: entries of
// checkpoints, of different ages, and the log. It restores the segments from that
// and compares them.
type Mirror struct {
	eng     *Engine
	rng     *rand.Rand
	entries map[string][]byte
	base    uint64 // number of the version that all entries hold at least
	pending []mirrored
	target  uint64 // base when nothing is pending any more
}

type mirrored struct {
	key   string
	value []byte
}

// NewMirror returns the mirror of an engine that is new.
func NewMirror(e *Engine, seed uint64) *Mirror {
	return &Mirror{eng: e, rng: rand.New(rand.NewPCG(seed, 0)), entries: map[string][]byte{}}
}

// Step writes some of the checkpoint under way, or begins one now and then, and
// compares what is restored from it all with the newest version.
func (m *Mirror) Step() error {
	if m.pending == nil && m.rng.IntN(8) == 0 {
		v := m.eng.store.View()
		for key, value := range (keeper{(*floor)(m.eng)}).Checkpoint(v, m.rng.IntN(10) == 0) {
			m.pending = append(m.pending, mirrored{key, value})
		}
		m.target = v.Number()
		m.rng.Shuffle(len(m.pending), func(i, j int) { m.pending[i], m.pending[j] = m.pending[j], m.pending[i] })
	}
	for len(m.pending) > 0 && m.rng.IntN(3) > 0 {
		put(m.entries, m.pending[0].key, m.pending[0].value)
		if m.pending = m.pending[1:]; len(m.pending) == 0 {
			m.pending, m.base = nil, m.target
		}
	}
	var err error
	m.eng.store.Peek(func(v *contact.View) { err = m.compare(v) })
	return err
}

func put(entries map[string][]byte, key string, value []byte) {
	if len(value) == 0 {
		delete(entries, key)
	} else {
		entries[key] = value
	}
}

func (m *Mirror) compare(v *contact.View) error {
	var records [][]byte
	for rec, err := range m.eng.store.Log(m.base + 1) {
		if err != nil {
			return err
		}
		for data := range rec.Floor(floorName) {
			records = append(records, data)
		}
	}
	restored, stored, err := restore(v, m.entries, records, m.rng.IntN(4) == 0)
	if err != nil {
		return err
	}
	if err := sameRoots(restored, rootOf(v)); err != nil {
		return fmt.Errorf("restored: %w", err)
	}
	// A checkpoint after opening makes all entries those of the version opened.
	entries := maps.Clone(m.entries)
	c := checkpoint{now: restored, was: stored, yield: func(key string, value []byte) bool {
		put(entries, key, value)
		return true
	}}
	c.write()
	if restored, _, err = restore(v, entries, nil, false); err != nil {
		return fmt.Errorf("restored from entries alone: %w", err)
	}
	if err := sameRoots(restored, rootOf(v)); err != nil {
		return fmt.Errorf("restored from entries alone: %w", err)
	}
	return nil
}

// restore is keeper.Restore from entries and records in memory.
func restore(v *contact.View, entries map[string][]byte, records [][]byte, recheck bool) (restored, stored *root, err error) {
	r := newRestorer()
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := r.entry(key, entries[key]); err != nil {
			return nil, nil, err
		}
	}
	r.endOfEntries()
	for _, data := range records {
		if err := r.record(data); err != nil {
			return nil, nil, err
		}
	}
	restored, wrong, err := r.finish(v, recheck)
	if err == nil && wrong != nil {
		err = fmt.Errorf("segments %v are wrong", wrong)
	}
	if err != nil {
		return nil, nil, err
	}
	return restored, r.checkpointed(), nil
}

// sameRoots says how two roots differ.
func sameRoots(got, want *root) error {
	if got.last != want.last || got.change != want.change || got.meaning != want.meaning {
		return fmt.Errorf("last id %d, last change %d, meaning %q, want %d, %d, %q", got.last, got.change, got.meaning, want.last, want.change, want.meaning)
	}
	if !slices.Equal(got.astray, want.astray) {
		return fmt.Errorf("segments %v are astray, want %v", got.astray, want.astray)
	}
	if got, want := maps.Collect(got.handles.all()), maps.Collect(want.handles.all()); !maps.Equal(got, want) {
		return fmt.Errorf("handles %v, want %v", got, want)
	}
	for id := ID(1); id <= want.last; id++ {
		a, b := got.look(id), want.look(id)
		if (a.def == nil) != (b.def == nil) {
			return fmt.Errorf("segment %d lives is %v, want %v", id, a.def != nil, b.def != nil)
		}
		if err := sameVersions(got.latest(id), want.latest(id)); err != nil {
			return err
		}
		if a.def != nil && ((a.def.program == nil) != (b.def.program == nil) || !slices.Equal(a.def.refs, b.def.refs)) {
			return fmt.Errorf("segment %d refers to %v, want %v", id, a.def.refs, b.def.refs)
		}
		if !slices.Equal(a.users, b.users) {
			return fmt.Errorf("segment %d is used by %v, want %v", id, a.users, b.users)
		}
		for n := range layers {
			if x, y := *a.layer(n), *b.layer(n); !x.Equal(y) {
				return fmt.Errorf("segment %d: layer %d is %v, want %v", id, n, x.IDs(), y.IDs())
			}
		}
	}
	return nil
}

func sameVersions(a, b *defined) error {
	for ; a != nil && b != nil; a, b = a.old, b.old {
		x, y := a.Segment, b.Segment
		same := x.Filter.Equal(y.Filter)
		x.Filter = y.Filter
		if !same || !reflect.DeepEqual(x, y) {
			return fmt.Errorf("definition is %+v, want %+v", a.Segment, b.Segment)
		}
	}
	if a != nil || b != nil {
		return fmt.Errorf("other versions: %v, want %v", a, b)
	}
	return nil
}

// Spoil takes a contact out of the members of a segment behind the engine's back.
// Nobody may use the store meanwhile.
func Spoil(e *Engine, handle string, who contact.ID) {
	roll := rootOf(e.store.View()).find(handle)
	roll.members = roll.members.AndNot(contact.SetOf(who))
}

// SpoilLayer takes a contact out of a layer of a segment or puts it in behind the
// engine's back. Nobody may use the store meanwhile.
func SpoilLayer(e *Engine, handle, layer string, who contact.ID) {
	l := rootOf(e.store.View()).find(handle).layer(map[string]int{"members": layerMembers, "added": layerAdded, "removed": layerRemoved, "matched": layerShadow}[layer])
	if one := contact.SetOf(who); l.Contains(who) {
		*l = l.AndNot(one)
	} else {
		*l = l.Or(one)
	}
}

// SpoilHandle has a handle lead nowhere.
func SpoilHandle(e *Engine, handle string) { rootOf(e.store.View()).handles.drop(handle) }

// Astray returns the segments that are noted as not right.
func Astray(e *Engine) []ID { return rootOf(e.store.View()).astray }

// SetFilter gives a segment another filter behind the engine's back, one that may be
// wrong or no filter at all. Nobody may use the store meanwhile, or after the next
// checkpoint.
func SetFilter(e *Engine, handle, text string) {
	roll := rootOf(e.store.View()).find(handle)
	d := *roll.def
	d.raw, d.program, d.Filter = text, nil, filter.Filter{}
	roll.def = &d
}

// SetMeaning has the members be right by another meaning of filters. Nobody may use
// the store meanwhile.
func SetMeaning(e *Engine, meaning string) { rootOf(e.store.View()).meaning = meaning }

// Lose has the next checkpoint write nothing.
func Lose(e *Engine) { e.saved = rootOf(e.store.View()) }

// WatchFinder calls fn with each segment that the finder finds for a contact, by what
// changed of the contact itself. Nobody may use the store meanwhile.
// Buckets of more than plain groups get a fan; there must be no filters yet.
func WatchFinder(e *Engine, plain int, fn func(id ID, who contact.ID)) {
	f := &e.work.finder
	f.update(e.store.View(), rootOf(e.store.View()))
	f.index.SetPlain(plain)
	push := f.asking.push
	f.asking.push = func(id uint32, holds, sure bool) {
		fn(ID(id), f.asking.who)
		push(id, holds, sure)
	}
}

// FinderStats returns figures of the finder's index.
func FinderStats(e *Engine) (s index.Stats) {
	if x := e.work.finder.index; x != nil {
		s = x.Stats()
	}
	return s
}

// CheckFinder reports filters that are not filed as the newest version has them.
func CheckFinder(e *Engine) error {
	f, r := &e.work.finder, rootOf(e.store.View())
	f.update(e.store.View(), r)
	for id := ID(1); id <= r.last+1; id++ {
		var want *filter.Program
		if d := r.look(id).def; d != nil {
			want = d.program
		}
		if f.index.Program(uint32(id)) != want {
			return fmt.Errorf("segment %d: another filter is filed", id)
		}
	}
	return f.index.Check()
}

// CheckGraph reports references and ranks that are not those of a graph made anew.
func CheckGraph(e *Engine) error {
	var err error
	e.store.Peek(func(v *contact.View) {
		if r := rootOf(v); e.work.graph != nil {
			err = e.work.graph.compare(newGraph(r))
		}
	})
	return err
}

// compare says how a graph differs from another one, of the same segments or of fewer ids.
func (g *graph) compare(want *graph) error {
	if len(g.rank) < len(want.rank) {
		return fmt.Errorf("%d segments have a rank, want %d", len(g.rank), len(want.rank))
	}
	for id, rank := range g.rank {
		if id < len(want.rank) && rank != want.rank[id] || id >= len(want.rank) && rank != 0 {
			return fmt.Errorf("segment %d has rank %d in %v, want %v", id, rank, g.rank, want.rank)
		}
	}
	if !maps.EqualFunc(g.users, want.users, slices.Equal) {
		return fmt.Errorf("segments are named by %v, want %v", g.users, want.users)
	}
	return nil
}

// CheckAgenda reports limits that are not filed as they are where all are filed anew.
func CheckAgenda(e *Engine) error {
	a := &e.work.agenda
	var err error
	e.store.Peek(func(v *contact.View) {
		a.sync(rootOf(v), v)
		want := agenda{}
		want.begin()
		want.at = a.at
		want.sync(rootOf(v), v)
		if got, want := a.text(), want.text(); got != want {
			err = fmt.Errorf("the agenda is\n%s\nwant\n%s", got, want)
		}
	})
	for i, entry := range a.queue {
		s := entry.source.(*limitSource)
		if entry.place != i || a.limits[s.limit.Key()] != s || entry.next != s.due() || i > 0 && entry.next < a.queue[(i-1)/2].next {
			return fmt.Errorf("entry %d of %d is %+v", i, len(a.queue), entry)
		}
	}
	return err
}

// text tells who reads what.
func (a *agenda) text() string {
	lines := []string{fmt.Sprint(len(a.queue), " entries for ", len(a.filed))}
	for key, s := range a.limits {
		u := s.users
		words := []string{}
		for _, w := range u.attrs {
			for word, list := range w.byWord {
				words = append(words, fmt.Sprint(w.field.Name(), word, readers(list)))
			}
		}
		slices.Sort(words)
		lines = append(lines, fmt.Sprint("limit ", key, slices.Sorted(slices.Values(u.all)), readers(u.of), words, readers(u.words)))
	}
	zones := registers{}
	for i, list := range a.zones {
		zones[i] = &register{sources: list}
	}
	for i, m := range []registers{a.contacts, a.companies, a.events, zones} {
		for field, r := range m {
			keys := []string{}
			for place, s := range r.sources {
				keys = append(keys, fmt.Sprint(s.limit.Key()))
				if i < 3 && (s.register != r || s.place != place || s.full && r.spans[place] != s.span) {
					keys = append(keys, "is out of place")
				}
			}
			slices.Sort(keys)
			lines = append(lines, fmt.Sprint("list ", i, field, keys))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func readers(list []reader) string {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b reader) int { return int(a.id) - int(b.id) })
	return fmt.Sprint(list)
}

// EntriesAhead returns how many entries the clock keeps of what it comes to.
func EntriesAhead(e *Engine) (n int) {
	for _, s := range e.work.agenda.limits {
		n += len(s.rows) + len(s.late)
	}
	return n
}

// SinceWhen returns the number of the last change of a contact in a segment, as it was at a
// change of the feed; 0 if none is kept.
func SinceWhen(ctx context.Context, e *Engine, id ID, who contact.ID, at uint64) (uint64, error) {
	c, _, err := e.latest(ctx, id, who, at)
	if c == nil {
		return 0, err
	}
	return c.Number, err
}

// Sabotage has a step of a transaction panic, if there are any, after some of it is done.
func Sabotage(tx *contact.Tx, n int) {
	if w, ok := tx.Work(floorName).(*work); ok {
		w.steps[n%len(w.steps)].effect = nil
	}
}
