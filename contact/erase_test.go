package contact_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/contacttest"
)

// The values of a contact to be erased, in every place that a value can get to. Each
// contains the word that no other contact has.
const secret = "zQxérased"

// forms returns the forms in which a secret may be kept.
func forms(word string) []string {
	return []string{word, strings.ToLower(word), strings.ToUpper(word), contact.Fold(word)}
}

// holdsSecret reports whether one of the forms is in b.
func holdsSecret(b []byte) bool {
	for _, form := range forms(secret) {
		if bytes.Contains(b, []byte(form)) {
			return true
		}
	}
	return false
}

// secretly returns values that all contain the secret.
func secretly(version int) contact.Values {
	word := fmt.Sprint(secret, version)
	return contact.Values{
		"email": word + "@example.com", "name": strings.ToUpper(word), "code": word,
		"tags": []string{word, "shared"}, "gone": "gone " + word, "gonetags": []string{word},
	}
}

// erasable is a store with a contact to be erased, and another one.
type erasable struct {
	*contact.Store
	victim, other contact.ID
	records       int // log records that told values of the victim
	values        int // fields in them
}

func eraseSchema() *contact.Schema {
	return contact.MustSchema(
		contact.Text("email").Unique(), contact.Text("name"), contact.Text("code").Exact(), contact.Tags("tags"),
		contact.Number("points"), contact.Select("plan", "free"), contact.Text("gone"), contact.Tags("gonetags"),
		contact.EventType("hit", contact.Text("url"), contact.Text("exact").Exact(), contact.Number("n")),
	)
}

// changed counts a record with some values of the victim.
func (e *erasable) changed(fields int) {
	e.records++
	e.values += fields
}

// plant gives the victim its values: in short and long transactions, in parts of a
// record, in versions, in fields that are dropped afterwards.
func (e *erasable) plant(t *testing.T, large bool) {
	e.victim = insert(t, e.Store, secretly(1))
	e.changed(6)
	e.other = insert(t, e.Store, contact.Values{"email": "other", "tags": []string{"shared", "own"}, "gone": "kept"})
	set(t, e.Store, e.victim, secretly(2))
	e.changed(6)
	set(t, e.Store, e.victim, contact.Values{"points": 77, "plan": "free"})
	e.changed(2)
	insertMany(t, e.Store, 900, func(i int) contact.Values { return contact.Values{"name": fmt.Sprint("n", i)} })
	update(t, e.Store, func(tx *contact.Tx) error { // beside the published version
		filler := ""
		if large {
			filler = strings.Repeat("x", 20<<10)
		}
		for i := range 700 {
			name := fmt.Sprint("m", i)
			if i < 17 {
				name += filler
			}
			if err := tx.Set(e.other+1+contact.ID(i), contact.Values{"name": name}); err != nil {
				return err
			}
		}
		return tx.Set(e.victim, secretly(3))
	})
	e.changed(6)
	set(t, e.Store, e.victim, contact.Values{"tags": []string{"dead " + secret, "shared"}})
	e.changed(1)
	set(t, e.Store, e.victim, secretly(4))
	e.changed(6)
	e.plantEvents(t)
	update(t, e.Store, func(tx *contact.Tx) error {
		if err := tx.Schema().Drop("gone"); err != nil {
			return err
		}
		return tx.Schema().Drop("gonetags")
	})
	set(t, e.Store, e.victim, contact.Values{"name": "nearly " + secret})
	e.changed(1)
}

// plantEvents gives the victim events, some of which are deleted again.
func (e *erasable) plantEvents(t *testing.T) {
	hit := func(i int) contact.Event {
		word := fmt.Sprint(secret, " event ", i)
		return contact.Event{Type: "hit", At: eventTime, Attrs: contact.Values{"url": word, "exact": word, "n": i}, Key: word}
	}
	update(t, e.Store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Record(e.other, contact.Event{Type: "hit", At: eventTime, Attrs: contact.Values{"url": "/"}}))
		return tx.Record(e.victim, hit(1), hit(2), hit(3))
	})
	e.records, e.values = e.records+1, e.values+3
	update(t, e.Store, func(tx *contact.Tx) error {
		return tx.DeleteEvent(contact.EventID{Type: "hit", Contact: e.victim, At: eventTime, Tie: 1})
	})
	e.records, e.values = e.records+1, e.values+1
}

