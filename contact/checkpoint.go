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

	// A chunk's head ends parts: all but so many of those that begin with keep.
	prune bool
	keep  []byte
	parts int
}

const (
	// sliceBytes is about how much of a checkpoint goes with one commit: it delays the
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
	words := d.dictionaries(v, changed)
	next, stop := iter.Pull(d.checkpoint(v, changed, d.store.attached()))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = false
	d.round = &round{number: v.Number(), logBytes: d.logBytes, first: words, next: next, stop: stop}
}

// checkpoint iterates over the other entries of a checkpoint.
func (d *durable) checkpoint(v *View, changed dirty, floors []attached) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, t := range v.st.tables() {
			if !d.tableEntries(&t, t.dirty(&changed), yield) {
				return
			}
		}
		if !d.eventEntries(v.st, changed.events, yield) {
			return
		}
		for _, a := range floors {
			k, ok := a.floor.(Keeper)
			if !ok {
				continue
			}
			for key, value := range k.Checkpoint(v, false) {
				if !yield(entry{bucket: bucketFloor, key: floorKey(a.name, key), value: value}) {
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

// tableEntries yields the blocks that have changed.
func (d *durable) tableEntries(t *storedTable, changed *tableDirty, yield func(entry) bool) bool {
	for i := range changed.cols {
		if !d.columnEntries(t, i, changed.cols[i], yield) {
			return false
		}
	}
	for block := range setBits(changed.live) {
		for e := range d.chunkEntries(chunkKey(t.live, block), t.tab.live.AppendBlock(nil, block)) {
			if !yield(e) {
				return false
			}
		}
	}
	return true
}

func (d *durable) columnEntries(t *storedTable, i int, changed []uint64, yield func(entry) bool) bool {
	if i >= len(t.tab.cols) { // a field whose transaction was vetoed
		return true
	}
	for block := range setBits(changed) {
		var b []byte
		if !t.schema.fields[i].dropped {
			b = t.tab.cols[i].(storedColumn).AppendBlock(nil, block)
		}
		for e := range d.chunkEntries(chunkKey(t.first+i, block), b) {
			if !yield(e) {
				return false
			}
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
