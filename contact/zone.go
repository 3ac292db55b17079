package contact

import (
	_ "embed"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact/internal/fold"
)

// An UnknownZoneError reports a time zone that this machine does not know.
type UnknownZoneError struct{ Zone string }

// Nearest returns the zone probably meant, "" if none is near. That is the name itself
// if there is such a zone, and this machine's time zone database lacks it.
func (e *UnknownZoneError) Nearest() string { return nearestZone(e.Zone) }

// Error names the zone and the one probably meant.
func (e *UnknownZoneError) Error() string { return "contact: " + e.Problem() }

// Problem is the error without the name of this package, for errors that enclose it.
func (e *UnknownZoneError) Problem() string {
	switch near := e.Nearest(); near {
	case "":
		return fmt.Sprintf("there is no time zone %q; names are like Europe/Zurich", shortened(e.Zone))
	case e.Zone:
		return fmt.Sprintf("the time zone %q is not in the time zone database of this machine; install the database, or import time/tzdata in the program", e.Zone)
	default:
		return fmt.Sprintf("there is no time zone %q, did you mean %q?", shortened(e.Zone), near)
	}
}

// shortened returns the beginning of a text that is too long for a message.
func shortened(s string) string {
	if len(s) <= longestZone {
		return s
	}
	return strings.ToValidUTF8(s[:longestZone], "") + "…"
}

// longestZone is longer than any name in the time zone database.
const longestZone = 64

// LoadZone returns the time zone of a name of the IANA time zone database, such as
// Europe/Zurich or UTC. The name Local and the empty one are none, though package
// time knows them: they mean something else on every machine. The error is an
// [*UnknownZoneError].
//
// It is safe for concurrent use. The first call for a name may read a file.
func LoadZone(name string) (*time.Location, error) {
	if name == utc {
		return time.UTC, nil
	}
	if zoneName(name) {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, &UnknownZoneError{name}
}

const utc = "UTC"

// zoneName reports whether a name can be one of the database.
func zoneName(name string) bool {
	if name == "" || len(name) > longestZone || name == "Local" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '/' || c == '_' || c == '-' || c == '+') {
			return false
		}
	}
	return true
}

// zoneList has the names of the time zone database that Go 1.26 comes with, one on a
// line. It only serves suggestions: what a zone means comes from the machine.
//
//go:embed zones.txt
var zoneList string

func zoneNames() iter.Seq[string] { return strings.SplitSeq(strings.TrimSpace(zoneList), "\n") }

// nearestZone returns the name probably meant, "" if none is near. A city alone is
// near the zone that is named after it.
func nearestZone(name string) string {
	wanted := fold.Text(strings.ReplaceAll(name, " ", "_"))
	for known := range zoneNames() {
		folded := fold.Text(known)
		if folded == wanted || strings.HasSuffix(folded, "/"+wanted) && wanted != "" {
			return known
		}
	}
	return Suggest(wanted, func(yield func(string) bool) {
		for known := range zoneNames() {
			if strings.Contains(known, "/") && !yield(known) {
				return
			}
		}
	})
}

// zoneMark returns a text that changes if the database comes to say something else of
// a zone in the years from 1900 to 2100.
func zoneMark(loc *time.Location) string {
	h := uint64(14695981039346656037) // FNV-1a
	add := func(x int64) {
		for range 8 {
			h = (h ^ uint64(x&0xff)) * 1099511628211
			x >>= 8
		}
	}
	at, end := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	for at.Before(end) {
		_, offset := at.In(loc).Zone()
		add(int64(offset))
		_, next := at.In(loc).ZoneBounds()
		if next.IsZero() {
			break
		}
		if !next.After(at) { // so on the last day of leap years (seen in Go 1.26): no zone changes there
			next = at.Add(24 * time.Hour)
		}
		add(next.Unix())
		at = next
	}
	return fmt.Sprintf("%016x", h)
}
