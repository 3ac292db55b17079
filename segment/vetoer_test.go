package segment_test

import (
	"sync"

	"github.com/rosterdb/roster/contact"
)

// A vetoer is a floor above the engine that refuses when it is told to. What falls due
// may ask it in the background.
type vetoer struct {
	mu    sync.Mutex
	end   string
	asked bool
}

// set says how commits end from now on.
func (v *vetoer) set(end string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.end, v.asked = end, false
}

// wasAsked reports whether there was a commit since set.
func (v *vetoer) wasAsked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked
}

func (v *vetoer) Prepare(*contact.Commit) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked = true
	switch v.end {
	case "veto":
		return errVeto
	case "crash":
		panic(errVeto)
	}
	return nil
}
func (*vetoer) Committed(*contact.Commit) {}
func (*vetoer) Abandoned(*contact.Commit) {}
func (*vetoer) Close() error              { return nil }
