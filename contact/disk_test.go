package contact_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testdir"
)

// memoryDir returns a directory in memory if the system has one.
func memoryDir(tb testing.TB) string { return testdir.InMemory(tb) }

// diskSchema has a field of every kind.
func diskSchema() *contact.Schema {
	return contact.MustSchema(
		contact.Text("email").Unique(),
		contact.Text("name"),
		contact.Text("code").Exact(),
		contact.Number("points"),
		contact.Number("member").Unique(),
		contact.Bool("customer"),
		contact.Date("born"),
		contact.DateTime("seen"),
		contact.Select("plan", "free", "Team"),
		contact.MultiSelect("langs", "de", "fr", "en"),
		contact.Tags("tags"),
		contact.EventType("hit", contact.Text("url"), contact.Number("amount"), contact.Bool("x")),
		contact.EventType("login", contact.Text("how").Exact()),
	)
}

// openDir opens a store and closes it with the test.
func openDir(tb testing.TB, dir string, schema *contact.Schema, opts *contact.Options) *contact.Store {
	tb.Helper()
	store, err := contact.Open(dir, schema, opts)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = store.Close() })
	return store
}

func filePath(dir string) string { return filepath.Join(dir, contact.FileName) }

// imageOf returns the file of a store as a crash of its process would leave it.
func imageOf(tb testing.TB, store *contact.Store, dir string) (b []byte) {
	tb.Helper()
	var err error
	store.Frozen(func() { b, err = os.ReadFile(filePath(dir)) })
	require.NoError(tb, err)
	return b
}

// dirOf returns a directory with a store's file in it.
func dirOf(tb testing.TB, image []byte) string {
	tb.Helper()
	dir := memoryDir(tb)
	require.NoError(tb, os.WriteFile(filePath(dir), image, 0o600))
	return dir
}

// within fails the test if fn takes longer than a hang would.
func within(t testing.TB, what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	select {
	case <-done:
	case <-time.After(pace.Patience):
		require.Fail(t, what+" hangs")
	}
}

// fieldLine describes a field.
func fieldLine(f contact.Field) string {
	return fmt.Sprint(f.Name(), "/", f.Label(), " ", f.Kind(), " ", f.Unique(), f.Exact(), f.ForSegments(), " ", f.Options())
}

// told is everything that a version tells, as a text.
func told(tb testing.TB, v *contact.View) string {
	var b strings.Builder
	fmt.Fprintln(&b, "version", v.Number(), v.Time().UnixMilli(), v.Len())
	for f := range v.Schema().Fields() {
		n, _ := v.ProbeFilled(f).Count()
		fmt.Fprintln(&b, "field", fieldLine(f), n)
		if domain, ok := f.Domain(); ok {
			all := v.ProbeFilled(domain)
			n, _ := all.Count()
			fmt.Fprintln(&b, "domain", fieldLine(domain), n)
			set, _ := all.Set()
			require.Equal(tb, slices.DeleteFunc(v.Live().IDs(), func(id contact.ID) bool { return !v.FilledOf(id, domain) }), set.IDs())
			for id := range set.All() {
				_, folded, _ := v.TextOf(id, domain)
				same, _ := v.ProbeText(domain, []string{folded}).Set()
				require.True(tb, same.Contains(id), "%s %q", domain.Name(), folded)
			}
		}
	}
	for id := range v.Live().All() {
		values, ok := v.Get(id)
		require.True(tb, ok)
		fmt.Fprintln(&b, "contact", id, valuesLine(values), toldEvents(tb, v, id, nil))
		for f := range v.Schema().Fields() {
			x, ok := values[f.Name()]
			if !f.Unique() || !ok || x.Any() == "" {
				continue
			}
			got, _, err := v.Lookup(f.Name(), x)
			require.NoError(tb, err)
			require.Equal(tb, id, got, "the owner of %s %v", f.Name(), x)
		}
	}
	return b.String()
}

