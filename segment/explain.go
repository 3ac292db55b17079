package segment

import (
	"context"
	"errors"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Explanation tells how a contact stands to a segment, why, and since when. All of
// it is of one version of the store.
//
// It is plain data and is marshalled to JSON under the names of the tags.
// [Explanation.String] is the same for people.
type Explanation struct {
	Segment string     `json:"segment"` // the handle
	Version int        `json:"version"` // of the definition
	Contact contact.ID `json:"contact"`
	Exists  bool       `json:"exists"` // the contact lives; if not, it is in no segment
	Member  bool       `json:"member"` // (matched or added) and not removed

	Matched bool `json:"matched"` // the filter matches
	Added   bool `json:"added"`   // put in by hand
	Removed bool `json:"removed"` // taken out by hand

	// Filter explains what the filter says, whatever a hand did; nil if the segment
	// is static or broken.
	Filter *filter.Explanation `json:"filter,omitempty"`

	// Broken says why the definition can't be used, see [Segment]; empty if it can.
	Broken string `json:"broken,omitempty"`

	// Since is the change that made the contact what it is, a member or none. It is
	// nil if the feed has no change of this contact and segment.
	Since *Since `json:"since,omitempty"`

	// Whole reports whether the feed was searched as far back as is needed: without
	// Since the contact never was in the segment. If it is false, the change is gone
	// from the feed.
	Whole bool `json:"whole"`

	// Segments explains the segments that the filter names, those that their filters
	// name, and so on, each once, in the order in which they are come across. It is
	// filled in if [ExplainOptions] asks for it.
	Segments []*Explanation `json:"segments,omitempty"`
}

// Since is when and why a contact last entered or left a segment.
type Since struct {
	Time    time.Time     `json:"time"`
	Kind    Kind          `json:"kind"`
	Cause   contact.Cause `json:"cause"`
	Via     string        `json:"via,omitempty"`   // with cause segment: the handle of the segment whose change caused this one; empty if it is deleted
	Actor   string        `json:"actor,omitempty"` // of the commit, as far as the log is kept
	Note    string        `json:"note,omitempty"`  // of the commit, as far as the log is kept
	Change  uint64        `json:"change"`          // number in the feed
	Tx      uint64        `json:"tx"`              // number of the commit
	Version int           `json:"version"`         // of the definition then
}

// ExplainOptions configures [Engine.Explain]. A nil *ExplainOptions and every zero
// field mean the documented default.
type ExplainOptions struct {
	// Segments explains also the segments that the filter names.
	//
	// Defaults to false.
	Segments bool
}

// Explain tells whether a contact is in a segment now, by which layer, what the
// filter says, and since when and why, as far as the feed is kept. The options may
// be nil.
//
// The feed is searched from its end. In memory that costs a look at each change that
// is younger than the one it finds; in a store that is kept on disk it goes on
// through the log, for as long as the context lets it.
func (e *Engine) Explain(ctx context.Context, handle string, id contact.ID, opts *ExplainOptions) (*Explanation, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	v := e.store.View()
	m := At(v)
	r, err := m.root.lookup(handle)
	if err != nil {
		return nil, err
	}
	x, err := e.explain(ctx, v, r, id)
	if err != nil || opts == nil || !opts.Segments {
		return x, err
	}
	for _, other := range m.root.references(r) {
		o, err := e.explain(ctx, v, other, id)
		if err != nil {
			return nil, err
		}
		x.Segments = append(x.Segments, o)
	}
	return x, nil
}

// references returns the segments that the filter of a segment names, those that their
// filters name, and so on, each once.
func (r *root) references(of *roll) []*roll {
	var list []*roll
	seen := map[ID]bool{of.def.ID: true}
	for i := -1; i < len(list); i++ {
		if i >= 0 {
			of = list[i]
		}
		for _, c := range of.def.Filter.Conditions() {
			for ref := range c.Segments() {
				if other := r.find(ref); other != nil && !seen[other.def.ID] {
					seen[other.def.ID] = true
					list = append(list, other)
				}
			}
		}
	}
	return list
}

// explain explains one segment in a version.
func (e *Engine) explain(ctx context.Context, v *contact.View, r *roll, id contact.ID) (*Explanation, error) {
	how := r.membership(id)
	x := &Explanation{
		Segment: r.def.Handle, Version: r.def.Version, Contact: id, Exists: v.Exists(id),
		Member: how.Member(), Matched: how.Matched, Added: how.Added, Removed: how.Removed,
	}
	if r.def.program != nil {
		x.Filter = r.def.program.Explain(v, id)
	}
	if r.def.Broken != nil {
		x.Broken = errors.Unwrap(r.def.Broken).Error()
	}
	root := rootOf(v)
	c, whole, err := e.latest(ctx, r.def.ID, id, root.change)
	if err != nil {
		return nil, err
	}
	if x.Whole = whole; c == nil {
		return x, nil
	}
	x.Since = &Since{Time: c.Time, Kind: c.Kind, Cause: c.Cause, Change: c.Number, Tx: c.Tx, Version: c.Version}
	if c.Via != 0 {
		if via := root.look(c.Via).def; via != nil {
			x.Since.Via = via.Handle
		}
	}
	for rec, err := range e.store.Log(c.Tx) {
		if err == nil && rec.Number == c.Tx {
			x.Since.Actor, x.Since.Note = rec.Actor, rec.Note
		}
		break
	}
	return x, nil
}
