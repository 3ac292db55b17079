package contact_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// TestManyStores has a thousand small stores on disk open at once.
func TestManyStores(t *testing.T) {
	const n = 1000
	dir := memoryDir(t)
	path := func(i int) string { return filepath.Join(dir, fmt.Sprint(i)) }
	begin := time.Now()
	for i := range n { // made before, as they mostly are
		store, err := contact.Open(path(i), diskSchema(), nil)
		require.NoError(t, err)
		require.NoError(t, store.Close())
	}
	made := time.Since(begin)
	stores := make([]*contact.Store, n)
	before := heap()
	begin = time.Now()
	for i := range stores {
		var err error
		stores[i], err = contact.Open(path(i), nil, nil)
		require.NoError(t, err)
	}
	opened := time.Since(begin)
	empty := (int64(heap()) - int64(before)) / n
	begin = time.Now()
	for i, store := range stores {
		insert(t, store, contact.Values{"email": fmt.Sprint(i), "tags": []string{"a"}})
	}
	written := time.Since(begin)
	one := (int64(heap()) - int64(before)) / n // less than 0 if others have let go of more meanwhile
	begin = time.Now()
	for i, store := range stores {
		require.Equal(t, fmt.Sprint(i), value(t, store.View(), 1, "email"))
		require.NoError(t, store.Close())
	}
	t.Logf("%d stores: made in %v, opened in %v, written to in %v, closed in %v; each takes %d bytes of memory empty, %d with a contact",
		n, made, opened, written, time.Since(begin), empty, one)
	require.Less(t, one, int64(64<<10))
}
