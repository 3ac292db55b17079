package segment_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/filter/filtertest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// A watch is a desk whose clock is turned by the test.
type watch struct {
	*desk
	clock *contacttest.Clock
}

// noon is when tests of the clock begin: a Wednesday.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// timeParts are the fields of a watch.
func timeParts() []contact.Part {
	return []contact.Part{contact.Text("email").Unique(), contact.DateTime("at"), contact.Date("on"), contact.Text("zone"), contact.Bool("yes"),
		contact.Companies(contact.Date("founded"), contact.DateTime("seen"))}
}

// newWatch returns an engine on an empty store in memory. The options may be nil.
func newWatch(t *testing.T, opts *segment.Options) *watch {
	t.Helper()
	return newWatchAt(t, noon, opts)
}

func newWatchAt(t *testing.T, now time.Time, opts *segment.Options) *watch {
	t.Helper()
	clock := contacttest.NewClock(now)
	store, err := contact.New(contact.MustSchema(timeParts()...), &contact.Options{Clock: clock})
	require.NoError(t, err)
	eng, err := segment.New(store, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return &watch{&desk{t, context.Background(), store, eng}, clock}
}

// turn turns the clock to a time and has the engine follow.
func (w *watch) turn(to time.Time) {
	w.Helper()
	w.clock.Set(to)
	w.advance()
}

func (w *watch) advance() {
	w.Helper()
	require.NoError(w, w.eng.Advance(w.ctx))
}

// timed returns the changes from a number on as lines with their times.
func (d *desk) timed(from uint64) []string {
	d.Helper()
	list := []string{}
	for c, err := range d.eng.Changes(from) {
		require.NoError(d, err)
		list = append(list, c.Time.UTC().Format("2006-01-02T15:04:05.000 ")+short(c))
	}
	return list
}

// relativeForms are conditions on a datetime and a date, one of each form.
var relativeForms = []string{
	"at = today", "at < now", "at >= -36 hours", "at in (now, tomorrow, -1 month)", "at between last month and in 3 hours", "at = this quarter",
	"at within the last 36 hours", "at within the next 90 minutes", "at within the last 1 month", "at within the next 1 month", "at within the last 1 year",
	"at within the next 2 weeks", "at is today", "at is in the next 2 months", "at = last day of february", "at > sunday next week", "not at is this month",
	"on = yesterday", "on <= -1 month", "on within the last 1 month", "on within the next 7 days", "on = monday this week", "on is tomorrow",
	"on is first day of next month", "on is in the last 1 year", "on is this year", "on = -3 years", "on > first day of march next year", "at within the last 3 months",
}

// Each form, in zones whose clocks are turned: a millisecond before a boundary nothing has
// happened, on it the contact has moved, at that time and by the clock.
func TestBoundaries(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"}
	for i, form := range relativeForms {
		t.Run(form, func(t *testing.T) {
			zone := zones[(i+rng.IntN(4))%4]
			loc, err := time.LoadLocation(zone)
			require.NoError(t, err)
			text := form + fmt.Sprintf(" in zone %q", zone)
			at := time.Date(2018+rng.IntN(8), time.Month(1+rng.IntN(12)), 1+rng.IntN(31), rng.IntN(24), rng.IntN(60), 0, rng.IntN(2)*1e6, loc)
			w := newWatchAt(t, at.AddDate(-1-rng.IntN(2), 0, rng.IntN(60)-30), &segment.Options{NoBackground: true})
			c := filtertest.Contact{"at": at.UTC(), "on": contact.DayIn(at)}
			id := w.insert(1, contact.Values(c))
			w.create("s", text)
			program, err := filter.Compile(filter.MustParse(text), w.store.Schema(), nil)
			require.NoError(t, err)
			holds := func(now time.Time) bool {
				return filtertest.MatchAt(filtertest.Setting{Now: now}, w.store.Schema(), c, program.Filter(), nil)
			}
			for range 6 {
				now := w.eng.Now()
				require.Equal(t, w.clock.Now().UnixMilli(), now.UnixMilli())
				in, err := w.eng.Contains("s", id)
				require.NoError(t, err)
				require.Equal(t, holds(now), in, "at %v", now)
				last := w.eng.LastChange()
				next, ok := program.Next(w.store.View(), id, now)
				if !ok {
					w.turn(now.AddDate(30, 0, 0))
					require.Empty(t, w.feed(last+1))
					return
				}
				w.turn(next.Add(-time.Millisecond))
				require.Empty(t, w.feed(last+1), "before %v", next)
				w.turn(next)
				kind := segment.Leave
				if !in {
					kind = segment.Enter
				}
				require.Equal(t, []string{next.Format("2006-01-02T15:04:05.000 ") + fmt.Sprintf("1 %v s (clock)", kind)}, w.timed(last+1))
				require.Equal(t, !in, holds(next))
				w.turn(next.Add(time.Duration(rng.IntN(3)) * time.Hour))
				require.NoError(t, w.eng.Verify(w.ctx))
			}
		})
	}
}

// A transaction is preceded by what fell due, and what it changes is asked about as of its
// own time.
func TestDueBeforeUpdate(t *testing.T) {
	w := newWatch(t, &segment.Options{NoBackground: true})
	w.create("recent", "at within the last 1 hour")
	w.create("both", "in segment recent and yes = true")
	one := w.insert(1, contact.Values{"at": noon, "yes": true})
	two := w.insert(1, contact.Values{"at": noon.Add(10 * time.Minute), "yes": true})
	w.clock.Set(noon.Add(61 * time.Minute))
	w.set(two, contact.Values{"at": noon.Add(time.Minute)}) // it leaves by that
	require.Equal(t, []string{
		"2026-11-25T12:00:00.000 1 enter recent (data)",
		"2026-11-25T12:00:00.000 1 enter both (data)",
		"2026-11-25T12:10:00.000 2 enter recent (clock)",
		"2026-11-25T12:10:00.000 2 enter both (segment)",
		"2026-11-25T13:00:00.000 1 leave recent (clock)",
		"2026-11-25T13:00:00.000 1 leave both (segment)",
		"2026-11-25T13:01:00.000 2 leave recent (data)",
		"2026-11-25T13:01:00.000 2 leave both (segment)",
	}, w.timed(1))
	x, err := w.eng.Explain(w.ctx, "recent", one, nil)
	require.NoError(t, err)
	require.Equal(t, contact.CauseClock, x.Since.Cause)
	require.True(t, x.Since.Time.Equal(noon.Add(time.Hour)))
	p, err := w.eng.Preview(w.ctx, filter.MustParse("at < -61 minutes or at = now"))
	require.NoError(t, err)
	require.Zero(t, p.Count())
	w.clock.Set(noon.Add(2 * time.Hour))
	require.Equal(t, noon.Add(61*time.Minute), w.eng.Now(), "nobody has advanced it")
	p, err = w.eng.Preview(w.ctx, filter.MustParse("at < -61 minutes"))
	require.NoError(t, err)
	require.Zero(t, p.Count(), "as of Now")
	w.advance()
	p, err = w.eng.Preview(w.ctx, filter.MustParse("at < -61 minutes"))
	require.NoError(t, err)
	require.Equal(t, 1+1, p.Count())
}

// eventually waits for something that a goroutine does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 20*time.Second, time.Millisecond, what)
}

