package contact

import (
	"iter"

	"github.com/rosterdb/roster/contact/internal/boltfile"
)

// A round is a checkpoint under way: the blocks that have changed since the one
// before, as they are in one version, put into the file slice by slice with the
// commits that come meanwhile. Until the last slice is in, the file holds blocks of
// both checkpoints; since log records say what the values are and not how they
// change, applying those since the older one leads to the same state all the same.
type round struct {
	number   uint64 // of the version
	logBytes int    // of the log since the checkpoint before, when it began
	first    []entry
	next     func() (entry, bool)
	stop     func()
}

// An entry is something to be put into the file, or with an empty value to be
// deleted from it.
type entry struct {
	bucket     string
	key, value []byte
}

const (
	// sliceBytes is how much of a checkpoint goes with one commit: it delays the
	// commit by a few milliseconds.
	sliceBytes = 1 << 20
	// A checkpoint is due when the log since the last one is a quarter of the file
	// apart from the log: more would make opening slow, less would write every block
	// too often.
	checkpointShare = 4
	leastLog        = 1 << 20
	mostLog         = 256 << 20
)

// checkpointDue reports whether a round is to begin. The caller holds mu.
func (d *durable) checkpointDue() bool {
	return !d.partial && (d.wanted || !d.paused && !d.closing && d.logBytes >= d.logLimit)
}

// setPartial says whether a floor that has records is not attached: a checkpoint
// without it would leave its records behind.
func (d *durable) setPartial(yes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.partial = yes
}

// beginRound begins a checkpoint of a version. The caller holds applying, and
// nothing that is not in the version was applied before.
func (d *durable) beginRound(v *View) {
	changed := d.dirty.take()
	next, stop := iter.Pull(checkpoint(v, changed, d.store.floors))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = false
	d.round = &round{number: v.Number(), logBytes: d.logBytes, first: dictionaries(v, changed), next: next, stop: stop}
}

// dictionaries returns the dictionaries of the fields that have changed. They are
// put into the file in the commit that brings the last record of the version, so
// that those in the file know every number in the blocks, and none is put there
// after a later one that a word was erased from.
func dictionaries(v *View, changed dirty) (list []entry) {
	for _, t := range v.st.tables() {
		for i := range t.dirty(&changed).cols {
			if i < len(t.tab.cols) && t.schema.fields[i].kind == KindTags {
				list = append(list, entry{bucketState, namesKey(t.first + i), t.tab.names(t.schema.fields[i])})
			}
		}
	}
	return list
}

// checkpoint iterates over the other entries of a checkpoint.
func checkpoint(v *View, changed dirty, floors []attached) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, t := range v.st.tables() {
			if !t.entries(t.dirty(&changed), yield) {
				return
			}
		}
		for _, a := range floors {
			k, ok := a.floor.(Keeper)
			if !ok {
				continue
			}
			for key, value := range k.Checkpoint(v, false) {
				if !yield(entry{bucketFloor, floorKey(a.name, key), value}) {
					return
				}
			}
		}
	}
}

// A storedColumn writes the values of the rows of a block.
type storedColumn interface {
	AppendBlock(dst []byte, block int) []byte
}

// A storedTable is a table as it lies in the file.
type storedTable struct {
	tab    *table
	schema *Schema
	first  int // the place of its first column among the columns of the file
	live   int // the place of the set of living rows
}

// tables returns the tables of a version, contacts first.
func (st *state) tables() []storedTable {
	return []storedTable{
		{&st.table, st.schema, 0, liveColumn},
		{&st.firms, st.schema.Companies(), companyColumns, liveCompanies},
	}
}

// dirty returns what has changed in the table.
func (t *storedTable) dirty(d *dirty) *tableDirty {
	if t.live == liveCompanies {
		return &d.companies
	}
	return &d.contacts
}

// entries yields the blocks that have changed.
func (t *storedTable) entries(changed *tableDirty, yield func(entry) bool) bool {
	for i := range changed.cols {
		if !t.columnEntries(i, changed.cols[i], yield) {
			return false
		}
	}
	for block := range setBits(changed.live) {
		if !yield(entry{bucketChunk, chunkKey(t.live, block), t.tab.live.AppendBlock(nil, block)}) {
			return false
		}
	}
	return true
}

func (t *storedTable) columnEntries(i int, changed []uint64, yield func(entry) bool) bool {
	if i >= len(t.tab.cols) { // a field whose transaction was vetoed
		return true
	}
	for block := range setBits(changed) {
		var b []byte
		if !t.schema.fields[i].dropped {
			b = t.tab.cols[i].(storedColumn).AppendBlock(nil, block)
		}
		if !yield(entry{bucketChunk, chunkKey(t.first+i, block), b}) {
			return false
		}
	}
	return true
}

// putSlice puts the next entries of the round into the file and reports whether
// these were the last.
func (d *durable) putSlice(tx *boltfile.Tx) (last bool, err error) {
	for _, e := range d.round.first {
		if err := e.put(tx); err != nil {
			return false, err
		}
	}
	d.round.first = nil
	for put := 0; put < d.store.opts.Seam.Slice; {
		e, ok := d.round.next()
		if !ok {
			return true, nil
		}
		put += len(e.key) + len(e.value)
		if err := e.put(tx); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (e *entry) put(tx *boltfile.Tx) error {
	if len(e.value) == 0 {
		return tx.Delete(e.bucket, e.key)
	}
	return tx.Put(e.bucket, e.key, e.value)
}
