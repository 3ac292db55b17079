package segment_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// The seams test plays what changes contacts other than by a plain write (defaults, kept
// fields, options that are removed, erasure, deleted companies, imports, another calendar)
// against what else moves segments: the clock, edits, vetoes and openings.

var seamZones = []string{"UTC", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "America/Sao_Paulo", "Atlantis/Nowhere", ""}

func seamSchema() *contact.Schema {
	return contact.MustSchema(
		contact.Text("email").Email().Unique(), contact.Text("name"), contact.Text("zone"),
		contact.Select("plan", "free", "pro", "team"), contact.MultiSelect("langs", "de", "fr", "en"), contact.Tags("tags"),
		contact.Number("points").Default(0), contact.Number("score"), contact.Bool("yes"),
		contact.DateTime("at"), contact.Date("on"), contact.TimeOfDay("open"),
		contact.DateTime("created").Kept(contact.WhenCreated), contact.DateTime("changed").Kept(contact.WhenChanged),
		contact.DateTime("active").Kept(contact.WhenActive), contact.DateTime("known").Kept(contact.WhenIdentified),
		contact.Companies(contact.Date("founded"), contact.DateTime("seen"), contact.Select("size", "small", "large"),
			contact.Number("staff").Default(1), contact.DateTime("changed").Kept(contact.WhenChanged)))
}

var seamAtoms = []string{
	`plan = "pro"`, `plan in ("free", "team")`, `plan is empty`, `langs has any ("de", "fr")`, `langs has all ("de", "en")`, `langs has none ("fr")`,
	`tags has any ("a", "b")`, `points = 0`, `points < 3`, `points >= 5`, `score = 3`, `score < 5`, `score is empty`, `score between 2 and 6`, `yes = true`,
	`name starts with "n"`, `name = "n1"`, `email is empty`, `email.domain = "x.com"`, `email.domain is empty`, `open < 09:00`, `open between 10:00 and 12:00`,
	`at = today`, `at < now`, `at within the last 36 hours`, `at within the next 90 minutes`, `at within the last 1 month`, `on is today`, `on is in the next 2 months`, `on = yesterday`,
	`on within the last 1 month`, `at = this week`, `at = 2026-11-25`, `created within the last 2 days`, `created = today`, `changed is empty`, `changed within the last 1 hour`, `changed < -3 days`,
	`active within the last 1 day`, `active is empty`, `known is empty`, `known = this week`,
	`company.founded is today`, `company.seen within the last 1 day`, `company.size = "small"`, `company.staff = 1`, `company.changed = today`, `company.founded is empty`,
	`any company (seen = today and size = "large")`, `any company (founded within the last 1 month)`, `any company (staff < 3)`, `any company (changed within the last 1 hour)`,
}

// seams is a desk with what the test needs to play.
type seams struct {
	*desk
	rng    *rand.Rand
	clock  *contacttest.Clock
	dir    string
	veto   *vetoer
	before *beforeFloor
	log    []string // of what was done, for when the test fails
	names  []string
	quiet  bool
}

func (s *seams) open(schema *contact.Schema) {
	opts := &contact.Options{Clock: s.clock, Sync: -1}
	contacttest.EagerCheckpoints(opts, 2000, 500)
	var err error
	if s.dir == "" {
		s.store, err = contact.New(schema, opts)
	} else {
		s.store, err = contact.Open(s.dir, schema, opts)
	}
	require.NoError(s, err)
	s.quiet = s.rng.IntN(2) == 0
	s.eng, err = segment.New(s.store, &segment.Options{NoBackground: s.quiet, Logger: slog.New(slog.DiscardHandler), Recheck: s.rng.IntN(4) == 0})
	require.NoError(s, err)
	s.before = &beforeFloor{s: s}
	require.NoError(s, s.store.Attach("before", s.before, nil))
	s.veto = &vetoer{}
	require.NoError(s, s.store.Attach("veto", s.veto, nil))
}

func (s *seams) note(format string, args ...any) { s.log = append(s.log, fmt.Sprintf(format, args...)) }

func (s *seams) filter() string {
	pick := func() string {
		if len(s.names) > 0 && s.rng.IntN(6) == 0 {
			return "in segment " + s.names[s.rng.IntN(len(s.names))]
		}
		return seamAtoms[s.rng.IntN(len(seamAtoms))]
	}
	text := pick()
	for s.rng.IntN(2) == 0 {
		text = "(" + text + []string{" and ", " or ", " and not ", " or not "}[s.rng.IntN(4)] + pick() + ")"
	}
	switch s.rng.IntN(8) {
	case 0:
		text += " in zone of zone"
	case 1:
		text += ` in zone of zone else "Asia/Tokyo"`
	case 2:
		text += ` in zone "Pacific/Apia"`
	}
	return text
}

