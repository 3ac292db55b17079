package segment_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
)

// A modelClock is turned by the history; what the store does after a while it does after
// a real one.
type modelClock struct{ *contacttest.Clock }

func newModelClock() *modelClock {
	return &modelClock{contacttest.NewClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))}
}

func (*modelClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// turn turns the clock before a transaction, while the store is closed if it is to be
// opened again. It returns the world as it is, with that as it is to be in the place of
// the player's, and what the transaction will have moved before it begins: nothing if the
// engine has been advanced.
func (p *player) turn(s txStep) (still *world, passed []phase) {
	p.veto.set("")
	d := time.Duration(s.Turn) * time.Millisecond
	if s.Open != "" && p.dir != "" {
		p.reopen(s.Open == "compact", d)
		return p.w, nil
	}
	p.clock.Turn(d)
	still = p.w
	p.w, passed = p.passing(p.number())
	if s.Wait {
		return still, passed
	}
	err := p.eng.Advance(context.Background())
	insist(err == nil, "Advance: %v", err)
	p.compareFeed(passed)
	insist(p.eng.Now().Equal(p.w.now), "Now is %v, want %v", p.eng.Now(), p.w.now)
	p.compare()
	return p.w, nil
}

// passing returns the world at the time of the clock, and what moves up to then: a phase
// and a commit for each instant at which some filter says something else of somebody. The
// instants are those at which a contact's answer may change; what is answered then the
// oracle says. number is that of the last commit.
func (p *player) passing(number uint64) (*world, []phase) {
	w := p.w.clone()
	to := p.clock.Now()
	if to.Before(p.reached) { // it was set back, and time stands still
		to = p.reached
	}
	p.reached = to
	if !to.After(w.now) {
		return w, nil
	}
	var phases []phase
	due := p.instants(w, to)
	for _, at := range slices.SortedFunc(maps.Keys(due), time.Time.Compare) {
		before := w.clone()
		w.now = at
		direct := func(d *defn, id contact.ID) bool { return due[at][move{d.id, id}] }
		ph := w.observe(fmt.Sprint("at ", at), 0, contact.CauseClock, direct, func() {})
		for m, e := range ph.moves {
			if e.def.relative { // a limit may have come to the contact and made no difference
				e.reasons = append(e.reasons, reason{contact.CauseClock, 0})
			}
			for _, ref := range slices.Sorted(maps.Values(e.def.refs)) { // or one that could not turn the answer
				if ph.moves[move{ref, m.contact}] != nil {
					e.reasons = append(e.reasons, reason{contact.CauseSegment, ref})
					break
				}
			}
			insist(len(e.reasons) > 0, "%s: contact %d moves in %s for no reason", ph.name, m.contact, e.def.Handle)
		}
		for id, r := range w.segments {
			if !maps.Equal(before.segments[id].matched, r.matched) {
				number++
				ph.tx = number
				phases = append(phases, ph)
				break
			}
		}
	}
	w.now = to
	rest := w.observe("in between", 0, contact.CauseClock, nobody, func() {})
	insist(len(rest.moves) == 0, "between what is due something moves:\n%s", &rest)
	return w, phases
}

// instants returns the instants up to a time at which the answer of a filter about a
// contact may change, with these.
func (p *player) instants(w *world, to time.Time) map[time.Time]map[move]bool {
	due := map[time.Time]map[move]bool{}
	p.store.Peek(func(v *contact.View) {
		for id, r := range w.segments {
			if !r.def.relative {
				continue
			}
			program := r.def.program(w.schema)
			alike := map[string][]time.Time{}
			for who, person := range w.people {
				likeness := w.likeness(r.def, person)
				list, known := alike[likeness]
				if !known {
					for next, ok := program.Next(v, who, w.now); ok && !next.After(to); next, ok = program.Next(v, who, next) {
						list = append(list, next)
					}
					alike[likeness] = list
				}
				for _, next := range list {
					if due[next] == nil {
						due[next] = map[move]bool{}
					}
					due[next][move{id, who}] = true
				}
			}
		}
	})
	return due
}

// likeness tells apart what a definition says of contacts as time passes.
func (w *world) likeness(d *defn, p *person) string {
	key := ""
	for _, field := range []string{"day", "seen"} {
		if d.fields[field] {
			key += fmt.Sprint(p.values[field], "|")
		}
	}
	if d.Filter.Zone().Field != "" {
		key += fmt.Sprint(p.values["zone"], "|")
	}
	for _, company := range p.companies {
		key += fmt.Sprint(w.firms[company]["founded"], company == p.primary, "|")
	}
	return key + p.doings()
}

// told is what the oracle said of contacts at an instant: it takes its time for dates.
type told struct {
	at      time.Time
	answers map[string]bool
}

// alike asks a relative filter about a contact, or what it said of one that is alike.
func (w *world) alike(d *defn, p *person) bool {
	if w.told == nil || !w.told.at.Equal(w.now) {
		w.told = &told{w.now, map[string]bool{}}
	}
	key := fmt.Sprintf("%p %s %d", d, w.zone, p.primary)
	for _, field := range slices.Sorted(maps.Keys(d.fields)) {
		key += fmt.Sprint("|", p.values[field])
	}
	key += fmt.Sprint("|", p.values[d.Filter.Zone().Field]) + p.doings()
	for _, company := range p.companies {
		key += fmt.Sprint("|", company, w.firms[company])
	}
	in, known := w.told.answers[key]
	if !known {
		in = w.match(p, d.Filter, nil)
		w.told.answers[key] = in
	}
	return in
}

// compile finds out what a filter depends on beside contacts.
func (d *defn) compile(schema *contact.Schema) {
	if d.Filter.IsZero() {
		return
	}
	zone := d.Filter.Zone().Field
	d.relative = slices.ContainsFunc(slices.Collect(conditions(d.Filter)), filter.Condition.Relative)
	for range d.Filter.Behaviours() {
		d.relative = true
	}
	program := d.program(schema)
	d.dated = program.Dated()
	if slices.ContainsFunc(program.Fields(), func(f contact.Field) bool { return f.Name() == zone }) {
		d.fields[zone] = true
	}
}

// program compiles the filter with the calendar of a schema.
func (d *defn) program(schema *contact.Schema) *filter.Program {
	program, err := filter.Compile(d.Filter, schema.WithHidden(), &filter.CompileOptions{Segments: anySegment{}})
	insist(err == nil, "%v", err)
	return program
}

func conditions(f filter.Filter) func(yield func(filter.Condition) bool) {
	return func(yield func(filter.Condition) bool) {
		for _, c := range f.Conditions() {
			if !yield(c) {
				return
			}
		}
	}
}

// anySegment knows all segments and nobody in them.
type anySegment struct{}

func (anySegment) Check(string) error                            { return nil }
func (anySegment) Members(*contact.View, string) (s contact.Set) { return s }

// randomDay returns one of a few days, or none.
func randomDay(rng *rand.Rand) any {
	list := []any{nil, "2026-01-01", "2026-06-30", "2024-02-29", "2025-12-31", "1990-01-03", "2026-02-28", "2025-03-01"}
	return list[rng.IntN(len(list))]
}

// randomTime returns one of some instants of a few months, or none.
func randomTime(rng *rand.Rand) any {
	if rng.IntN(6) == 0 {
		return nil
	}
	day := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 10*rng.IntN(14))
	return day.Add([]time.Duration{0, time.Millisecond, 11 * time.Hour, 23*time.Hour + 30*time.Minute}[rng.IntN(4)]).Format(time.RFC3339Nano)
}

