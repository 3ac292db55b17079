package column

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact/internal/version"
	_ "github.com/rosterdb/roster/internal/testflags"
)

// Texts are numbered as written and found as folded; a version knows what was there.
func TestDictionary(t *testing.T) {
	var e version.Epochs
	d := NewDictionary(strings.ToLower)
	require.Zero(t, d.Len())
	require.Zero(t, d.Code("a"))
	var old *Dictionary
	for i := range 3000 {
		d = d.Writable(&e)
		require.Equal(t, uint32(i+1), d.Add(&e, fmt.Sprint("Text ", i)))
		require.Equal(t, uint32(i+1), d.Add(&e, fmt.Sprint("Text ", i)))
		if i == 1500 {
			old = d
			e.Share()
		}
	}
	d.Add(&e, "text 7")
	require.Equal(t, 3001, d.Len())
	require.Equal(t, 1501, old.Len())
	require.Equal(t, uint32(1501), old.Code("Text 1500"))
	require.Zero(t, old.Code("Text 1501"))
	var codes []uint32
	d.Find("text 7", func(code uint32) bool {
		codes = append(codes, code)
		return true
	})
	require.ElementsMatch(t, []uint32{8, 3001}, codes)
	written, folded := d.Both(8)
	require.Equal(t, [2]string{"Text 7", "text 7"}, [2]string{written, folded})
	require.Positive(t, d.Bytes())
}
