// Package faulttest makes the writing of a bbolt file fail, and records it in order to
// replay what a loss of power leaves of it.
//
// bbolt writes through one function, which it keeps in an unexported field for its own
// tests; [Faults.Hook] replaces it. Syncing can't be replaced, but its places are
// fixed: after the pages of a commit and before its meta page, and after the meta page.
// The record has a sync in each of these places, and [SyncError] proves that they are
// real. The one after the file has grown can't be proved and is left out: what is
// replayed may be worse than what can happen.
package faulttest
