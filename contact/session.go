package contact

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// SessionsPart describes a type of event whose events the store makes, see [Sessions].
type SessionsPart struct {
	name, label string
	rule        sessionRule
	short       bool // the gap is less than a millisecond
}

func (SessionsPart) isPart() {}

// Label gives the type a label for people. It returns a changed copy.
func (p SessionsPart) Label(label string) SessionsPart {
	p.label = label
	return p
}

// The attributes of a session.
const (
	sessionEvents = iota
	sessionDuration
)

var sessionAttributes = []Part{
	Number("events").Label("Events"),
	Number("duration").Label("Duration in seconds"),
}

// Sessions returns the part of a schema that declares a type of event whose events the
// store makes by itself: one for each session of a contact. A session is a run, as long as
// can be, of the contact's events of the given types, each at most the gap later than the
// one before. Its event has the time of the first of them and two attributes of numbers:
// events, how many they are, and duration, the seconds from the first to the last.
//
//	contact.Sessions("session", 30*time.Minute, "page.hit", "email.click")
//
// Sessions are at every commit what the events say, in whatever order these come or go: an
// event between two sessions joins them, and one that is deleted may part them. Events of
// the future are among them: a session counts from its first event on, and is as long as it
// is known to be. They are read, told, logged and asked for like
// all events. To record or to delete one is refused with [ErrSessions].
//
// The types may be declared by other parts before or behind it, or be in the store. Given
// again, the gap and the types are the new ones; a schema given to [Open] can't change them,
// [SchemaEdit.Add] can. The commit that declares sessions makes
// those of all events there are, which costs about a microsecond for each session; later
// each event that is recorded or deleted costs about twice what it does without, and 24 bytes
// until the commit. What is
// finer than a millisecond of the gap is cut.
func Sessions(name string, gap time.Duration, types ...string) SessionsPart {
	return SessionsPart{name: name, rule: sessionRule{gap: gap.Milliseconds(), types: slices.Clone(types)}, short: gap < time.Millisecond}
}

// ErrSessions is the reason of an [*EventError] about a type of event that was declared by
// [Sessions].
var ErrSessions = errors.New("the store makes these events by itself; record or delete those that they are made of")

// A sessionRule says what the sessions of a type are. It is never changed.
type sessionRule struct {
	gap    int64 // milliseconds
	types  []string
	places []int // of the types in the schema, ascending
}

// Sessions returns what [Sessions] was given, and false if the type is an ordinary one.
// The list is the caller's.
func (h EventHandle) Sessions() (gap time.Duration, types []string, ok bool) {
	if h.def.sessions == nil {
		return 0, nil, false
	}
	return time.Duration(h.def.sessions.gap) * time.Millisecond, slices.Clone(h.def.sessions.types), true
}

// same reports whether two rules, each nil for none, make the same sessions.
func (r *sessionRule) same(other *sessionRule) bool {
	if r == nil || other == nil {
		return r == other
	}
	return r.gap == other.gap && slices.Equal(r.places, other.places)
}

// declareSessions adds a type of sessions to a schema that is being made, or gives one
// another rule.
func (s *Schema) declareSessions(p SessionsPart, limits Limits, wrong *SchemaError) {
	add := func(format string, args ...any) {
		wrong.add(fmt.Sprintf("sessions %q: ", p.name)+fmt.Sprintf(format, args...), nil)
	}
	i, known := s.eventByName[p.name]
	switch {
	case s.company || s.event != "":
		add("they stand inside something else, and are a part of the schema")
	case p.name == "" || !utf8.ValidString(p.name):
		add("the name has to be valid UTF-8 that is not empty")
	case p.short:
		add("the gap has to be a millisecond or more")
	case len(p.rule.types) == 0:
		add("name the types of event that they are made of")
	case known && s.events[i].sessions == nil:
		add("an event type of that name is declared already")
	case known:
		d := *s.events[i]
		d.label, d.sessions = cmp.Or(p.label, d.label), &p.rule
		s.events[i] = &d
	case s.hidesEvent(p.name):
		add("the name is in the store and hidden; declare it in the schema given to Open")
	default:
		attrs := (&Schema{event: p.name, byName: map[string]int{}}).withAttributes(EventType(p.name, sessionAttributes...), limits, wrong)
		s.placeEvent(eventDef{name: p.name, label: p.label, attrs: attrs, sessions: &p.rule, lineage: new(byte)})
	}
}

