package segment

import (
	"fmt"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// meaningOfFilters is raised whenever a filter that is stored may come to match
// other contacts than before, by a change of the engine. Members that were stored
// under another number are computed anew when a store is opened.
const meaningOfFilters = 1

// meaning says what the members of a segment depend on beside the contacts and
// the definitions.
func meaning() string {
	return fmt.Sprintf("%d, unicode %s, norm %s", meaningOfFilters, unicode.Version, norm.Version)
}