func (s *seams) moment() time.Time {
	d := []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 30 * 24 * time.Hour}[s.rng.IntN(4)]
	return s.clock.Now().Add(time.Duration(s.rng.Int64N(int64(6*d))) - 3*d).Truncate(time.Millisecond)
}

func (s *seams) values(n int) contact.Values {
	r := s.rng
	v := contact.Values{}
	for range n {
		switch r.IntN(13) {
		case 0:
			v["email"] = fmt.Sprintf("u%d@%s", r.IntN(1e6), []string{"x.com", "Y.com"}[r.IntN(2)])
		case 1:
			v["name"] = []any{"n1", "n2", "other", nil}[r.IntN(4)]
		case 2:
			v["zone"] = seamZones[r.IntN(len(seamZones))]
		case 3:
			v["plan"] = []any{"free", "pro", "team", nil}[r.IntN(4)]
		case 4:
			v["langs"] = [][]string{{"de"}, {"fr", "de"}, {"en", "de"}, {}}[r.IntN(4)]
		case 5:
			v["tags"] = [][]string{{"a"}, {"A", "b"}, {"c"}, {}}[r.IntN(4)]
		case 6:
			v["points"] = []any{0, 2, 4, 7, nil}[r.IntN(5)]
		case 7:
			v["score"] = []any{2, 3, 5, 8, nil}[r.IntN(5)]
		case 8:
			v["yes"] = []any{true, false, nil}[r.IntN(3)]
		case 9, 10:
			v["at"] = s.moment()
		case 11:
			v["on"] = contact.DayIn(s.moment()) - contact.Day(365*r.IntN(3))
		case 12:
			v["open"] = contact.ClockTimeOf(8+r.IntN(6), r.IntN(60), 0)
		}
	}
	return v
}

func (s *seams) firm() contact.Values {
	v := contact.Values{}
	switch s.rng.IntN(4) {
	case 0:
		v["founded"] = contact.DayIn(s.moment())
	case 1:
		v["seen"] = s.moment()
	case 2:
		v["size"] = []any{"small", "large", nil}[s.rng.IntN(3)]
	case 3:
		v["staff"] = []any{1, 2, 5, nil}[s.rng.IntN(4)]
	}
	return v
}

// one does one thing; errors of the host are no matter.
func (s *seams) one(tx *contact.Tx) error {
	r := s.rng
	n := int(s.store.View().Len())
	id := contact.ID(1 + r.IntN(n+5))
	firm := contact.CompanyID(1 + r.IntN(8))
	var err error
	do := r.IntN(24)
	switch do {
	case 0, 1, 2:
		_, err = tx.Insert(s.values(r.IntN(6)))
	case 3, 4, 5, 6, 7:
		v := s.values(1 + r.IntN(3))
		s.note("set %d %v", id, v)
		err = tx.Set(id, v)
	case 8:
		err = tx.Delete(id)
	case 9:
		err = tx.Companies().SetPrimary(id, firm)
	case 10:
		err = tx.Seen(id, s.moment())
	case 11:
		_, err = tx.Companies().Insert(s.firm())
	case 12, 13:
		err = tx.Companies().Set(firm, s.firm())
	case 14, 15:
		err = tx.Companies().Associate(id, firm)
	case 16:
		if r.IntN(3) == 0 {
			err = tx.Companies().Delete(firm)
		} else {
			err = tx.Companies().Dissociate(id, firm)
		}
	case 17:
		if r.IntN(3) == 0 {
			e := tx.Schema()
			err = []func() error{
				func() error { return e.ReplaceOption("plan", "free", "pro") },
				func() error { return e.UnsetOption("langs", "de") },
				func() error { return e.ReplaceOption("langs", "fr", "en") },
				func() error { return e.RemoveOption("plan", "team") },
				func() error { return e.Companies().ReplaceOption("size", "small", "large") },
				func() error { return e.Companies().UnsetOption("size", "large") },
				func() error {
					return e.AddOptions("plan", contact.Option{Value: "free"}, contact.Option{Value: "pro"}, contact.Option{Value: "team"})
				},
				func() error { return e.AddOptions("langs", contact.Option{Value: "de"}, contact.Option{Value: "fr"}) },
				func() error {
					return e.Companies().AddOptions("size", contact.Option{Value: "small"}, contact.Option{Value: "large"})
				},
				func() error { return e.SetDefault("score", 3) },
				func() error { return e.SetDefault("points", 4) },
				func() error { return e.Companies().SetDefault("staff", 2) },
			}[r.IntN(12)]()
		}
	case 18:
		if r.IntN(2) == 0 {
			err = tx.Schema().SetCalendar(contact.Calendar{Zone: seamZones[r.IntN(5)], WeekStart: 1 + r.IntN(7)})
		}
	case 19:
		bulk := 600 + r.IntN(100)
		if r.IntN(4) > 0 || n > 4000 {
			break
		}
		for range bulk {
			if _, err = tx.Insert(s.values(3)); err != nil {
				break
			}
		}
	case 20:
		if r.IntN(4) > 0 {
			break
		}
		for i := 1; i <= n; i += 1 + r.IntN(3) {
			_ = tx.Set(contact.ID(i), s.values(1))
		}
	case 21:
		handle := fmt.Sprintf("s%d", 1+r.IntN(20))
		def := definition(handle, s.filter())
		if slices.Contains(s.names, handle) {
			_, err = s.eng.In(tx).Change(handle, def)
		} else {
			_, err = s.eng.In(tx).Create(def)
		}
		s.note("define %s %s: %v", handle, def.Filter, err)
	case 22:
		if len(s.names) == 0 {
			break
		}
		handle := s.names[r.IntN(len(s.names))]
		switch r.IntN(5) {
		case 4:
			_, err = s.eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(id, id+2), Reset: []string{handle}})
		case 0:
			_, err = s.eng.In(tx).Delete(handle)
		case 1:
			_, err = s.eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(id, id+1), Add: []string{handle}})
		case 2:
			_, err = s.eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(id), Remove: []string{handle}})
		case 3:
			if err = s.eng.In(tx).Use("form: f", handle); r.IntN(2) == 0 {
				err = s.eng.In(tx).Release("form: f", handle)
			}
		}
	case 23:
		_ = tx.Unset(id, "points", "plan", "at")
	}
	s.note("op %d %d/%d: %v", do, id, firm, err)
	return nil
}

