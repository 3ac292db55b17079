package segmenttest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
	"github.com/rosterdb/roster/segment/segmenttest"
)

// A judge is a test that only notes what is wrong.
type judge struct {
	testing.TB
	said []string
}

func (j *judge) Helper()           {}
func (j *judge) Cleanup(fn func()) { j.TB.Cleanup(fn) }
func (j *judge) Error(args ...any) { j.said = append(j.said, fmt.Sprint(args...)) }
func (j *judge) Errorf(format string, args ...any) {
	j.said = append(j.said, fmt.Sprintf(format, args...))
}

var errFatal = errors.New("fatal")

func (j *judge) Fatalf(format string, args ...any) {
	j.Errorf(format, args...)
	panic(errFatal)
}

// heard returns what was said since it was last asked.
func (j *judge) heard() string {
	said := j.said
	j.said = nil
	return fmt.Sprintf("%q", said)
}

// fatal reports what a function says before it ends the test.
func (j *judge) fatal(fn func()) (said string) {
	defer func() {
		if recover() == errFatal {
			said = j.heard()
		}
	}()
	fn()
	return "nothing"
}

// Claims that hold say nothing, the others say why and show the feed.
func TestMark(t *testing.T) {
	j := &judge{TB: t}
	d := segmenttest.New(j, contact.Text("email").Unique(), contact.Bool("yes"))
	d.Create("s", "yes = true")
	d.Create("t", "")
	ada, bob := d.Insert(contact.Values{"yes": true}), d.Insert(nil)
	require.Equal(t, []contact.ID{ada}, d.Members("s"))
	mark := d.Mark()
	require.True(t, mark.Nothing() && mark.Stays("s") && mark.Stays("s", ada, bob, 99))
	d.Set(ada, contact.Values{"yes": false})
	d.Set(bob, contact.Values{"yes": true})
	require.True(t, mark.Leaves("s", ada) && mark.Enters("s", bob) && mark.Stays("t") && mark.Stays("s", 3))
	require.Len(t, mark.Changes(), 2)
	require.Equal(t, "[]", j.heard())

	const feed = `\nthe feed since the mark:\n\t2: contact 1 leaves \"s\" (data)\n\t3: contact 2 enters \"s\" (data)`
	for _, c := range []struct {
		claim func() bool
		said  string
	}{
		{func() bool { return mark.Enters("s", ada) }, `["contact 1 was to enter segment \"s\", but it did this: leave` + feed + `"]`},
		{func() bool { return mark.Leaves("s", bob) }, `["contact 2 was to leave segment \"s\", but it did this: enter` + feed + `"]`},
		{func() bool { return mark.Enters("s", 3) }, `["contact 3 was to enter segment \"s\", but it did not move: it is not in it` + feed + `"]`},
		{func() bool { return mark.Leaves("t", bob) }, `["contact 2 was to leave segment \"t\", but it did not move: it is not in it` + feed + `"]`},
		{func() bool { return mark.Stays("s", 3, bob) }, `["contact 2 was to stay as it was in segment \"s\", but it moved: enter` + feed + `"]`},
		{func() bool { return mark.Stays("s") }, `["nobody was to enter or leave segment \"s\", but contact 1 did` + feed + `"]`},
		{func() bool { return mark.Nothing() }, `["nothing was to happen` + feed + `"]`},
		{func() bool { return mark.Enters("nowhere", bob) }, `["segment: no segment \"nowhere\"` + feed + `"]`},
		{func() bool { return mark.Stays("nowhere") }, `["segment: no segment \"nowhere\"` + feed + `"]`},
		{func() bool { return mark.Enters("s") }, `["who was to enter segment \"s\"? No contact is given` + feed + `"]`},
	} {
		require.False(t, c.claim(), c.said)
		require.Equal(t, c.said, j.heard())
	}

	mark.Again()
	require.False(t, mark.Enters("s", bob))
	require.Equal(t, `["contact 2 was to enter segment \"s\", but it did not move: it is in it all the time\nthe feed has nothing since the mark"]`, j.heard())
	d.Set(bob, contact.Values{"yes": false})
	d.Set(bob, contact.Values{"yes": true})
	require.False(t, mark.Enters("s", bob))
	require.Contains(t, j.heard(), "but it did this: leave, enter")
	require.False(t, mark.Leaves("s", bob))
	d.Set(bob, contact.Values{"yes": false})
	require.True(t, mark.Leaves("s", bob))
	d.Set(ada, contact.Values{"yes": true})
	mark.Again()
	_, err := d.Engine.Delete(context.Background(), "s")
	require.NoError(t, err)
	require.True(t, mark.Leaves("s", ada), "also of a segment that is gone")

	mark.Again()
	d.Create("all", "yes = true or yes is empty or yes = false")
	for range 30 {
		d.Insert(nil)
	}
	j.heard()
	require.False(t, mark.Nothing())
	require.Contains(t, j.heard(), `\n\tand 12 more"`)
}

