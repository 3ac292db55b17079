package contact

import (
	"fmt"
	"slices"
)

// Cause says why something changed.
type Cause uint8

// The causes.
const (
	CauseData       Cause = iota // a contact's values
	CauseEvent                   // something a contact did
	CauseClock                   // time alone
	CauseDefinition              // a segment was defined, edited or deleted
	CauseImport                  // an import
	CauseManual                  // a person or program, by hand
	CauseTrigger                 // a campaign, form or point action
	CauseMerge                   // two contacts became one
	CauseDelete                  // the contact was deleted
	CauseErase                   // the contact was erased
	CauseSegment                 // another segment that the filter names
	CauseRepair                  // a difference found when a store was opened
)

var causeNames = [...]string{"data", "event", "clock", "definition", "import", "manual",
	"trigger", "merge", "delete", "erase", "segment", "repair"}

// String returns the cause as the feed spells it.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// MarshalText returns the cause as the feed spells it.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a cause as the feed spells it; any other word is an error.
func (c *Cause) UnmarshalText(text []byte) error {
	i := slices.Index(causeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("contact: there is no cause %q", text)
	}
	*c = Cause(i)
	return nil
}
