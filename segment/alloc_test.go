package segment_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// TestReadsAllocateNothing asks a stored segment, with a view open and without.
func TestReadsAllocateNothing(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1000, contact.Values{"yes": true})
	d.create("s", "yes = true")
	none := func(name string, fn func()) {
		t.Helper()
		require.Zero(t, testing.AllocsPerRun(100, fn), name)
	}
	for _, view := range []string{"no view", "a view"} {
		none(view+", Contains", func() { d.eng.Contains("s", 500) })
		none(view+", Count", func() { d.eng.Count("s") })
		v := d.store.View()
		none(view+", At Contains", func() { d.eng.At(v).Contains("s", 500) })
		none(view+", At Count", func() { d.eng.At(v).Count("s") })
		none(view+", At Members", func() { d.eng.At(v).Members("s") })
		none(view+", At How", func() { d.eng.At(v).How("s", 500) })
		none(view+", LastChange", func() { d.eng.LastChange() })
	}
}

// TestDefinitionsHoldNoVersion makes segments one after another with a view in
// between: what the views saw is garbage afterwards.
func TestDefinitionsHoldNoVersion(t *testing.T) {
	const n = 600
	d := newDesk(t, nil)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for i := range n {
		d.store.View()
		d.create(fmt.Sprintf("segment_%d", i), "points > 5")
	}
	used := int(heap()-before) / n
	t.Logf("%d bytes a segment", used)
	require.Less(t, used, 5<<10)
	runtime.KeepAlive(d)
}
