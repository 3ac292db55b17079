//go:build !race

package filter_test

// timeFactor is how much longer the race detector lets things take.
const timeFactor = 1
