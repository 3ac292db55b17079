package segment_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// killDir names the environment variable that makes the test binary the process
// that writes and is killed.
const killDir = "ROSTER_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		fmt.Fprintln(os.Stderr, "ended by itself:", killWrite(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// The rounds that go on in one directory before a new one is taken.
const killRounds = 5

// TestKill kills a process that writes from several goroutines, and opens what it
// leaves behind. Each piece of work is a transaction whose effect follows from its
// number alone, so that the store must be exactly as one in memory on which the same
// pieces were done: contacts, layers, definitions, the whole feed. All that was
// acknowledged must be there; what was on its way may be, whole, in order.
func TestKill(t *testing.T) {
	seed := testflags.Seed(t)
	var dir string
	told := 0
	for round := range testflags.Rounds(6) {
		if round%killRounds == 0 {
			dir, told = t.TempDir(), 0
		}
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		told = max(told, killOnce(t, dir, time.Duration(r.IntN(120_000))*time.Microsecond))
		store, eng := killOpen(t, dir)
		done := int(killDone(store))
		require.GreaterOrEqual(t, done, told, "the work acknowledged last")
		require.LessOrEqual(t, done, told+killWriters, "the work that can have been on its way")
		require.NoError(t, eng.Verify(context.Background()))
		killCompare(t, eng, done)
		require.NoError(t, store.Close())
	}
}

// killOnce runs the process that writes, kills it some time after its first commit,
// and returns the last work it acknowledged.
func killOnce(t *testing.T, dir string, after time.Duration) (told int) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for first := true; lines.Scan(); first = false {
		if first {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		n, err := strconv.Atoi(lines.Text())
		require.NoError(t, err)
		told = max(told, n)
	}
	require.Error(t, cmd.Wait())
	require.Empty(t, complaint.String())
	require.Positive(t, told, "the process was killed before it did anything")
	return told
}

const killWriters = 4

// killWrite works in a directory until the process is killed.
func killWrite(dir string) error {
	store, eng, err := killStore(dir)
	if err != nil {
		return err
	}
	errs := make(chan error, killWriters+1)
	var mu sync.Mutex
	for range killWriters {
		go func() {
			for {
				n, err := killWork(store, eng)
				if err != nil {
					errs <- err
					return
				}
				mu.Lock()
				fmt.Println(n) // one write: it is out when the process dies
				mu.Unlock()
			}
		}()
	}
	go func() {
		for {
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			if err := store.Compact(context.Background()); err != nil {
				errs <- err
				return
			}
		}
	}()
	return <-errs
}

func killStore(dir string) (*contact.Store, *segment.Engine, error) {
	opts := &contact.Options{}
	contacttest.EagerCheckpoints(opts, 8<<10, 2<<10)
	store, err := contact.Open(dir, killSchema(), opts)
	if err != nil {
		return nil, nil, err
	}
	eng, err := segment.New(store, nil)
	return store, eng, err
}

func killOpen(t *testing.T, dir string) (*contact.Store, *segment.Engine) {
	store, eng, err := killStore(dir)
	require.NoError(t, err)
	return store, eng
}

func killSchema() *contact.Schema {
	return contact.MustSchema(contact.Text("email").Unique(), contact.Number("points"), contact.Tags("tags"), contact.Number("work"), contact.DateTime("seen"),
		contact.EventType("hit", contact.Text("url"), contact.Number("n")))
}

// killDone returns how many pieces of work are in the store.
func killDone(store *contact.Store) float64 {
	v := store.View()
	work, _ := v.Schema().Field("work")
	n, _ := v.NumberOf(1, work)
	return n
}

// killWork does the next piece of work and returns its number.
func killWork(store *contact.Store, eng *segment.Engine) (n int, err error) {
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		if !tx.Exists(1) {
			n = 1
			return killBegin(tx, eng)
		}
		last, err := tx.Value(1, "work")
		if err != nil {
			return err
		}
		n = int(last.Number()) + 1
		return killStep(tx, eng, n)
	})
	return n, err
}

// killBegin is the first piece of work. Contact 1 counts them.
func killBegin(tx *contact.Tx, eng *segment.Engine) error {
	if _, err := tx.Insert(contact.Values{"work": 1}); err != nil {
		return err
	}
	for _, d := range []segment.Definition{
		definition("good", "points >= 50"), definition("static", ""),
		definition("tagged", `tags has any ("a", "b") or points < 10`),
		definition("both", "in segment good and in segment tagged"), definition("seen", "seen = 2026-01-01"),
	} {
		if _, err := eng.In(tx).Create(d); err != nil {
			return err
		}
	}
	return nil
}

var killDay = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)

