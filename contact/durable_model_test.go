package contact_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestDurableModel runs the model test on a store that is kept on disk, with
// everything that can happen to one in between: it is closed and opened, its
// process ends without closing it, it is compacted, a backup of it is opened in its
// place, contacts are erased. The log, as far as it is not erased, stays what it
// was.
func TestDurableModel(t *testing.T) {
	seed := testflags.Seed(t)
	for round := range uint64(4) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w := newDurableWorld(t, rand.New(rand.NewPCG(seed, round)))
			for range testflags.Steps(30) {
				w.step()
				w.disturb()
			}
			w.checkLog()
		})
	}
}

// durableWorld is a world whose store is in a directory.
type durableWorld struct {
	*world
	dir  string
	opts contact.Options
}

func newDurableWorld(t *testing.T, r *rand.Rand) *durableWorld {
	w := &durableWorld{world: newModelWorld(t, r), dir: t.TempDir()}
	contacttest.EagerCheckpoints(&w.opts, 1<<uint(r.IntN(16)), 1<<uint(r.IntN(14)))
	switch r.IntN(3) {
	case 0:
		w.opts.Sync = -1
	case 1:
		w.opts.Sync = time.Hour
	}
	var parts []contact.Part
	for _, f := range w.model.fields {
		parts = append(parts, f.part())
	}
	parts = append(parts, eventParts()...)
	schema, err := contact.NewSchema(append(parts, w.model.firms.companiesPart())...)
	require.NoError(t, err)
	w.open(schema)
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	return w
}

func (w *durableWorld) open(schema *contact.Schema) {
	store, err := contact.Open(w.dir, schema, &w.opts)
	require.NoError(w.t, err)
	w.use(store)
}

// disturb does something to the store, or mostly nothing.
func (w *durableWorld) disturb() {
	t := w.t
	switch w.r.IntN(20) {
	case 0, 1:
		require.NoError(t, w.store.Close())
		w.open(nil)
	case 2, 3: // the process ends: what is in the file is all there is
		require.NoError(t, w.store.Sync(ctx))
		w.move(func(to string) {
			var b []byte
			var err error
			w.store.Frozen(func() { b, err = os.ReadFile(filepath.Join(w.dir, contact.FileName)) })
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(to, contact.FileName), b, 0o600))
		})
	case 4:
		w.move(func(to string) {
			f, err := os.Create(filepath.Join(to, contact.FileName))
			require.NoError(t, err)
			require.NoError(t, w.store.Backup(ctx, f))
			require.NoError(t, f.Close())
		})
	case 5:
		require.NoError(t, w.store.Compact(ctx))
	case 6, 7:
		w.erase()
	default:
		return
	}
	w.compare(w.store.View, w.model)
	w.checkLog()
}

// move goes on with a copy of the file in another directory.
func (w *durableWorld) move(copyTo func(dir string)) {
	to := w.t.TempDir()
	copyTo(to)
	require.NoError(w.t, w.store.Close())
	w.dir = to
	w.open(nil)
}

// erase erases a contact: its values are gone from the model of the log too.
func (w *durableWorld) erase() {
	if len(w.model.live) == 0 {
		return
	}
	w.guard.prepare = nil
	id := w.model.live[w.r.IntN(len(w.model.live))]
	next := w.model.begin()
	next.remove(id)
	change := next.seal()
	next.number++
	receipt, err := w.store.Erase(ctx, id)
	require.NoError(w.t, err)
	require.Equal(w.t, next.number, receipt.Commit)
	require.Equal(w.t, len(w.model.contacts[id]), receipt.Values)
	require.Equal(w.t, len(w.model.links[id].companies), receipt.Companies)
	require.Equal(w.t, len(next.events.fates), receipt.Events)
	w.fates[next.number], w.acts[next.number] = change, next.events.fates
	w.model = next
	records, values := 0, 0
	for number := range w.fates {
		told := 0
		list := slices.Clone(w.fates[number])
		for i := range list {
			if list[i].id != id {
				continue
			}
			told += len(list[i].fields) + linkValues(list[i].links)
			list[i].fields, list[i].links = nil, nil
		}
		w.fates[number] = list
		var acts []wantEvent
		for _, act := range w.acts[number] {
			if act.id == id {
				told++
			} else {
				acts = append(acts, act)
			}
		}
		w.acts[number] = acts
		if number < receipt.Commit && told > 0 {
			records++
			values += told
		}
	}
	require.Equal(w.t, records, receipt.LogRecords)
	require.Equal(w.t, values, receipt.LogValues)
	w.model.forgetTags()
}

// forgetTags takes words that nobody has out of the dictionaries.
func (m *model) forgetTags() {
	for field, words := range m.tags {
		m.tags[field] = slices.DeleteFunc(slices.Clone(words), func(word string) bool {
			for _, id := range m.live {
				if slices.Contains(m.contacts[id][field].List(), word) {
					return false
				}
			}
			return true
		})
	}
}
