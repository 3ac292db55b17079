package segment_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// A naming is which segments name which, as a test has it: nil of a static segment.
type naming map[string][]string

func (n naming) users(handle string) (users []string) {
	for other, refs := range n {
		if slices.Contains(refs, handle) {
			users = append(users, other)
		}
	}
	slices.Sort(users)
	return users
}

// reaches reports whether a segment names another one, directly or through others.
func (n naming) reaches(from, to string) bool {
	return slices.ContainsFunc(n[from], func(ref string) bool { return ref == to || n.reaches(ref, to) })
}

// Definitions that name each other come, change and go in transactions of which some come to
// nothing: after each the graph is what one made anew would be, a transaction knows who names
// whom as it has made it so far, and the members follow.
func TestReferencesOfTransactions(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 13))
	d := newDesk(t, nil)
	d.insert(3, contact.Values{"yes": true})
	d.insert(3, contact.Values{"points": 3})
	veto := d.vetoer()
	now := naming{}
	for range testflags.Steps(400) {
		if rng.IntN(4) == 0 {
			_ = d.store.View()
		}
		next := naming{}
		edit := func(tx *contact.Tx) error {
			for handle, refs := range now {
				next[handle] = refs
			}
			for range 1 + rng.IntN(30) {
				next.edit(t, rng, d.eng.In(tx))
			}
			_, err := tx.Insert(contact.Values{"points": rng.IntN(5)}) // so that there is something to commit
			return err
		}
		if d.ends(rng, veto, edit) {
			now = next
		}
		require.NoError(t, segment.CheckGraph(d.eng))
		require.Len(t, d.eng.List(), len(now))
		d.set(contact.ID(1+rng.IntN(6)), contact.Values{"yes": rng.IntN(2) == 0, "points": rng.IntN(5)})
		if rng.IntN(10) == 0 {
			d.verify()
		}
	}
	d.verify()
}

// edit makes, changes or deletes a segment, if that is not refused, and then it must be.
func (n naming) edit(t *testing.T, rng *rand.Rand, in segment.Tx) {
	handle := fmt.Sprint("s", rng.IntN(20))
	_, there := n[handle]
	if there && rng.IntN(3) == 0 {
		_, err := in.Delete(handle)
		n.refusedInUse(t, handle, err)
		if err == nil {
			delete(n, handle)
		}
		return
	}
	def := segment.Definition{Handle: handle, Name: handle, Filter: filter.MustParse(fmt.Sprint("points = ", rng.IntN(5)))}
	refs, circle := []string{}, false
	for range rng.IntN(3) {
		if ref := fmt.Sprint("s", rng.IntN(20)); n[ref] != nil && ref != handle && !slices.Contains(refs, ref) {
			refs, circle = append(refs, ref), circle || n.reaches(ref, handle)
			def.Filter = filter.MustParse(fmt.Sprintf("in segment %s or not (%s)", ref, def.Filter))
		}
	}
	if !there {
		_, err := in.Create(def)
		require.NoError(t, err)
		n[handle] = refs
		return
	}
	def.Unpublished = rng.IntN(8) == 0
	_, err := in.Change(handle, def)
	switch {
	case circle:
		require.ErrorAs(t, err, new(*segment.CycleError))
	case def.Unpublished:
		n.refusedInUse(t, handle, err)
		if err == nil { // it can't be named while it is unpublished
			_, err = in.Change(handle, segment.Definition{Name: handle, Filter: def.Filter})
			require.NoError(t, err)
			n[handle] = refs
		}
	default:
		require.NoError(t, err)
		n[handle] = refs
	}
}

// refusedInUse checks that a segment is refused if and only if others name it, with all of
// these.
func (n naming) refusedInUse(t *testing.T, handle string, err error) {
	t.Helper()
	users := n.users(handle)
	if len(users) == 0 {
		require.NoError(t, err)
		return
	}
	var used *segment.InUseError
	require.ErrorAs(t, err, &used)
	require.ElementsMatch(t, users, used.Users.Segments)
}

// A transaction that is over says so, whatever came to be after it.
func TestDeleteTooLate(t *testing.T) {
	d := newDesk(t, nil)
	d.create("s", "")
	_ = d.store.View()
	var late segment.Tx
	d.update(func(tx *contact.Tx) error {
		late = d.eng.In(tx)
		return late.Rename("s", "S")
	})
	_ = d.store.View()
	for i := range 100 {
		d.create(fmt.Sprint("t", i), "in segment s")
	}
	_, err := late.Delete("s")
	require.ErrorIs(t, err, contact.ErrTxDone)
}

// A segment whose deletion came to nothing is there when the store is opened again.
func TestDeleteRefused(t *testing.T) {
	dir := t.TempDir()
	d := openDesk(t, dir, -1, nil)
	d.insert(1, contact.Values{"yes": true})
	want := d.create("s", "yes = true")
	veto := &vetoer{end: "veto"}
	require.NoError(t, d.store.Attach("veto", veto, nil))
	_, err := d.eng.Delete(d.ctx, "s")
	require.ErrorIs(t, err, errVeto)
	veto.set("")
	d.insert(1, contact.Values{"yes": true})
	require.NoError(t, d.store.Compact(d.ctx)) // writes a checkpoint
	d.close()
	d = openDesk(t, dir, -1, nil)
	require.Equal(t, want.ID, d.get("s").ID)
	require.Equal(t, []contact.ID{1, 2}, d.members("s"))
}
