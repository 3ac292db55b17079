//go:build !unix

package boltfile

// SyncDir does nothing: there is no such call. Windows logs renames by itself.
func SyncDir(string) error { return nil }
