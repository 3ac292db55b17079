package segment

import (
	"sync"
	"time"
)

// SegmentUpkeep is what one commit took to keep a segment right: its filter was asked about
// contacts that had changed or to whom time had come, or because another segment let them
// enter or leave.
type SegmentUpkeep struct {
	Tx uint64 // number of the commit, see [contact.Store.Log]
	// Asked is the number of contacts, members or not; all there were if the filter was run over
	// all at once. To whom time came in vain is counted by [Stats].Looked only.
	Asked int
	// Moved is how many of them entered or left by it. Who was put in or taken out by hand, or
	// deleted, is not counted.
	Moved int
	// Took is how long it ran over all contacts at once, which is done where it is cheaper; 0
	// if they were asked one by one, some tenths of a microsecond each.
	Took time.Duration
}

// An upkeep is a SegmentUpkeep in less room: the tx is that of the commit under way.
type upkeep struct {
	id           ID
	asked, moved uint32
	took         time.Duration
}

// upkeeps are the latest ones by segment, since the engine was made. Readers ask for them at
// any time.
type upkeeps struct {
	sync.Mutex
	list []upkeep
	tx   []uint64
}

// note takes in those of a commit.
func (u *upkeeps) note(tx uint64, list []upkeep) {
	if len(list) == 0 {
		return
	}
	u.Lock()
	defer u.Unlock()
	for i := range list {
		k := &list[i]
		if n := int(k.id) + 1 - len(u.list); n > 0 {
			u.list, u.tx = append(u.list, make([]upkeep, n)...), append(u.tx, make([]uint64, n)...)
		}
		old := &u.list[k.id]
		if u.tx[k.id] != tx {
			*old, u.tx[k.id] = *k, tx
			continue
		}
		old.asked, old.moved, old.took = old.asked+k.asked, old.moved+k.moved, old.took+k.took // in several steps
	}
}

func (u *upkeeps) of(id ID) SegmentUpkeep {
	u.Lock()
	defer u.Unlock()
	if int(id) >= len(u.list) {
		return SegmentUpkeep{}
	}
	k := &u.list[id]
	return SegmentUpkeep{u.tx[id], int(k.asked), int(k.moved), k.took}
}

// keepUp brings one segment up to date with all contacts and notes what it took.
func (p *preparation) keepUp(id ID, asked popped) error {
	if p.root.roll(id).def.Broken != nil {
		return nil
	}
	elapsed, before := p.c.Stopwatch(), p.batch.n
	if err := p.refill(id, asked); err != nil {
		return err
	}
	p.upkeep = append(p.upkeep, upkeep{id, uint32(p.c.View().Len()), uint32(p.batch.n - before), elapsed()})
	return nil
}
