package segment

import (
	"fmt"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/rosterdb/roster/contact"
)

// meaningOfFilters is raised whenever a filter that is stored may come to match
// other contacts than before, by a change of the engine. Members that were stored
// under another number are computed anew when a store is opened.
const meaningOfFilters = 1

// meaning says what the members of a segment depend on beside the contacts and
// the definitions; the calendar is that of the schema.
func meaning(schema *contact.Schema) string {
	m := fmt.Sprintf("%d, unicode %s, norm %s", meaningOfFilters, unicode.Version, norm.Version)
	if mark := schema.Calendar().Mark(); mark != "" {
		m += ", " + mark
	}
	return m
}
