package contact

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact/internal/version"
)

// A Floor is a package above contact that keeps something of its own right in
// the same transactions: the segment engine is one.
//
// Prepare and Abandoned are called by the writer, one at a time, under the store's
// lock, and must not call the store. Committed is called in the order of the
// commits, one at a time; in a store that is kept on disk that is when the commit
// is durable, on a goroutine of the store, and later transactions may be in Prepare
// meanwhile. A panic there ends the process.
type Floor interface {
	// Prepare is shown a transaction's changes before the commit, already made
	// in c.View. It may read, add records and set its own state; an error vetoes
	// the commit and is returned by Update.
	Prepare(c *Commit) error
	// Committed tells that the transaction is committed, durable and visible. Of c
	// only what is in its record and [Commit.Outcome] is good then.
	Committed(c *Commit)
	// Abandoned tells a floor whose Prepare returned nil that the transaction
	// was not committed after all: a later floor vetoed it. The floor puts its
	// state back.
	Abandoned(c *Commit)
	// Close is called by Store.Close.
	Close() error
}

// Timed is a Floor with work that falls due by the clock alone. Before each transaction
// the store goes through the instants at which floors have something due, in their order,
// and at each asks the floors in the order of attaching.
type Timed interface {
	Floor
	// Next returns the next instant at which something may be due, in the newest
	// version, and false if there is none for as long as nothing is committed. It is
	// called like Prepare.
	Next(v *View) (time.Time, bool)
	// Due reports what is due at an instant: that of Next, or an earlier one at which
	// another floor has something, or at last the time of the transaction that is to
	// begin. They never go back. If something is due, the store commits a transaction of
	// its own at that instant, with cause clock and the [Due] as the floor's work, and
	// asks again. If it returns false, Next is later from then on. It is called like
	// Prepare.
	Due(v *View, at time.Time) (Due, bool)
}

// A FieldUser is a Floor that reads fields: it is asked before one is dropped.
type FieldUser interface {
	Floor
	// UsersOf returns what reads the field in a version, for people, nil if nothing
	// does. It is called by the writer and must not call the store.
	UsersOf(v *View, f Field) []string
}

// unused asks the floors whether something reads a field.
func (s *Store) unused(v *View, f Field) error {
	var users []string
	for _, a := range s.floors {
		if u, ok := a.floor.(FieldUser); ok {
			users = append(users, u.UsersOf(v, f)...)
		}
	}
	if users != nil {
		return &FieldInUseError{f.def.title(), users}
	}
	return nil
}

// Due is the work of a transaction that the clock caused.
type Due struct {
	// At is when it was due, and the time of the commit. The store sets it.
	At time.Time
	// Long has the transaction applied beside the published version, so that readers
	// go on meanwhile: for work that takes long.
	Long bool
}

const longestFloor = 64

