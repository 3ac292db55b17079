package contact

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is erased is in no memory of a record, a short one's own included.
func TestEraseShortRecord(t *testing.T) {
	store, err := New(MustSchema(Text("name")), nil)
	require.NoError(t, err)
	defer store.Close()
	ctx := context.Background()
	require.NoError(t, store.Update(ctx, func(tx *Tx) error {
		_, err := tx.Insert(Values{"name": "secret"})
		return err
	}))
	has := func() bool {
		data := store.log.pages[0].data
		return bytes.Contains(data[:cap(data)], []byte("secret"))
	}
	require.True(t, has())
	_, err = store.Erase(ctx, 1)
	require.NoError(t, err)
	require.False(t, has())
}
