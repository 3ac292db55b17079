package segment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact"
)

// Limits of users of segments.
const (
	longestUser = 255    // bytes
	mostUsers   = 10_000 // registered with one segment
)

// ErrUserName is wrapped by the error about a user of a segment that is not written as
// a kind and a name.
var ErrUserName = errors.New(`a user of a segment is written as a kind and a name, such as "campaign: spring"`)

// Users are who depends on a segment. While there are any, it can be neither deleted
// nor unpublished.
type Users struct {
	Segments   []string // handles of the segments whose filters name it, by ascending id
	Registered []string // what was registered with [Engine.Use], in alphabetical order
}

// None reports whether nobody depends on the segment.
func (u Users) None() bool { return len(u.Segments)+len(u.Registered) == 0 }

// String lists the users, the segments first.
func (u Users) String() string {
	list := make([]string, 0, len(u.Segments)+len(u.Registered))
	for _, handle := range u.Segments {
		list = append(list, fmt.Sprintf("segment %q", handle))
	}
	return strings.Join(append(list, u.Registered...), ", ")
}

// Use registers that something depends on a segment: a trigger, a form, a campaign of
// the host. Until [Engine.Release] the segment can be neither deleted nor unpublished.
// In a store that is kept on disk this survives.
//
// The user is written as a kind and a name with a colon and a space between, such as
// "campaign: spring". The kind is a word of letters, digits, - and _, and not segment:
// a filter that names a segment is its user by itself. It all has up to 255 bytes and
// neither control characters nor spaces at its ends. Users are compared as they are
// written, and are counted once however often they are registered.
//
// An unpublished segment is [ErrUnpublished], unless the user has it already. A segment
// has at most 10 000 users, beyond which there is a [*contact.LimitError]. Whether a
// private segment may be used is for the host to decide. The cost grows with the number
// of users that the segment has.
func (e *Engine) Use(ctx context.Context, user, handle string) error {
	return e.store.Update(ctx, func(tx *contact.Tx) error { return e.In(tx).Use(user, handle) })
}

// Release takes back that something depends on a segment, see [Engine.Use]. Nothing
// happens if it does not.
func (e *Engine) Release(ctx context.Context, user, handle string) error {
	return e.store.Update(ctx, func(tx *contact.Tx) error { return e.In(tx).Release(user, handle) })
}

// Users returns who depends on a segment now. It asks every segment.
func (e *Engine) Users(handle string) (Users, error) { return e.At(e.store.View()).Users(handle) }

// Users returns who depends on a segment. It asks every segment.
func (m Members) Users(handle string) (Users, error) {
	r, err := m.root.lookup(handle)
	if err != nil {
		return Users{}, err
	}
	u := Users{Registered: slices.Clone(r.users)}
	for other := range m.root.all() {
		if other.def.names(r.def.ID) {
			u.Segments = append(u.Segments, other.def.Handle)
		}
	}
	return u, nil
}

// names reports whether the filter names a segment.
func (d *defined) names(id ID) bool {
	_, found := slices.BinarySearch(d.references(), id)
	return found
}

// Use registers a user of a segment, see [Engine.Use].
func (t Tx) Use(user, handle string) error { return t.use(user, handle, true) }

// Release takes a user of a segment back, see [Engine.Release].
func (t Tx) Release(user, handle string) error { return t.use(user, handle, false) }

func (t Tx) use(user, handle string, begin bool) error {
	w, err := t.begin()
	if err != nil {
		return err
	}
	d, err := w.find(handle)
	if err = errors.Join(checkUser(user), err); err != nil {
		return err
	}
	users := w.registered(d.ID)
	switch _, known := slices.BinarySearch(users, user); {
	case known == begin:
		return nil
	case begin && d.Unpublished:
		return fmt.Errorf("segment %q can't be used by %s: %w", handle, user, ErrUnpublished)
	case begin && len(users) >= mostUsers:
		return &contact.LimitError{What: "users of a segment", Limit: mostUsers, Got: len(users) + 1}
	}
	if err := t.add(w, step{use: use{d.ID, user, begin}}); err != nil {
		return err
	}
	if w.uses == nil {
		w.uses = make(map[ID][]string)
	}
	w.uses[d.ID] = withUser(users, user, begin)
	return nil
}

// checkUser says what is wrong with how a user is written.
func checkUser(user string) error {
	kind, name, ok := strings.Cut(user, ": ")
	odd := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }
	switch {
	case len(user) > longestUser:
		return &contact.LimitError{What: "bytes of a user of a segment", Limit: longestUser, Got: len(user)}
	case kind == "segment":
		return fmt.Errorf("segment: %q: segments are users by their filters: %w", user, ErrUserName)
	case !ok, kind == "", strings.ContainsFunc(kind, odd), name == "", strings.TrimSpace(name) != name,
		!utf8.ValidString(user), strings.ContainsFunc(user, unicode.IsControl):
		return fmt.Errorf("segment: %q: %w", user, ErrUserName)
	}
	return nil
}

// A use is a user that comes to a segment or goes.
type use struct {
	segment ID
	user    string
	begin   bool
}

// withUser returns users with one more or one less; the slice given stays as it is.
func withUser(users []string, user string, begin bool) []string {
	at, known := slices.BinarySearch(users, user)
	switch {
	case begin && !known:
		return slices.Insert(slices.Clone(users), at, user)
	case !begin && known:
		return slices.Delete(slices.Clone(users), at, at+1)
	}
	return users
}

// use does what a transaction wants done about a user.
func (p *preparation) use(u use) {
	r := p.root.writableRoll(p.c, u.segment)
	p.edited().uses = append(p.edited().uses, used{u, r.users})
	r.users = withUser(r.users, u.user, u.begin)
}

// used is a use that was done, with the users before it.
type used struct {
	use
	before []string
}

// undoUses takes the uses back. What a deletion took away has come back already.
func (p *preparation) undoUses() {
	if p.edits == nil {
		return
	}
	for _, u := range slices.Backward(p.edits.uses) {
		p.root.writableRoll(p.c, u.segment).users = u.before
	}
}

// registered returns the users of a segment as the transaction has made them so far.
func (w *work) registered(id ID) []string {
	if users, ok := w.uses[id]; ok {
		return users
	}
	return w.base.look(id).users
}

// free returns nil if nobody depends on a segment, or else an [*InUseError].
func (w *work) free(d *defined) error {
	u := Users{w.namers(d.ID), slices.Clone(w.registered(d.ID))}
	if u.None() {
		return nil
	}
	return &InUseError{d.Handle, u}
}

// namers returns the handles of the segments whose filters name a segment, by ascending
// id: of those that did before the transaction and were left alone, and of those to which it
// has given such a filter.
func (w *work) namers(id ID) (handles []string) {
	var users []ID
	for _, other := range w.scratch.links(w.base).users[id] {
		if _, edited := w.defs[other]; !edited && w.base.look(other).def.names(id) {
			users = append(users, other)
		}
	}
	users = slices.AppendSeq(users, maps.Keys(w.naming[id]))
	slices.Sort(users)
	for _, other := range users {
		handles = append(handles, w.get(other).Handle)
	}
	return handles
}

// index notes what a definition of the transaction names, or that it is none any more.
func (w *work) index(d *defined, in bool) {
	for _, ref := range d.references() {
		switch {
		case !in:
			delete(w.naming[ref], d.ID)
		case w.naming[ref] == nil:
			w.naming[ref] = map[ID]bool{d.ID: true}
		default:
			w.naming[ref][d.ID] = true
		}
	}
}
