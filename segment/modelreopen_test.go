package segment_test

import (
	"context"
	"os"
	"reflect"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/segment"
)

// newPlayer returns a player on a new store: in memory, in memory with a mirror that
// restores the segments from their records again and again, or on disk.
func newPlayer(kind string) *player {
	p := &player{veto: &vetoer{}, roster: map[segment.ID]ids{}, clock: newModelClock()}
	var err error
	switch kind {
	case "disk":
		p.dir, err = os.MkdirTemp("", "roster")
		insist(err == nil, "%v", err)
		p.open(modelSchema())
	case "recorded":
		p.store, err = contact.New(modelSchema(), &contact.Options{Clock: p.clock})
		insist(err == nil, "new store: %v", err)
		p.eng, err = segment.NewRecorded(p.store, &segment.Options{KeepFeed: 50, NoBackground: true})
		insist(err == nil, "new engine: %v", err)
		p.mirror = segment.NewMirror(p.eng, 1)
	default:
		p.store, err = contact.New(modelSchema(), &contact.Options{Clock: p.clock})
		insist(err == nil, "new store: %v", err)
		p.eng, err = segment.New(p.store, &segment.Options{NoBackground: true})
		insist(err == nil, "new engine: %v", err)
	}
	p.w = newWorld(p.store.Schema())
	p.w.now = p.clock.Now()
	insist(p.eng.Advance(context.Background()) == nil, "Advance")
	insist(p.store.Attach("veto", p.veto, nil) == nil, "attach")
	p.listen(nil, func(c segment.Change) bool { return c.Cause != contact.CauseDefinition })
	p.listen(&segment.SubscribeOptions{Definitions: true, Segments: []string{"a", "b", "c"}}, func(c segment.Change) bool { return c.Segment <= "c" })
	return p
}

// open opens a store on disk.
func (p *player) open(schema *contact.Schema) {
	var err error
	opts := &contact.Options{Clock: p.clock, Sync: -1}
	if p.steps%3 == 0 {
		opts.Sync = time.Millisecond
	}
	contacttest.EagerCheckpoints(opts, 1+p.steps*100%3000, 1+p.steps*10%300)
	p.store, err = contact.Open(p.dir, schema, opts)
	insist(err == nil, "open: %v", err)
	p.eng, err = segment.New(p.store, &segment.Options{KeepFeed: 50, Recheck: p.steps%2 == 0, NoBackground: true})
	insist(err == nil, "open engine: %v", err)
}

func (p *player) close() {
	p.store.Close()
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}

func (p *player) listen(opts *segment.SubscribeOptions, wants func(segment.Change) bool) {
	l := &listener{wants: wants}
	if opts != nil {
		l.opts = *opts
	}
	l.sub = p.eng.Subscribe(opts, l.hear)
	p.subs = append(p.subs, l)
}

// reopen closes a store on disk and opens it again: nothing may be different but what
// fell due meanwhile. Those who listen go on where they were.
func (p *player) reopen(compact bool, turn time.Duration) {
	p.compareHeard()
	number := p.number()
	versions := p.versions()
	if compact {
		err := p.store.Compact(context.Background())
		insist(err == nil, "Compact: %v", err)
	}
	err := p.store.Close()
	insist(err == nil, "Close: %v", err)
	p.clock.Turn(turn)
	p.reached = p.store.View().Time()
	p.w.now = p.reached // no more is known than when the last commit was
	w, passed := p.passing(number)
	p.open(nil)
	insist(p.store.Attach("veto", p.veto, nil) == nil, "attach")
	p.w = w
	p.w.schema = p.store.Schema()
	for _, r := range p.w.segments { // fields of the store that was closed are not those of this one
		r.def.compile(p.w.schema)
	}
	p.compareFeed(passed)
	insist(p.number() == number+uint64(len(passed)), "opened at commit %d, want %d", p.number(), number+uint64(len(passed)))
	last := p.eng.LastChange()
	now := p.versions()
	insist(len(now) == len(versions), "%d segments, want %d", len(now), len(versions))
	for id, list := range versions {
		insist(sameSegments(now[id], list), "versions of segment %d are %+v, want %+v", id, now[id], list)
	}
	for _, l := range p.subs {
		opts := l.opts
		opts.From = l.from + 1
		l.sub = p.eng.Subscribe(&opts, l.hear)
	}
	p.compare()
	for from := uint64(0); from <= last+2; from += 1 + last/7 {
		p.compareFrom(from)
	}
	err = p.eng.Verify(context.Background())
	insist(err == nil, "Verify: %v", err)
}

// versions returns all definitions there ever were.
func (p *player) versions() [][]segment.Segment {
	list := [][]segment.Segment{nil}
	for id := segment.ID(1); ; id++ {
		versions := p.eng.Versions(id)
		if versions == nil {
			return list
		}
		list = append(list, versions)
	}
}

func sameSegments(a, b []segment.Segment) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if !x.Filter.Equal(y.Filter) {
			return false
		}
		if x.Filter = y.Filter; !reflect.DeepEqual(x, y) {
			return false
		}
	}
	return true
}

// compareFrom reads the feed from a number on.
func (p *player) compareFrom(from uint64) {
	next := max(1, from)
	for c, err := range p.eng.Changes(from) {
		insist(err == nil, "feed from %d: %v", from, err)
		insist(c.Number == next, "feed from %d: %v, want number %d", from, c, next)
		want := p.feed[next-1]
		insist(c.Time.Equal(want.Time), "feed from %d: %v was at %v, want %v", from, c, c.Time, want.Time)
		want.Time = c.Time
		insist(c == want, "feed from %d: %+v, want %+v", from, c, want)
		next++
	}
	insist(next == max(max(1, from), uint64(len(p.feed))+1), "feed from %d ends before %d", from, next)
}
