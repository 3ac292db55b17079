package segment_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// BenchmarkVerifySlice is one block of a dynamic segment.
func BenchmarkVerifySlice(b *testing.B) {
	ctx := context.Background()
	store, err := contacttest.NewStore(1, 2<<16)
	require.NoError(b, err)
	defer store.Close()
	eng, err := segment.New(store, nil)
	require.NoError(b, err)
	_, err = eng.Create(ctx, segment.Definition{Name: "s", Filter: filter.MustParse(`country in ("FR", "DE") and points >= 500 or last_name contains "mar" and tags has any ("tag7")`)})
	require.NoError(b, err)
	for b.Loop() {
		if _, err := eng.VerifySlice(ctx, segment.Slice{Segment: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
