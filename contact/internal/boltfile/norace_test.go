//go:build !race

package boltfile

// raced says that the race detector is on, which makes everything slow.
const raced = false
