package segment

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/rosterdb/roster/contact"
)

// Keys of the entries of a checkpoint. The value of each is absolute, so that
// entries may be of different ages, see [contact.Keeper].
const (
	entryMeta       = "meta"    // see storedMeta
	entryDefinition = "def"     // def/id/version, see storedDefinition; never changed, never deleted
	entryGone       = "gone"    // gone/id for a deleted segment
	entryMembers    = "members" // members/id and so on, see marshalSet
	entryAdded      = "added"
	entryRemoved    = "removed"
	entryUsers      = "users" // users/id, the users registered as JSON
)

// layerEntries are the stored layers, by number; shadow is derived.
var layerEntries = [...]string{layerMembers: entryMembers, layerAdded: entryAdded, layerRemoved: entryRemoved}

// A storedMeta is what belongs to no segment, as JSON.
type storedMeta struct {
	Last    ID     `json:"last"`             // the last id given
	Change  uint64 `json:"change"`           // number of the newest change
	Meaning string `json:"meaning"`          // by which the members are right
	Astray  []ID   `json:"astray,omitempty"` // whose members are not right, see root
}

// A restorer gathers what is stored of the segments: the entries of a checkpoint,
// then the records. What it knows only grows (ids, versions, deletions, numbers) or
// is absolute (who is in a layer), so that the order in which it learns of older
// and younger things does not matter, as long as each contact's last move in a
// layer comes last.
type restorer struct {
	meta     storedMeta
	stored   storedMeta // as the entry has it
	segments map[ID]*restoredSegment
}

// A restoredSegment is what is known of a segment.
type restoredSegment struct {
	versions map[int]*defined
	latest   int
	gone     bool
	layers   [len(layerEntries)]restoredLayer
	users    []string

	// What entries alone tell: all versions up to this one, whether it is gone, and who
	// uses it.
	storedVersions int
	storedGone     bool
	storedUsers    []string
}

// A restoredLayer is a stored set and what came and went since.
type restoredLayer struct {
	stored     contact.Set
	came, went *roaring.Bitmap // nil as long as there is nothing; disjoint
}

func newRestorer() *restorer { return &restorer{segments: make(map[ID]*restoredSegment)} }

