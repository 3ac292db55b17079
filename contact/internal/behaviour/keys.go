package behaviour

import (
	"crypto/sha256"
	"encoding/binary"
)

// A Key stands for a host's idempotency key: 128 bits of its SHA-256, which are the same
// on every machine and for ever, so that they may be stored. The zero Key is none.
type Key [2]uint64

// KeyOf returns the key of a text; the empty text is none.
func KeyOf(text string) Key {
	if text == "" {
		return Key{}
	}
	sum := sha256.Sum256([]byte(text))
	k := Key{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])}
	k[0] |= 1 // never none
	return k
}

// IsZero reports whether this is no key.
func (k Key) IsZero() bool { return k == Key{} }

// Keys remembers which event of a type an idempotency key was given for: an event that
// comes a second time with the key of one that is kept is that event. The zero Keys is
// empty, ready to use, and takes nothing until the first key. A key costs 40 to 85
// bytes, whatever its length, and up to 16 in its event.
//
// Keys belongs to the writer alone: it has no versions, and a transaction that is undone
// takes back what it put in and puts back what it removed. What is in it can be told
// from the events that are kept.
type Keys struct{ events map[Key]packed }

// packed is an ID in 16 bytes, instead of the 24 that its own order takes.
type packed struct {
	time         int64
	contact, tie uint32
}

func (id ID) packed() packed { return packed{id.Time, id.Contact, id.Tie} }

// Find returns the event that a key was given for, and false if there is none.
func (k *Keys) Find(key Key) (ID, bool) {
	p, ok := k.events[key]
	return ID{Contact: p.contact, Time: p.time, Tie: p.tie}, ok
}

// Put tells which event a key is for. No key changes nothing.
func (k *Keys) Put(key Key, id ID) {
	if key.IsZero() {
		return
	}
	if k.events == nil {
		k.events = make(map[Key]packed)
	}
	k.events[key] = id.packed()
}

// Remove forgets the key of an event that has been taken out or is not recorded after
// all. A key that is that of another event stays.
func (k *Keys) Remove(key Key, id ID) {
	if p, ok := k.events[key]; ok && p == id.packed() {
		delete(k.events, key)
	}
}

// Len returns the number of keys.
func (k *Keys) Len() int { return len(k.events) }

// Bytes estimates the memory held.
func (k *Keys) Bytes() int { return 58 * len(k.events) }