// What can't be made ends the test.
func TestDesk(t *testing.T) {
	j := &judge{TB: t}
	d := segmenttest.New(j, contact.Text("email").Unique())
	require.Equal(t, segmenttest.Begin(), d.Store.Clock().Now())
	require.Contains(t, j.fatal(func() { d.Create("s", "nothing = 1") }), "create: segment")
	require.Contains(t, j.fatal(func() { d.Create("s", "nothing =") }), "segment s: filter: line 1")
	require.Contains(t, j.fatal(func() { d.Set(7, contact.Values{"email": "x"}) }), "update: contact")
	require.Contains(t, j.fatal(func() { d.Insert(contact.Values{"no": 1}) }), "update: contact")
	require.Contains(t, j.fatal(func() { d.Members("s") }), "no segment")
	require.Contains(t, j.fatal(func() { d.Record(1, contact.Event{Type: "hit"}) }), "update: contact")
	require.Contains(t, j.fatal(func() { segmenttest.New(j, contact.Text("a"), contact.Text("a")) }), "schema: ")
	require.Contains(t, j.fatal(func() { segmenttest.Open(j, t.TempDir(), nil, contact.Text("a"), contact.Text("a")) }), "schema: ")
	require.Contains(t, j.fatal(func() { segmenttest.Open(j, "", nil) }), "open: ")
	require.Contains(t, j.fatal(func() {
		for range segmenttest.New(j).Engine.Changes(0) {
			d.Verify()
		}
		d.Verify()
		d.Close()
		d.Insert(nil)
	}), "closed")
}

// A desk on disk is opened again in the same directory, with the time that its clock shows.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	d := segmenttest.Open(t, dir, nil, contact.Text("email").Unique())
	d.Create("s", `email contains "ada"`)
	ada := d.Insert(contact.Values{"email": "ada@example.com"})
	d.Clock.Turn(48 * 3600e9)
	clock := d.Clock
	d.Close()
	d = segmenttest.Open(t, dir, clock)
	require.Equal(t, []contact.ID{ada}, d.Members("s"))
	mark := segmenttest.MarkOf(t, d.Engine)
	d.Update(func(tx *contact.Tx) error { return tx.Delete(ada) })
	mark.Leaves("s", ada)
	for c, err := range d.Engine.Changes(2) {
		require.NoError(t, err)
		require.Equal(t, clock.Now(), c.Time)
		require.Equal(t, segment.Leave, c.Kind)
	}
	d.Verify()
}

// Events without a time happen now, the others when they say; what is given stays as it is.
func TestRecord(t *testing.T) {
	d := segmenttest.New(t, contact.EventType("hit"))
	ada := d.Insert(nil)
	d.Clock.Turn(3600e9)
	events := []contact.Event{{Type: "hit"}, {Type: "hit", At: segmenttest.Begin()}}
	d.Record(ada, events...)
	require.True(t, events[0].At.IsZero())
	told, err := d.Store.View().Events(ada, nil)
	require.NoError(t, err)
	var at []string
	for _, e := range told {
		at = append(at, e.At.Format("15:04"))
	}
	require.Equal(t, []string{"09:00", "10:00"}, at)
}
