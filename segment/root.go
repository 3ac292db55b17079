package segment

import (
	"iter"

	"github.com/rosterdb/roster/contact"
)

// floorName is the engine's name as a floor of the store.
const floorName = "segment"

// A root is one version of all segments. Like everything of a version it is
// changed in place until a View can see it, chunk by chunk.
type root struct {
	stamp   uint64
	handles *handles
	chunks  []*chunk // by id
	last    ID       // the last id given
	change  uint64   // number of the newest change
	meaning string   // of filters, by which the members are right, see meaning
	astray  []ID     // segments that are not right, as their definitions are broken; ascending, never changed
	noted   bool     // meaning and astray are in what a store on disk would be restored from
}

const chunkSize = 64

type chunk struct {
	stamp uint64
	rolls [chunkSize]roll
	gone  *[chunkSize]*defined // what deleted segments were last; never changed, a deletion makes another one
}

// A roll is who is in a segment, in layers. matched is not kept by itself: for a
// contact no hand has touched it is membership, for one in added or removed it is
// shadow.
type roll struct {
	def     *defined // nil: deleted
	members contact.Set
	added   contact.Set // by hand
	removed contact.Set // by hand; none is in added
	shadow  contact.Set // of those in added or removed, the ones the filter matches
	users   []string    // registered, in alphabetical order; the slice is never changed
}

// matched reports whether the filter matches a contact.
func (r *roll) matched(id contact.ID) bool {
	if r.byHand(id) {
		return r.shadow.Contains(id)
	}
	return r.members.Contains(id)
}

// byHand reports whether a contact was put in or taken out by hand.
func (r *roll) byHand(id contact.ID) bool {
	return r.added.Contains(id) || r.removed.Contains(id)
}

// by returns who the members have to be by whom the filter matches.
func (r *roll) by(matched contact.Set) contact.Set { return matched.AndNot(r.removed).Or(r.added) }

// rootOf returns the segments in a version of the store.
func rootOf(v *contact.View) *root { return v.Floor(floorName).(*root) }

// roll returns the roll of a segment for reading. The id was given.
func (r *root) roll(id ID) *roll {
	return &r.chunks[(id-1)/chunkSize].rolls[(id-1)%chunkSize]
}

// look is roll for any id: an empty one for an id that was not given.
func (r *root) look(id ID) *roll {
	if r.chunkOf(id) == nil {
		return &roll{}
	}
	return r.roll(id)
}

// chunkOf returns the chunk of an id, nil if there is none.
func (r *root) chunkOf(id ID) *chunk {
	if at := int(id-1) / chunkSize; id > 0 && at < len(r.chunks) {
		return r.chunks[at]
	}
	return nil
}

// latest returns the newest definition of a segment, deleted or not; nil if the
// id was never given.
func (r *root) latest(id ID) *defined {
	c := r.chunkOf(id)
	if c == nil {
		return nil
	}
	if d := c.rolls[(id-1)%chunkSize].def; d != nil {
		return d
	}
	return c.buried(id)
}

// buried returns what a deleted segment was last, nil if it is not deleted.
func (c *chunk) buried(id ID) *defined {
	if c == nil || c.gone == nil {
		return nil
	}
	return c.gone[(id-1)%chunkSize]
}

// version returns a version of the definition of a segment, deleted or not; nil
// if there was none. Its cost grows with the number of younger versions.
func (r *root) version(id ID, version int) *defined {
	for d := r.latest(id); d != nil; d = d.old {
		if d.Version == version {
			return d
		}
	}
	return nil
}

// find returns the roll of a handle for reading, nil if there is none.
func (r *root) find(handle string) *roll {
	id := r.handles.find(handle)
	if id == 0 {
		return nil
	}
	return r.roll(id)
}

// lookup is find with an error that names the handle probably meant.
func (r *root) lookup(handle string) (*roll, error) {
	if roll := r.find(handle); roll != nil {
		return roll, nil
	}
	return nil, r.unknown(handle)
}

func (r *root) unknown(handle string) error {
	return &UnknownError{handle, contact.Suggest(handle, r.handles.names())}
}

// all iterates over the segments by ascending id.
func (r *root) all() iter.Seq[*roll] {
	return func(yield func(*roll) bool) {
		for _, c := range r.chunks {
			for i := range c.rolls {
				if c.rolls[i].def != nil && !yield(&c.rolls[i]) {
					return
				}
			}
		}
	}
}

// writable returns the root to change from now on.
func (r *root) writable(c *contact.Commit) *root {
	if c.Owns(r.stamp) {
		return r
	}
	w := *r
	w.stamp = c.Stamp()
	w.chunks = append(make([]*chunk, 0, len(r.chunks)+1), r.chunks...)
	return &w
}

// writableRoll returns the roll of a segment for changing, in a writable root.
func (r *root) writableRoll(c *contact.Commit, id ID) *roll {
	at := int(id-1) / chunkSize
	for at >= len(r.chunks) {
		r.chunks = append(r.chunks, &chunk{stamp: c.Stamp()})
	}
	if !c.Owns(r.chunks[at].stamp) {
		own := *r.chunks[at]
		own.stamp = c.Stamp()
		r.chunks[at] = &own
	}
	return &r.chunks[at].rolls[(id-1)%chunkSize]
}

// bury notes what a segment is when it is deleted; with nil it takes that back. The
// segment's chunk is writable.
func (r *root) bury(id ID, d *defined) {
	c := r.chunkOf(id)
	var gone [chunkSize]*defined
	if c.gone != nil {
		gone = *c.gone
	}
	gone[(id-1)%chunkSize] = d
	c.gone = &gone
}