// The engine wakes for the next instant only, by a timer that is there only if there is
// such an instant, and never after Close.
func TestBackground(t *testing.T) {
	w := newWatch(t, nil)
	require.Empty(t, w.clock.Timers())
	w.insert(1, contact.Values{"at": noon})
	w.create("fixed", "at > 2026-01-01")
	require.Empty(t, w.clock.Timers(), "nothing moves")
	w.create("recent", "at within the last 1 hour")
	require.Equal(t, []time.Time{noon.Add(time.Hour)}, w.clock.Timers())
	w.create("soon", "at < -30 minutes")
	require.Equal(t, []time.Time{noon.Add(30*time.Minute + time.Millisecond)}, w.clock.Timers())
	heard := make(chan segment.Change, 10)
	defer w.eng.OnChange(func(c segment.Change) { heard <- c })()
	w.clock.Turn(29 * time.Minute)
	require.Equal(t, noon.Add(29*time.Minute), w.eng.Now(), "it follows the clock while nothing is due")
	w.clock.Turn(2 * time.Minute)
	require.Equal(t, "1 enter soon (clock)", short(<-heard))
	eventually(t, "the next alarm", func() bool { return fmt.Sprint(w.clock.Timers()) == fmt.Sprint([]time.Time{noon.Add(time.Hour)}) })
	w.clock.Turn(time.Hour)
	require.Equal(t, "1 leave recent (clock)", short(<-heard))
	eventually(t, "no alarm", func() bool { return len(w.clock.Timers()) == 0 })

	w.set(1, contact.Values{"at": w.clock.Now()})
	eventually(t, "an alarm", func() bool { return len(w.clock.Timers()) == 1 }) // not before the last one is through
	_, err := w.eng.Delete(w.ctx, "soon")
	require.NoError(t, err)
	_, err = w.eng.Delete(w.ctx, "recent")
	require.NoError(t, err)
	require.Empty(t, w.clock.Timers(), "no definition asks for the time any more")
	w.create("recent", "at within the last 1 hour")
	require.Len(t, w.clock.Timers(), 1)
	number := w.store.View().Number()
	require.NoError(t, w.store.Close())
	require.Empty(t, w.clock.Timers())
	w.clock.Turn(100 * 24 * time.Hour)
	require.Equal(t, number, w.store.View().Number())
}

