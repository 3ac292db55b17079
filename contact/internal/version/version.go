// Package version decides when a piece of the store may be changed in place and
// when it has to be copied first.
//
// Every piece that can be copied on its own (a page of a column, a container of
// a set, the header of either) carries the stamp it was made under. A snapshot
// handed to a reader may see every piece made so far; whoever wants to change
// such a piece afterwards copies it, stamps the copy and puts it in the place of
// the original. A piece made after the last snapshot is changed where it is.
package version

// Stamp says under which epoch a piece was made. The zero Stamp belongs to
// nobody: a piece that carries it is always copied before it is changed.
type Stamp uint64

// Epochs is the clock of stamps of one store. The zero Epochs is ready to use.
//
// Epochs must not be used by more than one goroutine at a time; the store's
// lock protects it.
type Epochs struct {
	shared Stamp // the youngest stamp that a snapshot may see
}

// Now returns the stamp for pieces made from here on.
func (e *Epochs) Now() Stamp { return e.shared + 1 }

// Owns reports whether a piece made under s can be changed in place, because no
// snapshot can see it.
func (e *Epochs) Owns(s Stamp) bool { return s > e.shared }

// Share ends the epoch for a snapshot, which can see every piece made so far.
func (e *Epochs) Share() {
	e.shared++
}
