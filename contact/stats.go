package contact

import (
	"math"
	"time"

	"github.com/rosterdb/roster/contact/internal/boltfile"
)

// Stats are figures of a store. Those of the file are zero in a store that keeps
// nothing on disk.
type Stats struct {
	Contacts  int
	Companies int
	Commits   uint64 // number of the newest commit

	// ClockBehind is how far the clock is behind the latest time that it has told
	// this Store, see [Store.Now]: it was set back. Until it has caught up, commits have that
	// time, and nothing falls due.
	ClockBehind time.Duration

	FileBytes     int64         // size of the file
	Pages         int64         // of the file, in use or free for reuse
	FreePages     int64         // of these, free
	PageSize      int           // in bytes
	LogRecords    int           // kept in the file
	LogBytes      uint64        // that they take, all floors' records included
	ReplayBytes   int64         // of the log that the next opening has to apply
	Checkpoint    uint64        // number of the version that is on disk without the log
	FileCommits   int64         // commits of the file since it was opened, each of one or more transactions
	Syncs         int64         // since it was opened
	BytesWritten  int64         // since it was opened
	LastSync      time.Duration // how long the last commit of the file took, its syncs included
	ErasedWaiting int           // contacts erased whose values are in the file until it is compacted
}

// Stats returns figures of the store.
func (s *Store) Stats() Stats {
	var st Stats
	s.Peek(func(v *View) { st.Contacts, st.Companies, st.Commits = v.Len(), v.Companies().Len(), v.Number() })
	if reached := s.reached.Load(); reached != math.MinInt64 {
		st.ClockBehind = max(0, time.Duration(reached-millis(s.opts.Clock.Now()))*time.Millisecond)
	}
	d := s.durable
	if d == nil || s.closed.Load() {
		return st
	}
	d.fileMu.RLock()
	f := d.file.Stats()
	d.fileMu.RUnlock()
	st.FileBytes, st.Pages, st.FreePages, st.PageSize = f.FileBytes, f.Pages, f.FreePages, f.PageSize
	st.FileCommits, st.Syncs, st.BytesWritten, st.LastSync = f.Commits, f.Syncs, f.BytesWritten, f.LastSync
	_ = d.view(func(tx *boltfile.Tx) error {
		st.LogBytes = tx.Bytes(bucketLog)
		return nil
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	st.LogRecords = int(d.kept.number + 1 - d.kept.first)
	st.ReplayBytes, st.Checkpoint, st.ErasedWaiting = int64(d.logBytes), d.kept.checkpoint, len(d.erased)
	return st
}
