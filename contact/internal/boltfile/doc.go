// Package boltfile keeps keys and values in one bbolt file and proves, before
// bbolt maps it, that every byte that counts is what was written.
//
// bbolt trusts its file: a damaged page is a panic, sometimes on a goroutine of
// bbolt's own where nobody can recover it, and a damaged meta page silently means
// the commit before the last one. So nothing is left to it. [Open] reads the file
// itself and follows every page from the root before bbolt sees it. A flipped bit
// and a cut anywhere lead to exactly the last acknowledged commit or to a
// [CorruptError], never to an older state, a panic or a hang.
//
// # The file
//
// The root of the tree is always one leaf page with two entries: the manifest,
// inline, and one bucket that holds the caller's buckets. Every value is sealed
// with a checksum over its bucket, key and bytes. The manifest is rewritten in
// every commit; it holds the commit's number, and of each bucket the number of
// keys, their bytes and a hash of the set of its entries, so that lost, stale and
// doubled pages are found although each of them is sound.
//
// # The newest commit
//
// A commit is two steps: its pages are written and synced, then its meta page is,
// in the place of the one before the last. If one of the two meta pages is damaged,
// the other, of commit T, does not say whether the damaged one was T-1 or T+1. The
// pages do: those of T+1 were synced before its meta page was touched, so that
// T+1 is the newest commit exactly if there is a root page with its manifest.
// [Open] looks for it and writes the meta page anew.
//
// # Faults
//
// A file that shrinks while it is mapped faults where it is read. All use of the
// map runs under debug.SetPanicOnFault and becomes an error. After an error in
// writing the File accepts nothing more: bbolt may show a transaction whose sync
// failed. Opening it again decides.
package boltfile