// relative returns a condition that is relative, on a contact or its companies.
func (g *wanderer) relative() string {
	if g.chance(3) {
		return g.oneOf("company.founded is in the next 2 days", "any company (founded = today)", "no company (founded within the last 1 month)", "company.founded < -3 months",
			"seen < now", "seen within the last 3 days", "not seen within the last 36 hours", "seen within the next 1 month", "seen between -1 week and today",
			"day is today", "day is in the last 7 days", "seen is this week", "day within the last 1 month", "seen within the last 1 month")
	}
	gen := filtertest.For(filtertest.FromRand(g.Rand), modelSchema())
	for {
		if c := gen.Condition(); c.Relative() {
			return filter.Must(c).String()
		}
	}
}

// turn returns how far to turn the clock: often close to where something happens.
func (g *wanderer) turn() int64 {
	const hour, day = 3_600_000, 24 * 3_600_000
	if now := g.p.clock.Now(); g.chance(2) {
		due := slices.SortedFunc(maps.Keys(g.p.instants(g.p.w, now.AddDate(0, 1, 0))), time.Time.Compare)
		if len(due) > 0 {
			return due[g.IntN(min(3, len(due)))].Sub(now).Milliseconds() + int64(g.IntN(3)) - 1
		}
	}
	list := []int64{1, 1000, hour, day, 3 * day, 31 * day, -1, -hour, -40 * day}
	if g.chance(8) {
		list = []int64{365 * day, 400 * day}
	}
	turn := list[g.IntN(len(list))]
	now := g.p.clock.Now()
	due := slices.SortedFunc(maps.Keys(g.p.instants(g.p.w, now.Add(time.Duration(turn)*time.Millisecond))), time.Time.Compare)
	if len(due) > mostInstants { // each costs the model a look at everybody
		return due[mostInstants].Sub(now).Milliseconds()
	}
	return turn
}

// mostInstants is how many instants a history lets come at once.
const mostInstants = 10
