package segment_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// slices verifies slice by slice, and returns how many slices there are and the
// differences.
func (d *desk) slices() (n int, different []*segment.DifferenceError) {
	d.Helper()
	at := segment.Slice{}
	for {
		next, err := d.eng.VerifySlice(d.ctx, at)
		if err != nil {
			var e *segment.DifferenceError
			require.ErrorAs(d, err, &e)
			different = append(different, e)
		}
		n++
		if next == (segment.Slice{}) {
			return n, different
		}
		require.True(d, next.Segment > at.Segment || next.Segment == at.Segment && next.Block == at.Block+1, "%v after %v", next, at)
		at = next
	}
}

// TestVerify finds the first difference and tells all about it.
func TestVerify(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(3, contact.Values{"yes": true})
	d.create("s", "yes = true")
	d.create("t", "in segment s")
	d.create("u", "")
	_, err := d.eng.Add(d.ctx, "u", 1, 2)
	require.NoError(t, err)
	d.verify()
	n, different := d.slices()
	require.Equal(t, 3, n)
	require.Empty(t, different)
	ctx, cancel := context.WithCancelCause(d.ctx)
	reason := errors.New("enough")
	cancel(reason)
	require.ErrorIs(t, d.eng.Verify(ctx), reason)
	next, err := d.eng.VerifySlice(ctx, segment.Slice{Segment: 2})
	require.ErrorIs(t, err, reason)
	require.Equal(t, segment.Slice{Segment: 2}, next, "again")

	segment.Spoil(d.eng, "s", 2)
	err = d.eng.Verify(d.ctx)
	var e *segment.DifferenceError
	require.ErrorAs(t, err, &e)
	require.EqualError(t, err, `segment "s" (1), version 1, at commit 5: contact 2 is not in members and has to be in it; the filter matches`)
	require.True(t, e.Filter.Matches)
	require.Equal(t, "yes = true", e.Filter.Groups[0].Terms[0].Text)
	e.Filter = nil
	want := &segment.DifferenceError{Segment: "s", ID: 1, Version: 1, Commit: 5, Layer: "members", Contact: 2, Computed: true, Stored: segment.Membership{Segment: "s"}}
	require.Equal(t, want, e)
	_, different = d.slices()
	require.Len(t, different, 2, "also what comes of it: a slice believes what is kept of the segments that the filter names")
	require.Equal(t, "s", different[0].Segment)
	require.EqualError(t, different[1], `segment "t" (2), version 1, at commit 5: contact 2 is in members and has to be not in it; the filter `+different[1].Filter.Summary())

	segment.Spoil(d.eng, "u", 1)
	_, different = d.slices()
	require.Len(t, different, 3)
	require.EqualError(t, different[2], `segment "u" (3), version 1, at commit 5: contact 1 is not in members and has to be in it`)
	require.Equal(t, segment.Membership{Segment: "u", Added: true}, different[2].Stored)
}

// TestVerifyLayers finds a difference in each layer, at once and in slices.
func TestVerifyLayers(t *testing.T) {
	for _, c := range []struct {
		layer     string
		who       contact.ID
		different segment.DifferenceError
	}{
		{"members", 2, segment.DifferenceError{Layer: "members", Computed: true, Stored: segment.Membership{Segment: "s"}}},
		{"members", 4, segment.DifferenceError{Layer: "members", Kept: true, Stored: segment.Membership{Segment: "s", Matched: true}}},
		{"members", 99, segment.DifferenceError{Layer: "members", Kept: true, Stored: segment.Membership{Segment: "s", Matched: true}}},
		{"matched", 1, segment.DifferenceError{Layer: "matched", Computed: true, Stored: segment.Membership{Segment: "s", Removed: true}}},
		{"matched", 2, segment.DifferenceError{Layer: "matched", Kept: true, Stored: segment.Membership{Segment: "s", Matched: true}}},
		{"added", 99, segment.DifferenceError{Layer: "added", Kept: true, Stored: segment.Membership{Segment: "s", Added: true}}},
		{"added", 1, segment.DifferenceError{Layer: "removed", Kept: true, Stored: segment.Membership{Segment: "s", Matched: true, Added: true, Removed: true}}},
		{"added", 5, segment.DifferenceError{Layer: "members", Kept: true, Stored: segment.Membership{Segment: "s", Matched: true}}},
		{"removed", 70_000, segment.DifferenceError{Layer: "removed", Kept: true, Stored: segment.Membership{Segment: "s", Removed: true}}},
		{"removed", 1, segment.DifferenceError{Layer: "matched", Kept: true, Stored: segment.Membership{Segment: "s"}}},
	} {
		d := newDesk(t, nil)
		d.insert(3, contact.Values{"yes": true})
		d.insert(3, nil)
		d.create("s", "yes = true")
		_, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1), Remove: []string{"s"}})
		require.NoError(t, err)
		_, err = d.eng.Add(d.ctx, "s", 5)
		require.NoError(t, err)
		segment.SpoilLayer(d.eng, "s", c.layer, c.who)
		_, different := d.slices()
		require.Len(t, different, 1, "%s of %d", c.layer, c.who)
		want := c.different
		want.Segment, want.ID, want.Version, want.Commit, want.Contact = "s", 1, 1, d.store.View().Number(), c.who
		for _, err := range []error{d.eng.Verify(d.ctx), different[0]} {
			var e *segment.DifferenceError
			require.ErrorAs(t, err, &e)
			require.NotNil(t, e.Filter)
			e.Filter = nil
			require.Equal(t, want, *e, "%s of %d", c.layer, c.who)
		}
	}
	d := newDesk(t, nil)
	d.create("s", "")
	segment.SpoilHandle(d.eng, "s")
	_, different := d.slices()
	require.Len(t, different, 1)
	require.EqualError(t, different[0], `segment "s" (1), version 1, at commit 1: its handle does not lead to it`)
	require.Equal(t, different[0], d.eng.Verify(d.ctx))
}

