package behaviour

import "hash/maphash"

// Keys remembers which event a host's idempotency key was given for: an event that
// comes a second time with the key of one that is kept is that event. The zero Keys is
// empty, ready to use, and takes nothing until the first key. A key costs some 70
// bytes, whatever its length, and up to 4 in its event.
//
// Keys belongs to the writer alone: it has no versions, and a transaction that is
// undone takes back what it put in. The key of an event that is taken out is removed
// when that is committed, because only the number of a key comes back with an event that
// is restored. What is remembered is 128 bits of a seeded hash.
type Keys struct {
	seeds  [2]maphash.Seed
	byHash map[[2]uint64]uint32
	known  []known  // by number - 1
	free   []uint32 // numbers given back
}

type known struct {
	hash [2]uint64
	id   ID
}

func (k *Keys) hash(text string) [2]uint64 {
	return [2]uint64{maphash.String(k.seeds[0], text), maphash.String(k.seeds[1], text)}
}

// Find returns the event that a key was given for, and false if there is none.
func (k *Keys) Find(text string) (ID, bool) {
	if len(k.byHash) == 0 {
		return ID{}, false
	}
	n := k.byHash[k.hash(text)]
	if n == 0 {
		return ID{}, false
	}
	return k.known[n-1].id, true
}

// Add gives a key that Find does not find a number, for the Key of its event; Put tells
// which that is.
func (k *Keys) Add(text string) (number uint32) {
	if k.byHash == nil {
		k.seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
		k.byHash = make(map[[2]uint64]uint32)
	}
	if n := len(k.free); n > 0 {
		number, k.free = k.free[n-1], k.free[:n-1]
	} else {
		k.known = append(k.known, known{})
		number = uint32(len(k.known))
	}
	hash := k.hash(text)
	k.byHash[hash] = number
	k.known[number-1] = known{hash: hash}
	return number
}

// Put tells which event a key is for, by the number that Add gave it.
func (k *Keys) Put(number uint32, id ID) { k.known[number-1].id = id }

// Remove forgets a key by its number, when its event has been taken out or is not
// recorded after all. Number 0, no key, changes nothing.
func (k *Keys) Remove(number uint32) {
	if number == 0 {
		return
	}
	delete(k.byHash, k.known[number-1].hash)
	k.known[number-1] = known{}
	k.free = append(k.free, number)
}

// Len returns the number of keys.
func (k *Keys) Len() int { return len(k.byHash) }

// Bytes estimates the memory held.
func (k *Keys) Bytes() int { return 40*cap(k.known) + 4*cap(k.free) + 32*len(k.byHash) }
