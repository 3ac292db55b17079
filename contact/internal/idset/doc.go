// Package idset holds sets of contact ids: the ids that have one value of a
// column, or the members of one segment.
//
// A set is cut into blocks of 65 536 ids, the unit in which filters scan, so
// that a set can be combined block by block with a buffer of bits that the
// caller owns. Three forms follow the number of ids: a sorted list of whole ids
// for a small set, and in a larger one a sorted list of 16-bit ids for each
// sparse block and eight pages of bits for each dense one.
//
// # Versions
//
// A change returns the set to keep from then on. Whether that is the same set,
// changed in place, or a copy that shares all untouched pieces is decided by
// stamps (see package version): the set, each block and each page carry one, and
// only pieces that no living snapshot can see are changed in place. One id
// changed in a dense block under a new snapshot copies the headers and one page
// of 1 KiB.
//
//	ids, changed = ids.Add(epochs, id) // the old ids must not be used any more
//
// A nil *Set is the empty set everywhere; operations whose result is empty
// return nil.
//
// # Concurrency
//
// A set that a snapshot holds never changes: any number of goroutines may read
// it while one writer goes on with its successor. The set that the writer still
// changes in place must not be read at the same time.
package idset