// A beforeFloor is a floor that compares what a commit says of before with the version before.
type beforeFloor struct {
	vetoer
	s    *seams
	prev atomic.Pointer[contact.View]
}

func (f *beforeFloor) Prepare(c *contact.Commit) error {
	prev := f.prev.Load()
	if prev == nil {
		return nil
	}
	v := c.View()
	for _, t := range c.Contacts() {
		if t.Kind != contact.Updated {
			continue
		}
		changed := map[uint16]bool{}
		for i, index := range t.Fields {
			field := f.field(v, index)
			changed[index] = true
			was, now := prev.Of(t.ID, field), v.Of(t.ID, field)
			if was.Equal(now) {
				panic(fmt.Sprint("not changed: ", t.ID, field.Name()))
			}
			x, ok := c.OldNumber(&t, i)
			words := c.OldWords(&t, i)
			switch field.Kind() {
			case contact.KindText, contact.KindSelect, contact.KindMultiSelect, contact.KindTags:
				if want := prev.AppendWords(nil, t.ID, field); !slices.Equal(words, want) || ok {
					panic(fmt.Sprint("words: ", t.ID, field.Name(), words, want))
				}
			case contact.KindBool:
				yes, has := prev.BoolOf(t.ID, field)
				if has != ok || yes != (x == 1) {
					panic(fmt.Sprint("bool: ", t.ID, field.Name()))
				}
			default:
				y, has := prev.NumberOf(t.ID, field)
				if has != ok || x != y {
					panic(fmt.Sprint("number: ", t.ID, field.Name(), x, y))
				}
			}
		}
		for field := range v.Schema().Fields() {
			if !changed[uint16(field.Index())] && !prev.Of(t.ID, field).Equal(v.Of(t.ID, field)) {
				panic(fmt.Sprint("changed: ", t.ID, field.Name()))
			}
		}
	}
	return nil
}

func (f *beforeFloor) field(v *contact.View, index uint16) contact.Field {
	for field := range v.Schema().Fields() {
		if field.Index() == int(index) {
			return field
		}
	}
	panic("no field")
}

// same compares two versions of which nothing was to come.
func (s *seams) same(a, b *contact.View) {
	require.True(s, a.Live().Equal(b.Live()))
	for id := range a.Live().All() {
		for field := range a.Schema().Fields() {
			require.True(s, a.Of(id, field).Equal(b.Of(id, field)), "%d %s", id, field.Name())
		}
	}
	require.Equal(s, a.Schema().Calendar(), b.Schema().Calendar())
}