// Far in the future is no short time.
func TestFarAlarm(t *testing.T) {
	w := newWatch(t, nil)
	w.insert(1, contact.Values{"at": time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)})
	w.create("past", "at <= now")
	require.Len(t, w.clock.Timers(), 1)
	require.Greater(t, w.clock.Timers()[0].Year(), 2300)
	w.turn(time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC))
	require.Empty(t, w.members("past"))
	w.turn(time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC))
	require.Equal(t, []contact.ID{1}, w.members("past"))
}

// What goes wrong in the background is logged, ends nothing, and is tried again.
func TestBackgroundFailure(t *testing.T) {
	var log strings.Builder
	var w *watch
	done := make(chan string, 100)
	handler := slog.NewTextHandler(writer(func(b []byte) { done <- string(b) }), nil)
	w = newWatch(t, &segment.Options{Logger: slog.New(handler)})
	w.create("recent", "at within the last 1 hour")
	w.insert(1, contact.Values{"at": noon})
	veto := &vetoer{}
	require.NoError(t, w.store.Attach("veto", veto, nil))
	for i := range 40 {
		veto.set([]string{"veto", "crash"}[i%2])
		w.clock.Turn(time.Hour)
		eventually(t, "another attempt", func() bool {
			return fmt.Sprint(w.clock.Timers()) == fmt.Sprint([]time.Time{w.clock.Now().Add(min(time.Second<<min(i, 6), time.Minute))})
		})
		require.True(t, veto.wasAsked())
		line := <-done
		log.WriteString(line)
		require.Contains(t, line, "what fell due could not be committed")
		require.Contains(t, line, errVeto.Error())
		require.Equal(t, []contact.ID{1}, w.members("recent"), "attempt %d", i)
		require.Empty(t, done, "one attempt at a time")
	}
	veto.set("")
	w.clock.Turn(time.Hour)
	eventually(t, "success", func() bool { n, err := w.eng.Count("recent"); return err == nil && n == 0 })
	require.Equal(t, "2026-11-25T13:00:00.000 1 leave recent (clock)", w.timed(2)[0])
}

