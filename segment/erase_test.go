package segment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// An erased contact leaves every segment, marks and all, and the feed says why.
func TestErase(t *testing.T) {
	d := newDesk(t, nil)
	d.create("rich", "points >= 10")
	d.create("static", "")
	id := d.insert(1, contact.Values{"points": 20})
	_, err := d.eng.Add(d.ctx, "static", id)
	require.NoError(t, err)
	before := d.eng.LastChange()
	_, err = d.store.Erase(d.ctx, id)
	require.NoError(t, err)
	require.Equal(t, []string{"1 leave rich (erase)", "1 leave static (erase)"}, d.feed(before+1))
	require.Empty(t, d.members("static"))
	require.NoError(t, d.eng.Verify(d.ctx))
}
