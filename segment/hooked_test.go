package segment_test

import "github.com/rosterdb/roster/contact"

// A hooked floor calls functions, those that it has.
type hooked struct {
	prepare, committed, abandoned func(c *contact.Commit)
}

func call(fn func(c *contact.Commit), c *contact.Commit) {
	if fn != nil {
		fn(c)
	}
}

func (h *hooked) Prepare(c *contact.Commit) error { call(h.prepare, c); return nil }
func (h *hooked) Committed(c *contact.Commit)     { call(h.committed, c) }
func (h *hooked) Abandoned(c *contact.Commit)     { call(h.abandoned, c) }
func (h *hooked) Close() error                    { return nil }