// A floor that ends the goroutine of the background, as a failing test does, ends nothing
// else: it is tried again.
func TestBackgroundExits(t *testing.T) {
	logged := make(chan string, 10)
	handler := slog.NewTextHandler(writer(func(b []byte) { logged <- string(b) }), nil)
	w := newWatch(t, &segment.Options{Logger: slog.New(handler)})
	w.create("recent", "at within the last 1 hour")
	w.insert(1, contact.Values{"at": noon})
	exited := false
	require.NoError(t, w.store.Attach("exit", &hooked{prepare: func(*contact.Commit) {
		if !exited {
			exited = true
			runtime.Goexit()
		}
	}}, nil))
	w.clock.Turn(time.Hour)
	eventually(t, "another attempt", func() bool {
		return fmt.Sprint(w.clock.Timers()) == fmt.Sprint([]time.Time{w.clock.Now().Add(time.Second)})
	})
	require.Contains(t, <-logged, "a floor exited the goroutine")
	require.Equal(t, []contact.ID{1}, w.members("recent"))
	w.clock.Turn(time.Second)
	eventually(t, "success", func() bool { n, err := w.eng.Count("recent"); return err == nil && n == 0 })
	require.Equal(t, []string{"2026-11-25T13:00:00.000 1 leave recent (clock)"}, w.timed(2))
}

// A store that is closed while the alarm rings sets no timer any more.
func TestBackgroundCloses(t *testing.T) {
	w := newWatch(t, nil)
	w.create("recent", "at within the last 1 hour")
	w.insert(1, contact.Values{"at": noon})
	closed := make(chan error)
	w.update(func(tx *contact.Tx) error {
		go func() { closed <- w.store.Close() }()
		time.Sleep(10 * time.Millisecond) // so that Close is the next to write, most times
		w.clock.Turn(time.Hour)
		time.Sleep(10 * time.Millisecond) // and then the alarm
		return nil
	})
	require.NoError(t, <-closed)
	require.Never(t, func() bool { return len(w.clock.Timers()) > 0 }, 20*time.Millisecond, time.Millisecond)
}

// As long as what is due is refused, everything answers as of the moment before it.
func TestDueRefused(t *testing.T) {
	for _, still := range []bool{true, false} {
		w := newWatch(t, &segment.Options{NoBackground: still, Logger: slog.New(slog.DiscardHandler)})
		w.create("recent", "at within the last 1 hour")
		w.insert(1, contact.Values{"at": noon})
		veto := &vetoer{end: "veto"}
		require.NoError(t, w.store.Attach("veto", veto, nil))
		w.clock.Set(noon.Add(2 * time.Hour))
		require.ErrorIs(t, w.eng.Advance(w.ctx), errVeto)
		require.True(t, w.eng.Now().Before(noon.Add(time.Hour)), "%v", w.eng.Now())
		require.Equal(t, []contact.ID{1}, w.members("recent"))
		p, err := w.eng.Preview(w.ctx, filter.MustParse("at within the last 1 hour"))
		require.NoError(t, err)
		require.Equal(t, 1, p.Count())
		require.NoError(t, w.eng.Verify(w.ctx))
		require.NoError(t, w.store.Close())
	}
}

// writer is a function to write with.
type writer func(b []byte)

func (w writer) Write(b []byte) (int, error) {
	w(b)
	return len(b), nil
}