func valuesLine(values map[string]contact.Value) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, fmt.Sprintf("%s=%q", name, fmt.Sprint(values[name].Any())))
	}
	return strings.Join(parts, " ")
}

// toldLog is everything that the log tells from a number on. An error is that of
// reading it.
func toldLog(store *contact.Store, from uint64) (lines []string, err error) {
	for r, err := range store.Log(from) {
		if err != nil {
			return lines, err
		}
		if r.Len() > 1000 { // only makes ids
			lines = append(lines, fmt.Sprintf("record %d of %d changes", r.Number, r.Len()))
			continue
		}
		floors := slices.Collect(r.Floor("ledger"))
		lines = append(lines, fmt.Sprintf("record %d %d %v %q %q %q %d %v %q", r.Number, r.Time.UnixMilli(), r.Cause, r.Actor, r.Note, r.Key, r.Len(), describe(r), floors)+fmt.Sprint(describeEvents(r)))
	}
	return lines, nil
}

// ledger is a small Keeper: it knows the numbers of the last two commits that changed
// each living contact.
type ledger struct {
	testFloor
	mu      sync.Mutex
	changed map[string]uint64 // since the last checkpoint: the number of the last commit
}

type ledgerState map[string]string // by id

func (l *ledger) Prepare(c *contact.Commit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := maps.Clone(c.View().Floor("ledger").(ledgerState))
	var touched []string
	for _, x := range c.Contacts() {
		id := strconv.Itoa(int(x.ID))
		l.changed[id] = c.Number()
		if x.Kind == contact.Deleted {
			delete(st, id)
			touched = append(touched, "-"+id)
			continue
		}
		st[id] = lastTwo(st[id], c.Number())
		touched = append(touched, id)
	}
	c.Append("ledger", []byte(strings.Join(touched, " ")))
	c.SetMark("ledger", c.Number()*10)
	c.SetState("ledger", st)
	return nil
}

// lastTwo adds a number to the last ones.
func lastTwo(list string, number uint64) string {
	return strings.TrimSpace(list[strings.IndexByte(list, ' ')+1:] + " " + strconv.FormatUint(number, 10))
}

func (l *ledger) Restore(r *contact.Restored) (any, error) {
	st := ledgerState{}
	err := r.Entries(func(key string, value []byte) error {
		st[key] = string(value)
		return nil
	})
	return st, errors.Join(err, r.Records(func(rec *contact.Record) error {
		for data := range rec.Floor("ledger") {
			for _, id := range strings.Fields(string(data)) {
				id, dead := strings.CutPrefix(id, "-")
				l.changed[id] = rec.Number
				if dead {
					delete(st, id)
				} else if last := st[id]; last == "" || numberOf(last) < rec.Number {
					st[id] = lastTwo(last, rec.Number)
				}
			}
		}
		return nil
	}))
}