// findSessions finds, in a schema that is being made, the types that sessions are made of.
func (s *Schema) findSessions(wrong *SchemaError) {
	s.sessions, s.sources = nil, nil
	for i, d := range s.events {
		if d.sessions == nil {
			continue
		}
		rule := *d.sessions
		rule.places = nil
		for _, name := range rule.types {
			at := slices.IndexFunc(s.events, func(d *eventDef) bool { return d.name == name })
			switch {
			case at < 0 || s.events[at].hidden && !d.hidden:
				err := s.UnknownEvent(name)
				wrong.add(fmt.Sprintf("sessions %q: %s", d.name, strings.TrimPrefix(err.Error(), "contact: ")), err)
			case s.events[at].sessions != nil:
				wrong.add(fmt.Sprintf("sessions %q: %q are sessions themselves", d.name, name), nil)
			case slices.Contains(rule.places, at):
				wrong.add(fmt.Sprintf("sessions %q: the event type %q is named twice", d.name, name), nil)
			default:
				rule.places = append(rule.places, at)
			}
		}
		slices.Sort(rule.places)
		found := *d
		found.sessions = &rule
		for _, at := range rule.places {
			if f := s.events[at].forgot; f != nil && (found.forgot == nil || found.forgot.Before < f.Before) {
				found.forgot = f
			}
		}
		s.events[i] = &found
		s.sessions = append(s.sessions, i)
		for _, at := range rule.places {
			for len(s.sources) <= at {
				s.sources = append(s.sources, false)
			}
			s.sources[at] = true
		}
	}
}

// takeSessions takes over what a given definition of the same type says, and refuses one that
// says something else: what reads the sessions, such as segments, is not there yet to be told
// of others.
func (d *eventDef) takeSessions(given *eventDef, wrong *SchemaError) {
	switch stored, now := d.sessions, given.sessions; {
	case (stored == nil) != (now == nil):
		of := func(r *sessionRule) string { return word(r != nil, "one of sessions") }
		wrong.add(fmt.Sprintf("event type %q is %s in the store and %s in the schema given: that never changes", d.name, of(stored), of(now)), nil)
	case stored != nil && (stored.gap != now.gap || !slices.Equal(slices.Sorted(slices.Values(stored.types)), slices.Sorted(slices.Values(now.types)))):
		wrong.add(fmt.Sprintf("sessions %q are %v in the store and %v in the schema given: SchemaEdit.Add changes that, in a transaction", d.name, stored, now), nil)
	}
	d.sessions = given.sessions
}

// String says what the sessions are.
func (r *sessionRule) String() string {
	return fmt.Sprintf("of %s with a gap of %v", strings.Join(r.types, ", "), time.Duration(r.gap)*time.Millisecond)
}

// byHand returns an error if the events of a type are made by the store.
func (d *eventDef) byHand() error {
	if d.sessions != nil {
		return &EventError{d.name, fmt.Errorf("%w: %s", ErrSessions, strings.Join(d.sessions.types, ", "))}
	}
	return nil
}

// findByHand is findEvent for what is done to events by a host.
func (s *Schema) findByHand(name string) (*eventDef, error) {
	d, err := s.findEvent(name)
	if err == nil {
		err = d.byHand()
	}
	return d, err
}

// storedSessions is a rule as the file keeps it.
type storedSessions struct {
	Gap   int64    `json:"gap"` // milliseconds
	Types []string `json:"types"`
}

func (r *sessionRule) stored() *storedSessions {
	if r == nil {
		return nil
	}
	return &storedSessions{r.gap, r.types}
}

func (r *storedSessions) rule() *sessionRule {
	if r == nil {
		return nil
	}
	return &sessionRule{gap: r.Gap, types: r.Types}
}
