package segment

import (
	"hash/maphash"
	"iter"
	"slices"

	"github.com/rosterdb/roster/contact"
)

// handles lead to segments. They are kept in shards, so that the first edit after a
// version was published copies a small part of them and not all; nil are none. Like
// everything of a version they are changed in place until a View can see them.
type handles struct {
	stamp  uint64
	shards [handleShards]handleShard
}

// handleShards is how many shards there are: few enough that ten segments take little
// memory, enough that a shard of 100 000 segments is copied in a microsecond.
const handleShards = 256

// A handleShard is a hash table of the handles of some hashes: each is in the slot of its
// hash or in one behind it, with no free one between. At least a quarter is free.
type handleShard struct {
	stamp uint64
	used  int
	slots []handleSlot // none, or a power of two
}

type handleSlot struct {
	handle string
	hash   uint32
	id     ID // 0: free
}

var handleSeed = maphash.MakeSeed()

// hashOf returns the shard of a handle and its hash there.
func hashOf(handle string) (shard uint64, hash uint32) {
	sum := maphash.String(handleSeed, handle)
	return sum % handleShards, uint32(sum >> 32)
}

// find returns the segment of a handle, 0 if there is none.
func (h *handles) find(handle string) ID {
	if h == nil {
		return 0
	}
	shard, hash := hashOf(handle)
	s := &h.shards[shard]
	if s.used == 0 {
		return 0
	}
	return s.slots[s.place(handle, hash)].id
}

// place returns where a handle is, or else the free slot where it would be. There are slots.
func (s *handleShard) place(handle string, hash uint32) int {
	mask := len(s.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		if slot := &s.slots[i]; slot.id == 0 || slot.hash == hash && slot.handle == handle {
			return i
		}
	}
}

// all iterates over the handles and their segments, in no order.
func (h *handles) all() iter.Seq2[string, ID] {
	return func(yield func(string, ID) bool) {
		if h == nil {
			return
		}
		for i := range h.shards {
			for _, slot := range h.shards[i].slots {
				if slot.id != 0 && !yield(slot.handle, slot.id) {
					return
				}
			}
		}
	}
}

// names iterates over the handles, in no order.
func (h *handles) names() iter.Seq[string] {
	return func(yield func(string) bool) {
		for handle := range h.all() {
			if !yield(handle) {
				return
			}
		}
	}
}

// len returns the number of handles.
func (h *handles) len() (n int) {
	if h != nil {
		for i := range h.shards {
			n += h.shards[i].used
		}
	}
	return n
}

// put has a handle lead to a segment. Its shard is writable, or nobody else has the handles.
func (h *handles) put(handle string, id ID) {
	shard, hash := hashOf(handle)
	s := &h.shards[shard]
	if 4*(s.used+1) > 3*len(s.slots) {
		s.grow()
	}
	slot := &s.slots[s.place(handle, hash)]
	if slot.id == 0 {
		s.used++
	}
	*slot = handleSlot{handle, hash, id}
}

// grow doubles the slots.
func (s *handleShard) grow() {
	old := s.slots
	s.slots = make([]handleSlot, max(4, 2*len(old)))
	for _, slot := range old {
		if slot.id != 0 {
			s.slots[s.place(slot.handle, slot.hash)] = slot
		}
	}
}

// drop has a handle lead nowhere. Its shard is writable, or nobody else has the handles.
func (h *handles) drop(handle string) {
	shard, hash := hashOf(handle)
	s := &h.shards[shard]
	if s.used == 0 {
		return
	}
	free, mask := s.place(handle, hash), len(s.slots)-1
	if s.slots[free].id == 0 {
		return
	}
	s.used--
	for i := (free + 1) & mask; s.slots[i].id != 0; i = (i + 1) & mask {
		if far := (i - int(s.slots[i].hash)) & mask; far >= (i-free)&mask { // its own slot is not behind the free one
			s.slots[free], free = s.slots[i], i
		}
	}
	s.slots[free] = handleSlot{}
}

// writable returns the handles to change from now on, with the shard of one of them writable.
func (h *handles) writable(c *contact.Commit, handle string) *handles {
	switch {
	case h == nil:
		h = &handles{stamp: c.Stamp()}
	case !c.Owns(h.stamp):
		own := *h
		own.stamp = c.Stamp()
		h = &own
	}
	shard, _ := hashOf(handle)
	if s := &h.shards[shard]; !c.Owns(s.stamp) {
		s.stamp, s.slots = c.Stamp(), slices.Clone(s.slots)
	}
	return h
}

// putHandle has a handle lead to a segment, in a writable root.
func (r *root) putHandle(c *contact.Commit, handle string, id ID) {
	if r.handles.find(handle) != id {
		r.handles = r.handles.writable(c, handle)
		r.handles.put(handle, id)
	}
}

// dropHandle has a handle lead nowhere, in a writable root.
func (r *root) dropHandle(c *contact.Commit, handle string) {
	r.handles = r.handles.writable(c, handle)
	r.handles.drop(handle)
}