// killStep is every other piece of work: what it does depends on its number alone.
func killStep(tx *contact.Tx, eng *segment.Engine, n int) error {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	if err := tx.Set(1, contact.Values{"work": n}); err != nil {
		return err
	}
	words := []string{"a", "b", "c", fmt.Sprint("w", n%97)}
	for range 1 + r.IntN(4) {
		email := fmt.Sprintf("person%d@example.com", r.IntN(60))
		id, err := tx.Upsert(contact.Values{"email": email, "points": r.IntN(100), "tags": words[r.IntN(4)], "seen": killDay.Add(time.Duration(r.IntN(48)) * time.Hour)})
		if err != nil {
			return err
		}
		if err := killEvents(tx, r, id); err != nil {
			return err
		}
		switch r.IntN(12) {
		case 0:
			if err := tx.Delete(id); err != nil {
				return err
			}
		case 1, 2:
			if err := killHand(tx, eng, r, id); err != nil {
				return err
			}
		}
	}
	in := eng.In(tx)
	var err error
	switch n % 40 {
	case 7:
		_, err = in.Change("good", definition("good", fmt.Sprintf("points >= %d", 20+r.IntN(60))))
	case 17:
		_, err = in.Create(definition("passing", "points between 30 and 60"))
	case 27:
		_, err = in.Delete("passing")
	case 5, 33:
		err = tx.Schema().SetCalendar(contact.Calendar{Zone: modelZones[r.IntN(4)]})
	case 37:
		err = in.Rename("static", fmt.Sprint("static ", n))
	}
	return err
}

// killEvents records an event, now and then one that is there already, and deletes some.
func killEvents(tx *contact.Tx, r *rand.Rand, id contact.ID) error {
	ev := contact.Event{Type: "hit", At: killDay.Add(time.Duration(r.IntN(48)) * time.Hour), Attrs: contact.Values{"url": fmt.Sprint("/", r.IntN(9)), "n": r.IntN(1000)}}
	switch r.IntN(20) {
	case 0:
		return tx.DeleteEvents(id)
	case 1:
		return tx.ForgetEvents(killDay.Add(time.Duration(r.IntN(6)) * time.Hour))
	case 2, 3, 4:
		ev.Key = fmt.Sprint(r.IntN(50))
	}
	return tx.Record(id, ev)
}

func killHand(tx *contact.Tx, eng *segment.Engine, r *rand.Rand, id contact.ID) error {
	handles := [][]string{{"good"}, {"static"}, {"tagged", "static"}}
	h := segment.ByHand{Contacts: contact.SetOf(id, contact.ID(1+r.IntN(80)))}
	switch r.IntN(3) {
	case 0:
		h.Add = handles[r.IntN(3)]
	case 1:
		h.Remove = handles[r.IntN(3)]
	default:
		h.Reset = handles[r.IntN(3)]
	}
	_, err := eng.In(tx).Edit(h)
	return err
}

// killCompare does the same work in memory and compares everything.
func killCompare(t *testing.T, got *segment.Engine, done int) {
	store, err := contact.New(killSchema(), nil)
	require.NoError(t, err)
	want, err := segment.New(store, nil)
	require.NoError(t, err)
	for range done {
		_, err := killWork(store, want)
		require.NoError(t, err)
	}
	a, b := store.View(), got.Store().View()
	require.Equal(t, a.Number(), b.Number())
	require.Equal(t, a.Schema().Calendar(), b.Schema().Calendar())
	require.Equal(t, a.Live().IDs(), b.Live().IDs())
	for id := range a.Live().All() {
		x, _ := a.Get(id)
		y, _ := b.Get(id)
		require.Equal(t, x, y, "contact %d", id)
		require.Equal(t, killTold(t, a, id), killTold(t, b, id), "events of contact %d", id)
	}
	require.Equal(t, len(want.List()), len(got.List()))
	for _, s := range want.List() {
		x, err := want.At(a).Layers(s.Handle)
		require.NoError(t, err)
		y, err := got.At(b).Layers(s.Handle)
		require.NoError(t, err)
		for i, pair := range [][2]contact.Set{{x.Matched, y.Matched}, {x.Added, y.Added}, {x.Removed, y.Removed}} {
			require.True(t, pair[0].Equal(pair[1]), "layer %d of %s", i, s.Handle)
		}
		other, err := got.Get(s.Handle)
		require.NoError(t, err)
		require.Equal(t, s.Filter.String(), other.Filter.String())
		require.Equal(t, [3]any{s.ID, s.Version, s.Name}, [3]any{other.ID, other.Version, other.Name})
	}
	require.Equal(t, killFeed(t, want), killFeed(t, got))
}

// killTold returns the events of a contact.
func killTold(t *testing.T, v *contact.View, id contact.ID) (list []contact.Event) {
	events, err := v.Events(id, nil)
	require.NoError(t, err)
	for _, ev := range events {
		list = append(list, ev)
	}
	return list
}

// killFeed returns the whole feed but for the times.
func killFeed(t *testing.T, eng *segment.Engine) (list []segment.Change) {
	for c, err := range eng.Changes(1) {
		require.NoError(t, err)
		c.Time = time.Time{}
		list = append(list, c)
	}
	require.Equal(t, eng.LastChange(), uint64(len(list)))
	return list
}
