package filtertest

import (
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// Event is something that a contact did, as plain Go values: those of the attributes
// are as in a [Contact]. What of its time is finer than a millisecond does not count.
type Event struct {
	Type  string
	At    time.Time
	Attrs Contact
}

// History is what one contact did, in any order, also in the future. Types has the
// attributes of the events of each type.
type History struct {
	Types  map[string]*contact.Schema
	Events []Event
}

// MatchDid is [MatchOf] for a contact that has done something. An event counts from its
// own time on: at the time of the setting there are only those up to it.
func MatchDid(s Setting, schema *contact.Schema, c Contact, b Belongs, h History, f filter.Filter, members func(ref string) bool) bool {
	o := oracle{setting: s, schema: schema, contact: c, belongs: b, history: h, members: members}
	o.clock, o.shared = clock{o.zoneOf(f)}, clock{o.sharedZone(f)}
	return o.filter(f)
}

// behaviour answers the positive form of a term on behaviour.
func (o *oracle) behaviour(b filter.Behaviour) bool {
	n, exactly := b.Quantity()
	enough := func(have int) bool { return have == n || !exactly && have > n }
	switch all := o.lying(b.Events().Period(), o.done(b.Events())); b.Kind() {
	case filter.DidTimes:
		return enough(len(all))
	case filter.DidOnDays:
		days := map[time.Time]bool{}
		for _, e := range all {
			days[o.clock.date(e.At)] = true
		}
		return enough(len(days))
	case filter.DidDifferent:
		values := map[any]bool{}
		for _, e := range all {
			if x, has := o.attribute(e, b.Attribute()); has {
				values[x] = true
			}
		}
		return enough(len(values))
	case filter.DidThen:
		return o.sequence(b, all)
	case filter.FirstTime, filter.LastTime:
		// The period is no part of the choice.
		return len(o.lying(b.Events().Period(), extreme(o.done(b.Events()), b.Kind() == filter.FirstTime))) > 0
	case filter.OfFirst, filter.OfLast:
		return o.ofOne(b, extreme(all, b.Kind() == filter.OfFirst))
	default:
		x, ok := o.aggregate(b, all)
		return ok && ordered(b.Condition(), func(v filter.Value) int { return o.compare(x, v) })
	}
}

// done returns the events up to now that are meant, whatever the period.
func (o *oracle) done(events filter.Events) (list []Event) {
	now := o.setting.Now.Truncate(time.Millisecond)
	for _, e := range o.history.Events {
		e.At = e.At.Truncate(time.Millisecond)
		if e.Type != events.Type() || e.At.After(now) {
			continue
		}
		if where := events.Filter(); where.IsZero() || o.inside(e).filter(where) {
			list = append(list, e)
		}
	}
	return list
}

// inside returns the oracle for conditions on the attributes of an event.
func (o *oracle) inside(e Event) *oracle {
	schema, ok := o.history.Types[e.Type]
	if !ok {
		panic(fmt.Sprintf("filtertest: no event type %q", e.Type))
	}
	return &oracle{setting: o.setting, clock: o.clock, shared: o.shared, schema: schema, contact: e.Attrs}
}

// lying returns the events that lie in a period.
func (o *oracle) lying(p filter.Period, events []Event) (list []Event) {
	for _, e := range events {
		if p.IsZero() || o.lies(p, e.At) {
			list = append(list, e)
		}
	}
	return list
}

// lies reports whether an instant lies in a period.
func (o *oracle) lies(p filter.Period, at time.Time) bool {
	var values []filter.Value
	for v := range p.Values() {
		values = append(values, v)
	}
	if p.Op() == filter.Within {
		return o.within(at, values[0])
	}
	switch from := o.position(at, values[0]); p.Op() {
	case filter.GreaterEqual: // since
		return from >= 0
	case filter.Greater: // after
		return from > 0
	case filter.Less: // before
		return from < 0
	case filter.LessEqual: // until
		return from <= 0
	case filter.Equal: // on
		return from == 0
	case filter.Between: // from … to …
		return from >= 0 && o.position(at, values[1]) <= 0
	}
	panic(fmt.Sprintf("filtertest: %q is no period", p.Op()))
}

// attribute returns what an event has in an attribute, values that are equal as one;
// false if it has nothing: none, or an empty text.
func (o *oracle) attribute(e Event, name string) (any, bool) {
	field, x, has, ok := in(o.inside(e).schema, e.Attrs, name)
	if !ok {
		panic(fmt.Sprintf("filtertest: no attribute %q", name))
	}
	if text, is := x.(string); is {
		if has = has && text != ""; !field.Exact() {
			x = Fold(text)
		}
	}
	return x, has
}

// extreme returns the first or the last of some events: all that share that time.
func extreme(events []Event, first bool) (list []Event) {
	for _, e := range events {
		beyond := func(other Event) bool { return first && other.At.Before(e.At) || !first && other.At.After(e.At) }
		chosen := true
		for _, other := range events {
			chosen = chosen && !beyond(other)
		}
		if chosen {
			list = append(list, e)
		}
	}
	return list
}

// ofOne answers a condition on an attribute of events of which one suffices. Of no event
// the attribute is missing.
func (o *oracle) ofOne(b filter.Behaviour, events []Event) bool {
	if len(events) == 0 {
		events = []Event{{Type: b.Events().Type()}}
	}
	for _, e := range events {
		if o.inside(e).condition(b.Condition()) {
			return true
		}
	}
	return false
}

// aggregate returns the number that is made of an attribute, false if it is missing. Sums
// are exact, each number being the shortest decimal that stands for it, and rounded once.
func (o *oracle) aggregate(b filter.Behaviour, events []Event) (float64, bool) {
	sum, n := new(big.Rat), int64(0)
	smallest, largest := 0.0, 0.0
	for _, e := range events {
		x, has := o.attribute(e, b.Attribute())
		if !has {
			continue
		}
		n++
		if b.Kind() == filter.CountOf {
			continue
		}
		number := x.(float64)
		written, _ := new(big.Rat).SetString(strconv.FormatFloat(number, 'g', -1, 64))
		sum.Add(sum, written)
		if n == 1 {
			smallest, largest = number, number
		}
		smallest, largest = min(smallest, number), max(largest, number)
	}
	switch b.Kind() {
	case filter.CountOf:
		return float64(n), true
	case filter.SumOf:
		x, _ := sum.Float64()
		return x, true
	}
	if n == 0 {
		return 0, false
	}
	switch b.Kind() {
	case filter.AverageOf:
		x, _ := sum.Quo(sum, new(big.Rat).SetInt64(n)).Float64()
		return x, true
	case filter.MinOf:
		return smallest, true
	case filter.MaxOf:
		return largest, true
	}
	panic(fmt.Sprintf("filtertest: unknown kind %d of behaviour", b.Kind()))
}

// sequence reports whether one of the first steps is followed by a second one.
func (o *oracle) sequence(b filter.Behaviour, firsts []Event) bool {
	then, _ := b.Then()
	without, some := b.Between()
	var between []Event
	if some {
		between = o.done(without)
	}
	for _, a := range firsts {
		for _, z := range o.done(then) {
			if !a.At.Before(z.At) || !o.follows(a.At, z.At, b.Gap()) {
				continue
			}
			free := true
			for _, e := range between {
				free = free && !(a.At.Before(e.At) && e.At.Before(z.At))
			}
			if free {
				return true
			}
		}
	}
	return false
}

// follows reports whether an instant comes within a gap after another one: in the window
// of as many units that begins there.
func (o *oracle) follows(after, at time.Time, gap string) bool {
	if gap == "" {
		return true
	}
	there := *o
	there.setting.Now = after
	return there.within(at, filter.Window("the next "+gap))
}