func damaged(format string, args ...any) error {
	return fmt.Errorf("segment: %w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// entry takes an entry of a checkpoint.
func (r *restorer) entry(key string, value []byte) error {
	parts := strings.Split(key, "/")
	if key == entryMeta {
		if err := json.Unmarshal(value, &r.stored); err != nil {
			return damaged("entry %s: %v", key, err)
		}
		last := max(r.meta.Last, r.stored.Last)
		r.meta = r.stored
		r.meta.Last = last
		return nil
	}
	if len(parts) < 2 {
		return damaged("entry %q", key)
	}
	n, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil || n == 0 {
		return damaged("entry %q", key)
	}
	id := ID(n)
	layer := slices.Index(layerEntries[:], parts[0])
	switch {
	case parts[0] == entryDefinition:
		return r.define(value)
	case parts[0] == entryGone:
		r.segment(id).gone = true
	case parts[0] == entryUsers:
		users := []string{}
		if err := json.Unmarshal(value, &users); err != nil || !slices.IsSorted(users) || slices.Contains(users, "") {
			return damaged("entry %q: %s: no users in alphabetical order", key, value)
		}
		r.segment(id).users = users
	case layer >= 0:
		if r.segment(id).layers[layer].stored, err = unmarshalSet(value); err != nil {
			return damaged("entry %q: %v", key, err)
		}
	default:
		return damaged("entry %q", key)
	}
	return nil
}

// endOfEntries is called between the entries and the records.
func (r *restorer) endOfEntries() {
	for _, s := range r.segments {
		for s.versions[s.storedVersions+1] != nil {
			s.storedVersions++
		}
		s.storedGone, s.storedUsers = s.gone, s.users
	}
}

func (r *restorer) segment(id ID) *restoredSegment {
	s := r.segments[id]
	if s == nil {
		s = &restoredSegment{versions: make(map[int]*defined)}
		r.segments[id] = s
	}
	return s
}

func (r *restorer) define(data []byte) error {
	d, err := unmarshalDefinition(data)
	if err != nil {
		return err
	}
	s := r.segment(d.ID)
	if s.versions[d.Version] == nil { // a version never changes
		s.versions[d.Version] = d
	}
	s.latest = max(s.latest, d.Version)
	r.meta.Last = max(r.meta.Last, d.ID)
	return nil
}

// record takes the record of a commit.
func (r *restorer) record(data []byte) error {
	rec, err := readRecord(data)
	if err != nil {
		return err
	}
	for _, d := range rec.defs {
		if err := r.define(d); err != nil {
			return err
		}
	}
	for i := range rec.entries {
		e := &rec.entries[i]
		r.segment(e.segment).layers[layerMembers].put(&e.who, e.kind == Enter)
	}
	for i := range rec.marks {
		m := &rec.marks[i]
		r.segment(m.segment).layers[m.layer].put(&m.who, m.came)
	}
	for _, id := range rec.deleted {
		r.segment(id).gone = true
	}
	for _, u := range rec.uses {
		s := r.segment(u.segment)
		s.users = withUser(s.users, u.user, u.begin)
	}
	if rec.n > 0 {
		r.meta.Change = max(r.meta.Change, rec.first+rec.n-1)
	}
	if rec.meaning != "" {
		r.meta.Meaning = rec.meaning
	}
	if rec.proved {
		r.meta.Astray = rec.astray
	}
	return nil
}

// put notes that a contact or the contacts of a set are in the layer or not.
func (l *restoredLayer) put(who *someone, in bool) {
	if l.came == nil {
		l.came, l.went = roaring.New(), roaring.New()
	}
	to, from := l.came, l.went
	if !in {
		to, from = from, to
	}
	if who.contact != 0 {
		to.Add(uint32(who.contact))
		from.Remove(uint32(who.contact))
		return
	}
	set := who.set.Bitmap()
	to.Or(set)
	from.AndNot(set)
}

// set returns the layer as it is now: the stored set itself if nothing changed it.
func (l *restoredLayer) set() contact.Set {
	s := l.stored
	if l.came == nil {
		return s
	}
	if !l.came.IsEmpty() {
		s = s.Or(contact.SetOfBitmap(l.came))
	}
	if !l.went.IsEmpty() {
		s = s.AndNot(contact.SetOfBitmap(l.went))
	}
	return s
}

// version returns a version of the definition with the older ones behind it.
func (s *restoredSegment) version(version int) (d *defined) {
	for v := 1; v <= version; v++ {
		s.versions[v].old = d
		d = s.versions[v]
	}
	return d
}

// root returns the segments, neither compiled nor linked and without shadow. What
// is stored has passed check.
func (r *restorer) root() *root {
	out := newRoot(&r.meta)
	for id, s := range r.segments {
		d := s.version(s.latest)
		if s.gone {
			out.bury(id, d)
			continue
		}
		roll := out.roll(id)
		roll.def, roll.users = d, s.users
		for n := range s.layers {
			*roll.layer(n) = s.layers[n].set()
		}
		out.handles.put(d.Handle, id)
	}
	return out
}

// checkpointed returns what is stored in entries, as far as [keeper.Checkpoint]
// looks at it. What is stored has passed check.
func (r *restorer) checkpointed() *root {
	out := newRoot(&r.stored)
	out.grow(r.meta.Last)
	for id, s := range r.segments {
		d := s.version(s.storedVersions)
		if s.storedGone {
			out.bury(id, d)
			continue
		}
		roll := out.roll(id)
		roll.def, roll.users = d, s.storedUsers
		for n := range s.layers {
			*roll.layer(n) = s.layers[n].stored
		}
	}
	return out
}

func newRoot(m *storedMeta) *root {
	out := &root{handles: &handles{}, last: m.Last, change: m.Change, meaning: m.Meaning, astray: m.Astray, noted: true}
	out.grow(m.Last)
	return out
}

// grow makes chunks for ids up to a last one.
func (r *root) grow(last ID) {
	for len(r.chunks)*chunkSize < int(last) {
		r.chunks = append(r.chunks, &chunk{})
	}
}

// check reports what is missing when everything has been read: every segment that
// ever was has all versions of its definition.
func (r *restorer) check() error {
	if uint64(len(r.segments)) != uint64(r.meta.Last) {
		return damaged("%d segments are known, %d were made", len(r.segments), r.meta.Last)
	}
	living := make(map[string]ID)
	for id, s := range r.segments {
		if id > r.meta.Last {
			return damaged("segment %d, where the last is %d", id, r.meta.Last)
		}
		if s.latest == 0 || len(s.versions) != s.latest {
			return damaged("segment %d has %d versions of %d", id, len(s.versions), s.latest)
		}
		d := s.versions[s.latest]
		if other, twice := living[d.Handle]; twice && !s.gone {
			return damaged("segments %d and %d are both %q", other, id, d.Handle)
		}
		if !s.gone {
			living[d.Handle] = id
		}
	}
	return nil
}