// TestVerifySlices goes block by block, from wherever it is asked to.
func TestVerifySlices(t *testing.T) {
	d := newDesk(t, nil)
	n, _ := d.slices()
	require.Equal(t, 1, n, "without segments")
	d.insert(150_000, contact.Values{"yes": true})
	d.create("gone", "yes = true")
	d.create("s", "yes = true and points is empty")
	d.create("t", "")
	d.create("u", "not in segment s")
	_, err := d.eng.Remove(d.ctx, "s", 1, 65_536, 149_999)
	require.NoError(t, err)
	_, err = d.eng.Delete(d.ctx, "gone")
	require.NoError(t, err)
	n, different := d.slices()
	require.Empty(t, different)
	require.Equal(t, 3+1+3, n)
	for _, who := range []contact.ID{65_535, 65_537, 131_072, 150_000} {
		segment.Spoil(d.eng, "s", who)
	}
	_, different = d.slices()
	var first []contact.ID
	for _, e := range different {
		first = append(first, e.Contact)
	}
	require.Equal(t, []contact.ID{65_535, 65_537, 131_072, 65_535, 65_537, 131_072}, first, "the first of each block, in s and in u")
	require.Equal(t, segment.ID(2), different[0].ID)

	for at, want := range map[segment.Slice]segment.Slice{
		{Segment: 1, Block: 2}:  {Segment: 2, Block: 1}, // it is gone, so the next one
		{Segment: 2, Block: 2}:  {Segment: 3},
		{Segment: 2, Block: 3}:  {Segment: 3},
		{Segment: 2, Block: 99}: {Segment: 3},
		{Segment: 2, Block: -1}: {Segment: 2, Block: 1},
		{Segment: 3, Block: 5}:  {Segment: 4},
		{Segment: 4, Block: 2}:  {},
		{Segment: 5}:            {},
		{Segment: 1 << 31}:      {},
	} {
		got, _ := d.eng.VerifySlice(d.ctx, at)
		require.Equal(t, want, got, "after %v", at)
	}
}

// A stopover is a context that stops who looks at it, the second time, until it is let go.
type stopover struct {
	context.Context
	looks    atomic.Int32
	here, on chan struct{}
}

func newStopover(ctx context.Context) *stopover {
	return &stopover{Context: ctx, here: make(chan struct{}), on: make(chan struct{})}
}

func (c *stopover) Err() error {
	if c.looks.Add(1) == 2 {
		close(c.here)
		<-c.on
	}
	return c.Context.Err()
}

// TestVerifyLetsWriters go on while it looks: commits return in the middle of it, and what
// it looks at is the version that it began with.
func TestVerifyLetsWriters(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(70_000, contact.Values{"points": 1})
	for _, handle := range []string{"a", "b", "c", "d"} {
		d.create(handle, "points > 0 and not country like \"x%y\"")
	}
	for i, verify := range []func(ctx context.Context) error{
		d.eng.Verify,
		func(ctx context.Context) error { _, err := d.eng.VerifySlice(ctx, segment.Slice{}); return err },
	} {
		ctx := newStopover(d.ctx)
		goOn := sync.OnceFunc(func() { close(ctx.on) })
		t.Cleanup(goOn)
		done := make(chan error, 1)
		go func() { done <- verify(ctx) }()
		await(t, ctx.here)
		written := make(chan struct{})
		go func() {
			defer close(written)
			d.set(contact.ID(69_000+i), contact.Values{"points": 0})
		}()
		await(t, written)
		require.Empty(t, done, "it is not over")
		goOn()
		require.NoError(t, <-done)
	}

	ctx, cancel := context.WithCancel(d.ctx)
	done := make(chan error)
	go func() {
		at, err := segment.Slice{}, error(nil)
		for ctx.Err() == nil && err == nil {
			if err = d.eng.Verify(d.ctx); err == nil {
				at, err = d.eng.VerifySlice(d.ctx, at)
			}
		}
		done <- err
	}()
	for i := range 300 {
		d.set(contact.ID(1+i*200), contact.Values{"points": 0})
	}
	cancel()
	require.NoError(t, <-done)
}
