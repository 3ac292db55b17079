package segment

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
)

// Members that were right by other rules of a zone in use are not right any more; zones
// that nobody names any more make no difference.
func TestStillMeant(t *testing.T) {
	schema := contact.MustSchema(contact.Calendar{Zone: "Asia/Tokyo", WeekStart: 7})
	now := meaning(schema, []string{"Asia/Tokyo", "Europe/Zurich", anyZone})
	require.Regexp(t, `^1, unicode \S+, norm \S+, calendar Asia/Tokyo, weeks from [^=]+, zone Asia/Tokyo=\w+, zone Europe/Zurich=\w+, zone of contacts=\w+$`, now)
	zurich := meaningOfZone("Europe/Zurich")
	changed := strings.Replace(now, zurich, zurich+"0", 1)
	for _, c := range []struct {
		stored string
		zones  []string
		want   bool
	}{
		{now, []string{"Asia/Tokyo", "Europe/Zurich", anyZone}, true},
		{now, []string{"Europe/Zurich"}, true},
		{now, nil, true},
		{now, []string{"America/New_York"}, false},
		{meaning(schema, nil), nil, true},
		{meaning(schema, nil), []string{"Europe/Zurich"}, false},
		{changed, []string{"Europe/Zurich"}, false},
		{"0" + now, nil, false},
		{"", nil, false},
		{zoneMark, nil, false},
		{meaning(contact.MustSchema(), nil), nil, false},
	} {
		require.Equal(t, c.want, stillMeant(c.stored, schema, c.zones), "%q for %q", c.stored, c.zones)
	}
	require.NotEqual(t, meaningOfZone("Asia/Tokyo"), strings.Replace(zurich, "Europe/Zurich", "Asia/Tokyo", 1))
	require.NotEqual(t, meaningOfZone("nowhere"), strings.Replace(meaningOfZone("UTC"), "UTC", "nowhere", 1))
}