// erase erases the victim and checks the receipt.
func (e *erasable) erase(t *testing.T) {
	before := e.View()
	receipt, err := e.Erase(ctx, e.victim)
	require.NoError(t, err)
	require.Equal(t, contact.Receipt{
		Contact: e.victim, Commit: before.Number() + 1, Time: e.View().Time(),
		Values: 6, Events: 2, Words: receipt.Words, LogRecords: e.records, LogValues: e.values,
	}, receipt)
	require.GreaterOrEqual(t, receipt.Words, 1)
	require.True(t, before.Exists(e.victim), "a View stays what it is")
}

// blind requires that nothing that can be read tells a value of the victim.
func (e *erasable) blind(t *testing.T) {
	t.Helper()
	v := e.View()
	for id := range v.Live().All() {
		values, _ := v.Get(id)
		require.False(t, holdsSecret([]byte(valuesLine(values))), "contact %d", id)
	}
	require.False(t, v.Exists(e.victim))
	for version := range 5 {
		_, ok, err := v.Lookup("email", fmt.Sprint(secret, version, "@example.com"))
		require.NoError(t, err)
		require.False(t, ok)
	}
	for f := range v.Schema().Fields() {
		require.True(t, v.Of(e.victim, f).Missing())
		if f.Kind() != contact.KindText {
			continue
		}
		p, err := v.ProbeMatching(ctx, f, new(contact.TextMemo), func(written, folded string) bool {
			return holdsSecret([]byte(written + folded))
		})
		require.NoError(t, err)
		n, _ := p.Count()
		require.Zero(t, n)
	}
	var last *contact.Record
	told := 0
	for r, err := range e.Log(1) {
		require.NoError(t, err)
		require.False(t, holdsSecret([]byte(fmt.Sprint(describe(r)))), "log record %d", r.Number)
		require.False(t, holdsSecret([]byte(fmt.Sprint(describeEvents(r)))), "events of log record %d", r.Number)
		for c := range r.Events() {
			require.NotEqual(t, e.victim, c.Contact)
		}
		for c := range r.Changes() {
			if c.ID == e.victim {
				require.Empty(t, c.Fields)
				told++
			}
		}
		if r.Cause == contact.CauseErase {
			last = r
		}
	}
	require.Equal(t, e.records-2+1, told, "what happened stays, but for events")
	require.Empty(t, toldEvents(t, v, e.victim, nil))
	require.Len(t, toldEvents(t, v, e.other, nil), 1)
	e.blindEvents(t, v)
	require.Equal(t, []string{fmt.Sprint(e.victim, " deleted")}, describe(last))
	require.Equal(t, []string{"own", "shared"}, slices.Sorted(slices.Values(value(t, v, e.other, "tags").([]string))))
}

// blindEvents requires the same of the texts of events.
func (e *erasable) blindEvents(t *testing.T, v *contact.View) {
	hits := v.EventsOf(handle(t, e.Store, "hit"))
	for f := range handle(t, e.Store, "hit").Attributes().Fields() {
		told := 0
		for _, text := range hits.Texts(f) {
			require.False(t, holdsSecret([]byte(text[0]+text[1])))
			told++
		}
		require.LessOrEqual(t, told, 1)
		for code := range contact.EventValue(10) {
			require.False(t, f.Kind() == contact.KindText && holdsSecret([]byte(hits.Value(f, code).Text())))
		}
	}
}

// TestErase erases a contact of a store in memory.
func TestErase(t *testing.T) {
	store, err := contact.New(eraseSchema(), nil)
	require.NoError(t, err)
	e := &erasable{Store: store}
	e.plant(t, false)
	e.erase(t)
	e.blind(t)
	again, err := store.Erase(ctx, e.victim)
	require.NoError(t, err)
	require.Zero(t, again.Values+again.LogValues+again.Words, "there is nothing left to forget")
	_, err = store.Erase(ctx, 1000)
	require.ErrorIs(t, err, contact.ErrNotFound)
	require.NoError(t, store.Close())
}

// erasing is how a store on disk is while a contact of it is erased.
type erasing struct {
	sync       time.Duration
	log, slice int  // see contacttest.EagerCheckpoints
	crash      bool // between Erase and Compact
	large      bool // a record is stored in parts
}