// numberOf returns the last of the numbers.
func numberOf(list string) uint64 {
	n, err := strconv.ParseUint(list[strings.IndexByte(list, ' ')+1:], 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func (l *ledger) Checkpoint(v *contact.View, _ bool) iter.Seq2[string, []byte] {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := slices.Sorted(maps.Keys(l.changed))
	for id, number := range l.changed {
		if number <= v.Number() { // later changes come with the next checkpoint again
			delete(l.changed, id)
		}
	}
	st := v.Floor("ledger").(ledgerState)
	return func(yield func(string, []byte) bool) {
		for _, id := range ids {
			if !yield(id, []byte(st[id])) {
				return
			}
		}
	}
}

func attachLedger(tb testing.TB, store *contact.Store) {
	tb.Helper()
	require.NoError(tb, store.Attach("ledger", &ledger{changed: map[string]uint64{}}, ledgerState{}))
}

// toldLedger is everything that the ledger tells.
func toldLedger(v *contact.View) string { return fmt.Sprint(v.Floor("ledger").(ledgerState)) }

// An actor makes random transactions, the same ones on every store that is in the
// same state.
type actor struct {
	tb   testing.TB
	seed uint64
}

// act runs the n-th transaction.
func (a actor) act(store *contact.Store, n int) error {
	r := rand.New(rand.NewPCG(a.seed, uint64(n)))
	if live := store.View().Live().IDs(); n%9 == 8 && len(live) > 0 {
		_, err := store.Erase(ctx, live[r.IntN(len(live))])
		return err
	}
	return store.Update(ctx, func(tx *contact.Tx) error {
		tx.By("actor", strconv.Itoa(n))
		require.NoError(a.tb, tx.Once(fmt.Sprint("key ", n)))
		for range 1 + r.IntN(5) {
			a.once(tx, r)
		}
		if r.IntN(8) == 0 {
			part := contact.Tags(fmt.Sprint("more", n))
			require.NoError(a.tb, tx.Schema().Add(part))
			require.NoError(a.tb, tx.Schema().AddOptions("plan", contact.Option{Value: fmt.Sprint("plan", n)}))
		}
		return nil
	})
}

// once does one thing. A conflict is nothing to worry about.
func (a actor) once(tx *contact.Tx, r *rand.Rand) {
	live := tx.Store().View().Live().IDs()
	values := a.values(r)
	conflict := new(*contact.ConflictError)
	if len(live) == 0 || r.IntN(4) == 0 {
		if _, err := tx.Insert(values); err != nil {
			require.ErrorAs(a.tb, err, conflict)
		}
		return
	}
	id := live[r.IntN(len(live))]
	if !tx.Exists(id) {
		return
	}
	switch r.IntN(11) {
	case 8, 9:
		a.events(tx, r, id)
	case 10:
		require.NoError(a.tb, tx.ForgetEvents(eventTime.Add(-4*time.Second)))
	case 0:
		require.NoError(a.tb, tx.Delete(id))
	case 1:
		require.NoError(a.tb, tx.Add(id, "tags", fmt.Sprint("tag", r.IntN(12))))
	case 2:
		require.NoError(a.tb, tx.Remove(id, "tags", fmt.Sprint("tag", r.IntN(12))))
	case 3:
		require.NoError(a.tb, tx.Unset(id, "email", "points", "name"))
	default:
		if err := tx.Set(id, values); err != nil {
			require.ErrorAs(a.tb, err, conflict)
		}
	}
}

// events records some events of a contact, or deletes what it has.
func (a actor) events(tx *contact.Tx, r *rand.Rand, id contact.ID) {
	var m modelEvents
	if r.IntN(6) == 0 {
		require.NoError(a.tb, tx.DeleteEvents(id))
		return
	}
	for range 1 + r.IntN(6) {
		require.NoError(a.tb, giveEvents(tx, id, []modelEvent{m.random(r, id)}, r.IntN(2) == 0))
	}
}

func (a actor) values(r *rand.Rand) contact.Values {
	all := contact.Values{
		"email": fmt.Sprintf("User%d@example.com", r.IntN(40)), "name": modelTexts[r.IntN(len(modelTexts))],
		"code": fmt.Sprint("C", r.IntN(5)), "points": r.IntN(1000), "member": r.IntN(50), "customer": r.IntN(2) == 0,
		"born": contact.Day(r.IntN(20000)), "seen": time.Unix(r.Int64N(1e9), 0),
		"plan": []string{"free", "team"}[r.IntN(2)], "langs": []string{"de", "EN"},
		"tags": []string{fmt.Sprint("tag", r.IntN(12)), fmt.Sprint("Tag", r.IntN(12))},
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if r.IntN(2) == 0 {
			delete(all, name)
		}
	}
	return all
}

// imageOfClosed returns the file in a directory.
func imageOfClosed(tb testing.TB, dir string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filePath(dir))
	require.NoError(tb, err)
	return b
}

// resealed returns a manifest of the file with its checksum made right.
func resealed(manifest []byte) []byte {
	body := manifest[:len(manifest)-4]
	return binary.LittleEndian.AppendUint32(body, crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}
