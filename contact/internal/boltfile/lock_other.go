//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package boltfile

import "os"

// hold does nothing: bbolt could not take a lock that its own process holds.
func hold(*os.File) bool { return true }

// release does nothing: closing the file ends bbolt's lock.
func release(*os.File) {}