// Attach adds a floor under a name of 1 to 64 bytes; a second one of the same name is
// an error.
// state is what the floor keeps per version until its first commit: [View.Floor]
// returns it. In a store that is kept on disk a [Keeper] is restored, after what is
// being written is written, a checkpoint included; what it returns takes the place of
// state.
func (s *Store) Attach(name string, floor Floor, state any) error {
	if name == "" || len(name) > longestFloor || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
		return fmt.Errorf("contact: %q can't be the name of a floor: give 1 to %d bytes of text without a zero", name, longestFloor)
	}
	s.writer <- struct{}{}
	defer s.unlockWriter()
	if s.closed.Load() {
		return ErrClosed
	}
	for _, a := range s.floors {
		if a.name == name {
			return fmt.Errorf("contact: a floor %q is attached already", name)
		}
	}
	if s.durable != nil {
		if err := s.durable.quiet(); err != nil {
			return err
		}
		if k, ok := floor.(Keeper); ok {
			restored, err := k.Restore(s.restored(name))
			if err != nil {
				return fmt.Errorf("contact: restore floor %q: %w", name, err)
			}
			state = restored
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.cur.writable(&s.epochs)
	st.floors = append(st.floors, floorState{name, state})
	s.setCurrent(st)
	timed, _ := floor.(Timed)
	s.floors = append(slices.Clone(s.floors), attached{name, floor, timed})
	s.unattached = slices.DeleteFunc(s.unattached, func(n string) bool { return n == name })
	if s.durable != nil {
		s.durable.setPartial(len(s.unattached) > 0)
	}
	if s.durable == nil || s.durable.relaxed > 0 {
		s.published.Store(nil)
		return nil
	}
	s.epochs.Share() // readers never see what is not durable
	s.published.Store(&View{st: st, shared: true})
	return nil
}

// Work returns what a floor has put aside in this transaction, nil if nothing.
func (tx *Tx) Work(floor string) any { return tx.work[floor] }

// SetWork puts something aside for a floor's Prepare: what its own methods on
// the transaction were asked to do. It makes the transaction one to commit even
// if no contact changes. After the end of the transaction it is [ErrTxDone].
func (tx *Tx) SetWork(floor string, work any) error {
	if err := tx.enter(); err != nil {
		return err
	}
	defer tx.leave()
	c := tx.noted()
	if c.work == nil {
		c.work = make(map[string]any)
	}
	c.work[floor] = work
	return nil
}

// Floor returns what a floor keeps in the version that the transaction began with.
// In a store that is kept on disk that may be newer than the newest durable one.
func (tx *Tx) Floor(name string) any {
	v := View{st: tx.base}
	return v.Floor(name)
}

// SetCause says why the transaction is made; without it the cause is
// [CauseData].
func (tx *Tx) SetCause(c Cause) { tx.noted().cause = c }

// Store returns the store of the transaction.
func (tx *Tx) Store() *Store { return tx.store }

// Commit is a transaction on its way: what a [Floor] sees of it.
//
// A Commit must not be used by more than one goroutine at a time, nor after the
// call it was passed to.
type Commit struct {
	store     *Store
	tx        *Tx
	st        *state
	before    *Schema
	view      View
	record    *Record
	long      bool // too long for the lock: made beside the published version
	contacts  side
	companies *side // nil if nothing happens to them
	events    eventSide
	ruled     []int // types of sessions that have another rule than before

	given          ID // the last id given after it
	companiesGiven ID
	names          []entry      // dictionaries out of which it took words
	floors         []attached   // that have prepared it
	outcomes       []floorState // of the floors' Prepare, for their Committed
	outcome        [1]floorState
}

// Touched is a contact that a transaction changes.
type Touched struct {
	ID        ID
	Kind      ChangeKind
	Companies bool     // it belongs to other companies
	Primary   bool     // its primary company is another one, or none
	Fields    []uint16 // indexes of the changed fields, see [Field.Index]

	before int // place of what it had in the first of Fields
}

// TouchedCompany is a company that a transaction changes.
type TouchedCompany struct {
	ID     CompanyID
	Kind   ChangeKind
	Fields []uint16 // indexes of the changed fields among those of companies
}

// Index returns the place of the field in its schema, which never changes.
func (f Field) Index() int { return f.def.index }

// Number returns the number the commit will have.
func (c *Commit) Number() uint64 { return c.record.Number }

// Time returns the time of the commit.
func (c *Commit) Time() time.Time { return c.record.Time }

// Cause returns why the transaction was made.
func (c *Commit) Cause() Cause { return c.record.Cause }

// Actor returns who made the transaction and why, as given to [Tx.By].
func (c *Commit) Actor() (actor, note string) { return c.record.Actor, c.record.Note }

// Contacts returns the contacts changed, in the order the transaction first named
// them. The slice is good during the call and must not be changed.
func (c *Commit) Contacts() []Touched { return c.contacts.touched }

// Companies iterates over the companies changed, in the order the transaction first
// named them. The contacts of a company that is deleted are among [Commit.Contacts];
// those of one that is changed are not: [CompanyView.Contacts] and
// [CompanyView.PrimaryContacts] tell them.
func (c *Commit) Companies() iter.Seq[TouchedCompany] {
	return func(yield func(TouchedCompany) bool) {
		if c.companies == nil {
			return
		}
		for _, t := range c.companies.touched {
			if !yield(TouchedCompany{CompanyID(t.ID), t.Kind, t.Fields}) {
				return
			}
		}
	}
}

// Changes returns how many contacts and companies are changed.
func (c *Commit) Changes() int {
	n := len(c.contacts.touched)
	if c.companies != nil {
		n += len(c.companies.touched)
	}
	return n
}

// Record returns the log record as far as it is made. It is good during the call;
// [Store.Log] tells it afterwards.
func (c *Commit) Record() *Record { return c.record }

// View returns the version being committed. It is good during the call.
func (c *Commit) View() *View { return &c.view }

// SchemaChanged reports whether the transaction changes the schema.
func (c *Commit) SchemaChanged() bool { return c.before != c.st.schema }

// Work returns what the floor put aside with [Tx.SetWork].
func (c *Commit) Work(floor string) any { return c.tx.work[floor] }

// Append adds a record of a floor to the log record. data is kept.
func (c *Commit) Append(floor string, data []byte) {
	c.record.floors = append(c.record.floors, floorRecord{floor, data})
}

// SetState sets what [View.Floor] returns from this version on.
func (c *Commit) SetState(floor string, value any) {
	for i := range c.st.floors {
		if c.st.floors[i].name == floor {
			c.st.floors[i].value = value
		}
	}
}

// Stamp marks what a floor makes in this commit, for [Commit.Owns].
func (c *Commit) Stamp() uint64 { return uint64(c.store.epochs.Now()) }

// Owns reports whether something marked with a stamp may be changed in place,
// because no View can see it; otherwise it has to be copied first.
func (c *Commit) Owns(stamp uint64) bool { return c.store.epochs.Owns(version.Stamp(stamp)) }

// Add returns set with an id, and whether it was new. It uses set up: the floor
// keeps the result in its place, and the set of a View stays what it was.
func (c *Commit) Add(set Set, id ID) (Set, bool) {
	ids, changed := set.ids.Add(&c.store.epochs, uint32(id))
	return Set{ids}, changed
}

// Remove returns set without an id, and whether it was there. It uses set up,
// like [Commit.Add].
func (c *Commit) Remove(set Set, id ID) (Set, bool) {
	ids, changed := set.ids.Remove(&c.store.epochs, uint32(id))
	return Set{ids}, changed
}

// AddSet returns set with all ids of another. It uses set up, like [Commit.Add].
func (c *Commit) AddSet(set, more Set) Set {
	return Set{set.ids.AddSet(&c.store.epochs, more.ids)}
}

// RemoveSet returns set without the ids of another. It uses set up, like
// [Commit.Add].
func (c *Commit) RemoveSet(set, less Set) Set {
	return Set{set.ids.RemoveSet(&c.store.epochs, less.ids)}
}