// A clock that goes back changes nothing, and is told of; one that jumps ahead by years
// brings everything in its order.
func TestClockJumps(t *testing.T) {
	w := newWatch(t, &segment.Options{NoBackground: true})
	w.create("birthday", "on is today")
	w.create("old", "on < -18 years")
	w.insert(1, contact.Values{"on": contact.DayOf(2016, 2, 29)})
	w.turn(noon.AddDate(0, 0, 3))
	w.turn(noon)
	require.Equal(t, noon.AddDate(0, 0, 3), w.eng.Now())
	require.Equal(t, 72*time.Hour, w.store.Stats().ClockBehind)
	w.insert(1, contact.Values{"on": contact.DayOf(2000, 11, 28)})
	require.Equal(t, []string{"2026-11-28T12:00:00.000 2 enter birthday (data)", "2026-11-28T12:00:00.000 2 enter old (data)"}, w.timed(1))
	require.NoError(t, w.eng.Verify(w.ctx))
	last := w.eng.LastChange()
	w.turn(noon.AddDate(10, 0, 0))
	require.Zero(t, w.store.Stats().ClockBehind)
	var want []string
	for day := contact.DayOf(2026, 11, 29); day <= contact.DayOf(2036, 11, 25); day++ {
		year, month, dom := day.Date()
		leap := year%4 == 0
		note := func(what string) { want = append(want, day.String()+"T00:00:00.000 "+what) }
		switch {
		case month == 11 && dom == 29:
			note("2 leave birthday (clock)")
		case month == 11 && dom == 28:
			note("2 enter birthday (clock)")
		case month == 2 && (dom == 29 || dom == 28 && !leap):
			note("1 enter birthday (clock)")
		case month == 3 && dom == 1:
			note("1 leave birthday (clock)")
			if year == 2034 {
				note("1 enter old (clock)")
			}
		}
	}
	require.Equal(t, want, w.timed(last+1))
}

// Many contacts at the same instant are one commit and one record: a million of them with
// -roster.size=1M.
func TestManyAtOnce(t *testing.T) {
	n := 40_000
	if testflags.Wants("1M") {
		n = 1_000_000
	}
	w := newWatch(t, &segment.Options{NoBackground: true, KeepFeed: 10 * n})
	w.create("recent", "at within the last 1 hour")
	w.create("rest", "not in segment recent")
	w.insert(n, contact.Values{"at": noon})
	w.insert(n, contact.Values{"at": noon.Add(time.Second)})
	number, last := w.store.View().Number(), w.eng.LastChange()
	begin := time.Now()
	w.turn(noon.Add(2 * time.Hour))
	t.Logf("2 x %d contacts at three instants: %v", n, time.Since(begin))
	require.Equal(t, number+3, w.store.View().Number(), "the second half enters, and each leaves")
	byTime := map[string]int{}
	for c, err := range w.eng.Changes(last + 1) {
		require.NoError(t, err)
		require.True(t, c.Bulk)
		byTime[fmt.Sprint(c.Time.Sub(noon), " ", c.Kind, " ", c.Segment)]++
	}
	require.Equal(t, map[string]int{"1s enter recent": n, "1s leave rest": n, "1h0m0s leave recent": n, "1h0m0s enter rest": n, "1h0m1s leave recent": n, "1h0m1s enter rest": n}, byTime)
	require.NoError(t, w.eng.Verify(w.ctx))
}

// An Advance that its context ends has committed what it has, and the next one goes on.
func TestAdvanceEnds(t *testing.T) {
	w := newWatch(t, &segment.Options{NoBackground: true})
	w.create("past", "at <= now")
	for i := range 10 {
		w.insert(1, contact.Values{"at": noon.Add(time.Duration(1+i) * time.Minute)})
	}
	ctx, cancel := context.WithCancel(context.Background())
	stop := errors.New("enough")
	ctx2, cancel2 := context.WithCancelCause(ctx)
	defer cancel()
	floor := &counter{then: func(n int) {
		if n == 4 {
			cancel2(stop)
		}
	}}
	require.NoError(t, w.store.Attach("counter", floor, nil))
	w.clock.Turn(time.Hour)
	require.ErrorIs(t, w.eng.Advance(ctx2), stop)
	require.Len(t, w.members("past"), 4)
	require.Equal(t, noon.Add(4*time.Minute), w.eng.Now())
	require.NoError(t, w.eng.Verify(w.ctx))
	w.advance()
	require.Len(t, w.members("past"), 10)
	require.ErrorIs(t, w.eng.Advance(ctx2), stop)
}

// A counter is a floor that counts commits.
type counter struct {
	vetoer
	n    int
	then func(n int)
}

func (c *counter) Prepare(*contact.Commit) error {
	c.n++
	c.then(c.n)
	return nil
}
