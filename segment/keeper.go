package segment

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// keeper is the engine as a store sees it that is kept on disk.
type keeper struct{ *floor }

var (
	_ contact.Keeper = keeper{}
	_ contact.Timed  = (*floor)(nil)
)

// Restore builds the segments from what is stored of them.
func (k keeper) Restore(stored *contact.Restored) (any, error) {
	r := newRestorer()
	if err := stored.Entries(r.entry); err != nil {
		return nil, err
	}
	r.endOfEntries()
	err := stored.Records(func(rec *contact.Record) error {
		for data := range rec.Floor(floorName) {
			if err := r.record(data); err != nil {
				return fmt.Errorf("commit %d: %w", rec.Number, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out, wrong, err := r.finish(stored.View(), k.recheck)
	if err != nil {
		return nil, err
	}
	// What is missing as a whole looks like a new engine; the log knows better.
	switch number, ok, err := k.store.FindMark(floorName, out.change+1); {
	case err != nil:
		return nil, err
	case ok:
		return nil, damaged("the last change found is %d, and commit %d has later ones", out.change, number)
	}
	k.saved, k.work.repair = r.checkpointed(), wrong
	k.work.finder.update(stored.View(), out)
	k.work.graph = newGraph(out)
	// The members are right at the time of the last commit: when it was made everything up
	// to it was done, and whatever the engine has been advanced to since brought none.
	k.work.agenda.at = stored.View().Time().UnixMilli() - 1
	k.feed.startAfter(out.change)
	return out, nil
}

// Checkpoint iterates over what differs from the last call. Between the calls the
// version of the last one is held, which costs a copy of each page of a set that
// changes meanwhile.
func (k keeper) Checkpoint(v *contact.View, all bool) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		now, ok := v.Floor(floorName).(*root)
		if !ok { // a version of before the engine was attached
			return
		}
		c := checkpoint{now: now, was: k.saved, yield: yield}
		if all || c.was == nil {
			c.was, c.all = &root{}, true
		}
		if c.write() {
			k.saved = c.now
		}
	}
}

// A checkpoint is written: the entries that differ between two versions.
type checkpoint struct {
	now, was *root
	all      bool
	yield    func(string, []byte) bool
	over     bool
}

// write reports whether it came to the end.
func (c *checkpoint) write() bool {
	for i, chunk := range c.now.chunks {
		if i < len(c.was.chunks) && c.was.chunks[i] == chunk {
			continue
		}
		for j := range chunkSize {
			if id := ID(i*chunkSize + j + 1); id <= c.now.last && !c.over {
				c.segment(id)
			}
		}
	}
	if c.all || c.now.last != c.was.last || c.now.change != c.was.change || c.now.meaning != c.was.meaning || !slices.Equal(c.now.astray, c.was.astray) {
		data, err := json.Marshal(storedMeta{c.now.last, c.now.change, c.now.meaning, c.now.astray})
		if err != nil { // it has no values that JSON lacks
			panic(err)
		}
		c.put(entryMeta, data)
	}
	return !c.over
}

func (c *checkpoint) put(key string, data []byte) {
	if !c.over {
		c.over = !c.yield(key, data)
	}
}

// marshalUsers returns users as they are stored, nil if there are none.
func marshalUsers(users []string) []byte {
	if len(users) == 0 {
		return nil
	}
	data, err := json.Marshal(users)
	if err != nil { // they are text
		panic(err)
	}
	return data
}

func (c *checkpoint) segment(id ID) {
	now, was := c.now.look(id), c.was.look(id)
	known := 0
	if d := c.was.latest(id); d != nil {
		known = d.Version
	}
	for d := c.now.latest(id); d != nil && d.Version > known; d = d.old {
		data, err := d.marshal()
		if err != nil { // it was marshalled when it was committed
			panic(err)
		}
		c.put(fmt.Sprintf("%s/%d/%d", entryDefinition, id, d.Version), data)
	}
	if c.now.chunkOf(id).buried(id) != nil && c.was.chunkOf(id).buried(id) == nil {
		c.put(fmt.Sprintf("%s/%d", entryGone, id), []byte{1})
	}
	if !slices.Equal(now.users, was.users) || c.all {
		c.put(fmt.Sprintf("%s/%d", entryUsers, id), marshalUsers(now.users))
	}
	for n, name := range layerEntries {
		if layer := *now.layer(n); c.all || !layer.Same(*was.layer(n)) {
			c.put(fmt.Sprintf("%s/%d", name, id), marshalSet(layer))
		}
	}
}
