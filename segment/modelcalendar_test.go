package segment_test

import (
	"sync"
	"time"

	"github.com/rosterdb/roster/contact"
)

// modelZones are the zones that a history sets.
var modelZones = []string{"UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"}

// loadedZones are zones by name: the oracle remembers of each *time.Location when its clocks
// are turned, which takes long to find.
var loadedZones sync.Map

func modelZone(name string) *time.Location {
	if loc, ok := loadedZones.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := time.LoadLocation(name)
	insist(err == nil, "zone: %v", err)
	loadedZones.Store(name, loc)
	return loc
}

// setZone returns what happens to the segments when the contacts have changed and the
// calendar does: those whose filter depends on it move by definition.
func (w *world) setZone(zone string) func() []phase {
	return func() []phase {
		if zone == w.zone {
			return nil
		}
		dated := func(d *defn, _ contact.ID) bool { return d.dated }
		return []phase{w.observe("calendar", 0, contact.CauseDefinition, dated, func() {
			w.zone = zone
			for id, p := range w.people {
				q := *p
				q.memo = map[*defn]bool{}
				w.people[id] = &q
			}
		})}
	}
}

// calendar sets the calendar of both worlds.
func (p *player) calendar(t *contact.Tx, tx *pending, a action) error {
	if tx.new.zone = a.Name; a.Name == "UTC" {
		tx.new.zone = ""
	}
	err := t.Schema().SetCalendar(contact.Calendar{Zone: a.Name})
	tx.new.schema = t.Schema().Current()
	return err
}
