package segment_test

import (
	"time"

	"github.com/rosterdb/roster/internal/pace"
)

// cpuTime returns the processor time that the process has taken, of all its threads: on
// a machine that others use too, it tells more than the clock. It is 0 where that is not known.
func cpuTime() time.Duration { return pace.ProcessorTime() }