// transaction commits a few things, or has them refused.
func (s *seams) transaction() {
	if s.rng.IntN(15) == 0 {
		_, err := s.store.Erase(s.ctx, contact.ID(1+s.rng.IntN(s.store.View().Len()+2)))
		s.note("erase: %v", err)
	}
	end := s.rng.IntN(10)
	s.veto.set("")
	if end == 0 {
		s.veto.set("veto")
	}
	prev := s.store.View()
	s.before.prev.Store(prev)
	defer func() { s.before.prev.Store(nil) }()
	err := s.store.Update(s.ctx, func(tx *contact.Tx) error {
		if s.rng.IntN(6) == 0 {
			tx.SetCause(contact.CauseImport)
			if s.rng.IntN(2) == 0 {
				_ = tx.Set(contact.ID(1+s.rng.IntN(5)), contact.Values{"created": s.moment(), "changed": []any{nil, s.moment()}[s.rng.IntN(2)]})
			}
		}
		for range 1 + s.rng.IntN(5) {
			if err := s.one(tx); err != nil {
				return err
			}
		}
		if end == 1 {
			return errHost
		}
		return nil
	})
	s.note("commit: %v", err)
	if end > 1 {
		require.NoError(s, err)
	}
	if err != nil {
		s.same(prev, s.store.View())
	}
	s.veto.set("")
}

// check compares what is kept with what is computed anew, and with filters that are
// compiled anew.
func (s *seams) check() {
	require.NoError(s, s.eng.Verify(s.ctx))
	if !s.quiet {
		require.NoError(s, s.eng.Advance(s.ctx))
		require.NoError(s, s.eng.Verify(s.ctx))
	}
	s.names = s.names[:0]
	for _, seg := range s.eng.List() {
		s.names = append(s.names, seg.Handle)
		require.NoError(s, seg.Broken)
		p, err := s.eng.Preview(s.ctx, seg.Filter)
		if err != nil {
			continue
		}
		set, err := s.eng.Members(seg.Handle)
		require.NoError(s, err)
		for id := range set.AndNot(p.Members).Or(p.Members.AndNot(set)).All() {
			x, err := s.eng.Explain(s.ctx, seg.Handle, id, nil)
			require.NoError(s, err)
			require.True(s, x.Added || x.Removed, "%s: %d, %s", seg.Handle, id, seg.Filter)
		}
	}
}

// run plays so many steps, and at last the feed.
func (s *seams) run(steps int) {
	replay := map[segment.ID]map[contact.ID]bool{}
	for range steps {
		s.transaction()
		s.check()
		switch s.rng.IntN(8) {
		case 0:
			s.clock.Turn([]time.Duration{time.Millisecond, time.Hour, 25 * time.Hour, 40 * 24 * time.Hour, -time.Hour}[s.rng.IntN(5)])
			s.note("turn to %v", s.clock.Now())
			if s.rng.IntN(3) == 0 {
				if s.quiet {
					s.veto.set("veto")
				}
				err := s.eng.Advance(s.ctx)
				if err != nil && !errors.Is(err, errVeto) {
					require.NoError(s, err)
				}
				s.veto.set("")
				s.check()
			} else if s.rng.IntN(2) == 0 {
				require.NoError(s, s.eng.Advance(s.ctx))
				s.check()
			}
		case 1:
			if s.dir != "" && s.rng.IntN(3) == 0 {
				require.NoError(s, s.store.Close())
				s.clock.Turn(time.Duration(s.rng.IntN(100)) * time.Hour)
				s.open(nil)
				s.note("opened")
				s.check()
			}
		}
	}
	for c, err := range s.eng.Changes(1) {
		require.NoError(s, err)
		if replay[c.ID] == nil {
			replay[c.ID] = map[contact.ID]bool{}
		}
		require.NotEqual(s, c.Kind == segment.Enter, replay[c.ID][c.Contact], "%v", c)
		replay[c.ID][c.Contact] = c.Kind == segment.Enter
	}
}

// What is kept is what is computed anew, whatever moves contacts and whatever comes between.
func TestSeams(t *testing.T) {
	seed := testflags.Seed(t)
	for i := range testflags.Cases(3) {
		for _, disk := range []bool{false, true} {
			t.Run(fmt.Sprint(i, disk), func(t *testing.T) {
				s := &seams{desk: &desk{T: t, ctx: context.Background()}, rng: rand.New(rand.NewPCG(seed, uint64(i))), clock: contacttest.NewClock(noon)}
				if disk {
					s.dir = t.TempDir()
				}
				s.open(seamSchema())
				defer func() { _ = s.store.Close() }()
				defer func() {
					if t.Failed() {
						for _, line := range s.log[max(0, len(s.log)-30):] {
							t.Log(line)
						}
					}
				}()
				for k := range seamAtoms {
					if k%3 == i%3 {
						s.create(fmt.Sprintf("a%d", k), seamAtoms[k]+[]string{"", " in zone of zone"}[s.rng.IntN(2)])
					}
				}
				s.run(testflags.Steps(60))
			})
		}
	}
}
