package segment

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/rosterdb/roster/contact"
)

// meaningOfFilters is raised whenever a filter that is stored may come to match
// other contacts than before, by a change of the engine. Members that were stored
// under another number are computed anew when a store is opened.
const meaningOfFilters = 1

// meaning says what the members of segments depend on beside the contacts and
// the definitions: the calendar is that of the schema, zones are those that the
// definitions name.
func meaning(schema *contact.Schema, zones []string) string {
	b := fmt.Sprintf("%d, unicode %s, norm %s", meaningOfFilters, unicode.Version, norm.Version)
	if mark := schema.Calendar().Mark(); mark != "" {
		b += ", calendar " + mark
	}
	for _, zone := range zones {
		b += meaningOfZone(zone)
	}
	return b
}

// stillMeant reports whether members that were right by a stored meaning are so now, for
// definitions that name some zones. The stored one may know of more.
func stillMeant(stored string, schema *contact.Schema, zones []string) bool {
	known, rest, _ := strings.Cut(stored, zoneMark)
	if known != meaning(schema, nil) {
		return false
	}
	var seen []string
	for part := range strings.SplitSeq(rest, zoneMark) {
		name, _, _ := strings.Cut(part, "=")
		if part == "" {
			continue
		}
		if meaningOfZone(name) != zoneMark+part {
			return false
		}
		seen = append(seen, name)
	}
	return !slices.ContainsFunc(zones, func(zone string) bool { return !slices.Contains(seen, zone) })
}

const zoneMark = ", zone "

// anyZone stands for the zones of contacts, of which there may be any.
const anyZone = "of contacts"

// zones returns the time zones that the definitions name, ascending, each once.
func (r *root) zones() []string {
	var list []string
	for roll := range r.all() {
		list = roll.def.appendZones(list)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (d *defined) appendZones(list []string) []string {
	z := d.Filter.Zone()
	if z.Name != "" {
		list = append(list, z.Name)
	}
	if z.Field != "" {
		list = append(list, anyZone)
	}
	return list
}

// noteZone adds the zones of a definition to what the members depend on.
func (p *preparation) noteZone(d *defined) {
	now := p.root.meaning
	for _, zone := range d.appendZones(nil) {
		if part := meaningOfZone(zone); !strings.Contains(now+zoneMark, part+zoneMark) {
			now += part
		}
	}
	if now != p.root.meaning {
		p.setProof(proof{meaning: now, astray: p.root.astray, repair: p.engine.work.repair})
	}
}

// meaningOfZone tells the rules of a zone apart from others: Go does not say which version
// of the time zone database it has, but what the clocks of a zone show from 1900 to 2100.
func meaningOfZone(name string) string {
	zones := []string{name}
	if name == anyZone {
		zones = oftenChanged
	}
	h := fnv.New64a()
	for _, zone := range zones {
		io.WriteString(h, contact.Calendar{Zone: zone}.Mark())
	}
	return fmt.Sprintf("%s%s=%x", zoneMark, name, h.Sum64())
}

// oftenChanged are zones of all continents of which most have had new rules of late: another
// version of the database hardly ever leaves all of them as they are.
var oftenChanged = []string{
	"Africa/Cairo", "Africa/Casablanca", "Africa/Juba", "Africa/Khartoum", "Africa/Tripoli", "America/Asuncion", "America/Caracas",
	"America/Mexico_City", "America/New_York", "America/Nuuk", "America/Santiago", "America/Sao_Paulo", "Antarctica/Casey", "Asia/Almaty",
	"Asia/Amman", "Asia/Damascus", "Asia/Gaza", "Asia/Manila", "Asia/Pyongyang", "Asia/Tehran", "Australia/Sydney", "Europe/Berlin",
	"Europe/Chisinau", "Europe/Istanbul", "Europe/Kyiv", "Europe/Volgograd", "Pacific/Apia", "Pacific/Fiji", "Pacific/Norfolk", "Pacific/Tongatapu",
}
