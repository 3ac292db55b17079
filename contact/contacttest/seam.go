package contacttest

import (
	"os"
	"time"

	"go.etcd.io/bbolt"

	"github.com/rosterdb/roster/contact"
)

// EagerCheckpoints makes a store on disk begin a checkpoint after so many bytes of
// log and write so many bytes of it with each commit, so that small tests see many
// of them, complete and cut short.
func EagerCheckpoints(o *contact.Options, log, slice int) {
	o.Seam.LeastLog, o.Seam.Slice = log, slice
}

// SlowSync makes each commit of the file take that much longer, as on a disk whose
// sync takes that long.
func SlowSync(o *contact.Options, d time.Duration) { o.Seam.SyncDelay = d }

// Gather makes each commit of the file wait that long for transactions that are about to
// come back, where a store waits a moment.
func Gather(o *contact.Options, d time.Duration) { o.Seam.Gather = d }

// Hook calls fn after each opening of the file with what it is written through, for
// the injection of faults.
func Hook(o *contact.Options, fn func(db *bbolt.DB, f *os.File)) { o.Seam.Hook = fn }
