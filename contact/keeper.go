package contact

import "iter"

// A Keeper is a Floor with facts of its own that survive: its state is rebuilt by
// Attach from what it gave to earlier checkpoints and from the records it has
// appended to commits since. In a store that keeps nothing on disk neither method
// is called.
type Keeper interface {
	Floor
	// Restore is called once, by [Store.Attach], if the store is kept on disk. It
	// returns what [View.Floor] is from then on; an error makes Attach fail.
	Restore(r *Restored) (state any, err error)
	// Checkpoint iterates over the entries that describe the floor in a version:
	// those that are others than at the call before it, or with all every one of
	// them. An empty value deletes an entry. The keys are the floor's own; they are
	// stored one by one, some of them perhaps much later than others, so that after
	// a crash an entry may be younger than the records that are restored over it:
	// restoring them again must lead to the same state.
	//
	// It is called by a goroutine of the store's while writing goes on, and never
	// twice at once. A panic in it ends the process.
	Checkpoint(v *View, all bool) iter.Seq2[string, []byte]
}

// Restored is what a [Keeper] is restored from.
//
// A Restored must not be used by more than one goroutine at a time, nor after the
// call it was passed to.
type Restored struct {
	view    *View
	entries iter.Seq2[restoredEntry, error]
	records iter.Seq2[*Record, error]
}

type restoredEntry struct {
	key   string
	value []byte
}

// View returns the contacts as of the last commit. What floors keep is not in it
// yet.
func (r *Restored) View() *View { return r.view }

// Entries calls yield with each entry that a checkpoint has stored, in the order
// of the keys. The value is good during the call. It returns the first error, of
// yield or of reading.
func (r *Restored) Entries(yield func(key string, value []byte) error) error {
	for e, err := range r.entries {
		if err == nil {
			err = yield(e.key, e.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Records calls yield with the records of the commits since the checkpoint, in
// their order, also those that hold nothing of the floor. It returns the first
// error, of yield or of reading.
func (r *Restored) Records(yield func(*Record) error) error {
	for rec, err := range r.records {
		if err == nil {
			err = yield(rec)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// SetMark notes a number of the floor's own with the commit's log record, by
// which [Store.FindMark] finds the record again. It must never be smaller than in
// a commit before.
func (c *Commit) SetMark(floor string, n uint64) {
	for i := range c.record.marks {
		if c.record.marks[i].floor == floor {
			c.record.marks[i].n = n
			return
		}
	}
	c.record.marks = append(c.record.marks, mark{floor, n})
}

// A mark is a floor's number in a record.
type mark struct {
	floor string
	n     uint64
}

// Mark returns the floor's number in the record and whether it has one, see
// [Commit.SetMark].
func (r *Record) Mark(floor string) (n uint64, ok bool) {
	for _, m := range r.marks {
		if m.floor == floor {
			return m.n, true
		}
	}
	return 0, false
}

// SetOutcome hands something from Prepare to Committed or Abandoned: between the
// two, later transactions may be prepared.
func (c *Commit) SetOutcome(floor string, x any) {
	for i := range c.outcomes {
		if c.outcomes[i].name == floor {
			c.outcomes[i].value = x
			return
		}
	}
	if c.outcomes == nil {
		c.outcomes = c.outcome[:0] // mostly there is one
	}
	c.outcomes = append(c.outcomes, floorState{floor, x})
}

// Outcome returns what the floor's Prepare has handed over, nil if nothing.
func (c *Commit) Outcome(floor string) any {
	for _, o := range c.outcomes {
		if o.name == floor {
			return o.value
		}
	}
	return nil
}

// FindMark returns the number of the first kept commit whose record has a mark of
// the floor of at least n, and whether there is one. Its cost grows with the
// logarithm of the number of records kept.
func (s *Store) FindMark(floor string, n uint64) (number uint64, ok bool, err error) {
	switch {
	case s.closed.Load():
		return 0, false, ErrClosed
	case s.durable != nil:
		return s.durable.findMark(floor, n)
	}
	return s.log.findMark(floor, n)
}
