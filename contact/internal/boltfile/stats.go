package boltfile

import (
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// Stats are figures of a File since it was opened.
type Stats struct {
	FileBytes    int64         // size of the file
	PageSize     int           // bytes of a page
	Pages        int64         // pages in use or free for reuse
	FreePages    int64         // those that the next commits can reuse, or can when Views have ended
	Commits      int64         // transactions committed
	Syncs        int64         // waits for the disk
	BytesWritten int64         // bytes given to the system
	LastSync     time.Duration // duration of the last commit
}

// counters are the parts of Stats that are counted.
type counters struct {
	mu sync.Mutex
	Stats
}

// committed counts a commit of a file that had size bytes before.
func (c *counters) committed(f *File, tx bbolt.TxStats, size int64, took time.Duration) {
	grown := int64(0)
	if info, err := f.os.Stat(); err == nil && info.Size() != size {
		grown = 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Commits++
	if !f.db.NoSync {
		c.Syncs += 2 + grown
	}
	c.BytesWritten += tx.GetPageAlloc() + pageSize // pages and the meta page
	c.LastSync = took
}

// Stats returns the figures of the file. After Close or a failure, those that bbolt
// would have to be asked for are zero. It must not be called inside a transaction.
func (f *File) Stats() Stats {
	f.count.mu.Lock()
	s := f.count.Stats
	f.count.mu.Unlock()
	s.PageSize = pageSize
	if info, err := f.os.Stat(); err == nil {
		s.FileBytes = info.Size()
	}
	_ = f.View(func(tx *Tx) error {
		s.Pages = tx.tx.Size() / pageSize
		free := f.db.Stats()
		s.FreePages = int64(free.FreePageN + free.PendingPageN)
		return nil
	})
	return s
}