// TestEraseOnDisk erases contacts of stores on disk. After compaction no byte of them is
// in any file of the directory.
func TestEraseOnDisk(t *testing.T) {
	for _, x := range []erasing{
		{sync: 0, log: 1 << 20, slice: 1 << 20},
		{sync: 0, log: 1 << 20, slice: 1 << 20, crash: true, large: true},
		{sync: 0, log: 1, slice: 1 << 20, crash: true},
		{sync: time.Hour, log: 300, slice: 100},
		{sync: time.Hour, log: 2000, slice: 1, crash: true},
		{sync: -1, log: 300, slice: 1000, crash: true},
	} {
		t.Run(fmt.Sprintf("%+v", x), func(t *testing.T) { testEraseOnDisk(t, x) })
	}
}

func testEraseOnDisk(t *testing.T, x erasing) {
	dir := memoryDir(t)
	opts := &contact.Options{Sync: x.sync}
	contacttest.EagerCheckpoints(opts, x.log, x.slice)
	e := &erasable{Store: openDir(t, dir, eraseSchema(), opts)}
	e.plant(t, x.large)
	e.erase(t)
	require.Equal(t, 1, e.Stats().ErasedWaiting)
	image := imageOf(t, e.Store, dir)
	e.blind(t)
	if x.crash {
		require.NoError(t, e.Close())
		dir = dirOf(t, image)
		e.Store = openDir(t, dir, nil, opts)
		e.blind(t)
		require.Equal(t, 1, e.Stats().ErasedWaiting)
	}
	require.NotEmpty(t, secretFiles(t, dir), "there is nothing to be removed")
	insert(t, e.Store, contact.Values{"name": "later"})
	require.NoError(t, e.Compact(ctx))
	require.Empty(t, secretFiles(t, dir))
	require.Zero(t, e.Stats().ErasedWaiting)
	e.blind(t)
	require.NoError(t, e.Close())
	require.Empty(t, secretFiles(t, dir))
	e.Store = openDir(t, dir, nil, nil)
	e.blind(t)
	insert(t, e.Store, contact.Values{"name": "last"})
	e.blind(t)
}

// secretFiles returns the files of a directory that hold the secret.
func secretFiles(t *testing.T, dir string) (names []string) {
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		if holdsSecret(b) {
			names = append(names, f.Name())
		}
	}
	return names
}

// A contact that was deleted before can still be forgotten.
func TestEraseDeleted(t *testing.T) {
	dir := memoryDir(t)
	store := openDir(t, dir, diskSchema(), nil)
	id := insert(t, store, contact.Values{"email": secret})
	remove(t, store, id)
	receipt, err := store.Erase(ctx, id)
	require.NoError(t, err)
	require.Equal(t, 2, receipt.LogRecords, "made and deleted")
	require.Zero(t, receipt.Values)
	records, err := collect(store)
	require.NoError(t, err)
	require.Len(t, records, 3)
	require.Zero(t, records[2].Len())
	require.NoError(t, store.Compact(ctx))
	require.Empty(t, secretFiles(t, dir))
	for _, never := range []contact.ID{0, id + 1} {
		_, err = store.Erase(ctx, never)
		require.ErrorIs(t, err, contact.ErrNotFound)
	}
	require.NoError(t, store.Close())
	store = openDir(t, dir, nil, nil)
	require.Equal(t, uint64(3), store.View().Number())
}

// A contact erased while a compaction runs is settled by it or waits for the next one,
// and which of the two it is is told.
func TestEraseBesideCompact(t *testing.T) {
	for i := range 30 {
		dir := memoryDir(t)
		store := openDir(t, dir, diskSchema(), nil)
		id := insert(t, store, contact.Values{"email": secret})
		for n := range 3 {
			insert(t, store, contact.Values{"email": fmt.Sprint(n)})
		}
		done := make(chan error)
		go func() {
			time.Sleep(time.Duration(i*50) * time.Microsecond)
			_, err := store.Erase(ctx, id)
			done <- err
		}()
		require.NoError(t, store.Compact(ctx))
		require.NoError(t, <-done)
		if store.Stats().ErasedWaiting == 0 {
			require.Empty(t, secretFiles(t, dir))
		}
		require.NoError(t, store.Compact(ctx))
		require.Zero(t, store.Stats().ErasedWaiting)
		require.Empty(t, secretFiles(t, dir))
		require.NoError(t, store.Close())
	}
}
