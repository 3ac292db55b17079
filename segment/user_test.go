package segment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

func (d *desk) users(handle string) string {
	d.Helper()
	u, err := d.eng.Users(handle)
	require.NoError(d, err)
	require.Equal(d, u.String() == "", u.None())
	return u.String()
}

func (d *desk) use(user, handle string) {
	d.Helper()
	require.NoError(d, d.eng.Use(d.ctx, user, handle))
}

func (d *desk) release(user, handle string) {
	d.Helper()
	require.NoError(d, d.eng.Release(d.ctx, user, handle))
}

// TestUse registers users, each once, and takes them back.
func TestUse(t *testing.T) {
	d := newDesk(t, nil)
	made := d.create("s", "yes = true")
	d.create("t", "in segment s")
	d.create("r", "not in segment s and points = 1")
	number := d.store.View().Number()
	d.use("form: signup", "s")
	d.use("campaign: spring", "s")
	require.Equal(t, number+2, d.store.View().Number())
	d.use("form: signup", "s")
	d.release("form: none", "s")
	require.Equal(t, `segment "t", segment "r", campaign: spring, form: signup`, d.users("s"))
	got, err := d.eng.Users("s")
	require.NoError(t, err)
	require.Equal(t, segment.Users{Segments: []string{"t", "r"}, Registered: []string{"campaign: spring", "form: signup"}}, got)
	got.Registered[0] = "spoilt"
	require.Equal(t, `segment "t", segment "r", campaign: spring, form: signup`, d.users("s"), "the caller has a copy")
	require.Empty(t, d.users("t"))
	s, err := d.eng.Get("s")
	require.NoError(t, err)
	require.Equal(t, made, s, "a user makes no version")
	require.Zero(t, d.eng.LastChange(), "and no change")

	before := d.store.View()
	d.release("form: signup", "s")
	require.Equal(t, `segment "t", segment "r", campaign: spring`, d.users("s"))
	then, err := d.eng.At(before).Users("s")
	require.NoError(t, err)
	require.Len(t, then.Registered, 2, "a view keeps its own")
	d.verify()
}

// TestUseRefused is what can't be registered.
func TestUseRefused(t *testing.T) {
	d := newDesk(t, nil)
	d.create("s", "")
	hidden := definition("hidden", "")
	hidden.Unpublished = true
	_, err := d.eng.Create(d.ctx, hidden)
	require.NoError(t, err)
	for _, test := range []struct {
		user, handle string
		is           error
		text         string
	}{
		{"campaign: spring", "t", segment.ErrNotFound, `no segment "t"`},
		{"campaign: spring", "", segment.ErrNotFound, `no segment ""`},
		{"campaign: spring", "hidden", segment.ErrUnpublished, `segment "hidden" can't be used by campaign: spring: the segment is not published`},
		{"", "s", segment.ErrUserName, `segment: "": a user of a segment is written as a kind and a name, such as "campaign: spring"`},
		{"spring", "s", segment.ErrUserName, ""},
		{"campaign:spring", "s", segment.ErrUserName, ""},
		{"campaign: ", "s", segment.ErrUserName, ""},
		{": spring", "s", segment.ErrUserName, ""},
		{"my campaign: spring", "s", segment.ErrUserName, ""},
		{"campaign:  spring", "s", segment.ErrUserName, ""},
		{"campaign: spring ", "s", segment.ErrUserName, ""},
		{"campaign: a\nb", "s", segment.ErrUserName, ""},
		{"campaign: \xff", "s", segment.ErrUserName, ""},
		{"segment: s", "s", segment.ErrUserName, "segments are users by their filters"},
		{"spring", "t", segment.ErrUserName, `no segment "t"`},
	} {
		err := d.eng.Use(d.ctx, test.user, test.handle)
		require.ErrorIs(t, err, test.is, test.user)
		require.ErrorContains(t, err, test.text)
		if test.is != segment.ErrUnpublished {
			require.ErrorIs(t, d.eng.Release(d.ctx, test.user, test.handle), test.is)
		}
	}
	require.NoError(t, d.eng.Release(d.ctx, "campaign: spring", "hidden"), "there is nothing to take back")
	d.use("рассылка_1-a: a: b: ç", "s")
	d.use("x: "+strings.Repeat("n", 252), "s")
	var limit *contact.LimitError
	require.ErrorAs(t, d.eng.Use(d.ctx, "x: "+strings.Repeat("n", 253), "s"), &limit)
	require.Equal(t, contact.LimitError{What: "bytes of a user of a segment", Limit: 255, Got: 256}, *limit)
	_, err = d.eng.Users("t")
	require.ErrorIs(t, err, segment.ErrNotFound)
	d.update(func(tx *contact.Tx) error {
		for i := range 9998 {
			if err := d.eng.In(tx).Use(fmt.Sprintf("x: %d", i), "s"); err != nil {
				return err
			}
		}
		return nil
	})
	require.ErrorAs(t, d.eng.Use(d.ctx, "x: more", "s"), &limit)
	require.Equal(t, contact.LimitError{What: "users of a segment", Limit: 10_000, Got: 10_001}, *limit)
	d.use("x: 1", "s")

	other := newDesk(t, nil)
	d.update(func(tx *contact.Tx) error {
		require.ErrorContains(t, other.eng.In(tx).Use("x: y", "s"), "another store")
		return nil
	})
	ctx, cancel := context.WithCancel(d.ctx)
	cancel()
	require.ErrorIs(t, d.eng.Use(ctx, "x: late", "s"), context.Canceled)
	d.close()
	require.ErrorIs(t, d.eng.Use(d.ctx, "x: late", "s"), contact.ErrClosed)
	require.ErrorIs(t, d.eng.Release(d.ctx, "x: late", "s"), contact.ErrClosed)
}

// TestInUse refuses to delete or unpublish a segment and names its users of both kinds.
func TestInUse(t *testing.T) {
	d := newDesk(t, nil)
	d.create("s", "")
	d.create("t", "in segment s")
	d.use("campaign: spring", "s")
	hidden := definition("s", "")
	hidden.Unpublished = true
	var used *segment.InUseError
	_, err := d.eng.Delete(d.ctx, "s")
	require.ErrorAs(t, err, &used)
	require.Equal(t, &segment.InUseError{Handle: "s", Users: segment.Users{Segments: []string{"t"}, Registered: []string{"campaign: spring"}}}, used)
	require.EqualError(t, err, `segment "s" is used by segment "t", campaign: spring`)
	_, err = d.eng.Change(d.ctx, "s", hidden)
	require.ErrorAs(t, err, &used)
	_, err = d.eng.Change(d.ctx, "s", definition("s", "yes = true"))
	require.NoError(t, err, "other edits are free")
	_, err = d.eng.Delete(d.ctx, "t")
	require.NoError(t, err)
	_, err = d.eng.Delete(d.ctx, "s")
	require.EqualError(t, err, `segment "s" is used by campaign: spring`)
	_, err = d.eng.Change(d.ctx, "s", hidden)
	require.ErrorAs(t, err, &used)
	d.release("campaign: spring", "s")
	_, err = d.eng.Change(d.ctx, "s", hidden)
	require.NoError(t, err)
	_, err = d.eng.Delete(d.ctx, "s")
	require.NoError(t, err)
	d.create("s", "")
	require.Empty(t, d.users("s"), "another segment of the same handle")
}

// TestUseInTransaction goes by what the transaction has done so far.
func TestUseInTransaction(t *testing.T) {
	d := newDesk(t, nil)
	d.create("old", "")
	d.use("x: a", "old")
	var used *segment.InUseError
	work := func(tx *contact.Tx) error {
		in := d.eng.In(tx)
		_, err := in.Create(definition("new", ""))
		require.NoError(t, errors.Join(err, in.Use("x: b", "new"), in.Use("x: c", "new"), in.Use("x: b", "old"), in.Release("x: b", "old")))
		_, err = in.Delete("new")
		require.ErrorAs(t, err, &used)
		require.Equal(t, []string{"x: b", "x: c"}, used.Users.Registered)
		_, err = in.Delete("old")
		require.ErrorAs(t, err, &used)
		require.NoError(t, in.Release("x: a", "old"))
		_, err = in.Delete("old")
		require.NoError(t, errors.Join(err, in.Release("x: b", "new")))
		require.ErrorIs(t, in.Use("x: a", "old"), segment.ErrNotFound)
		_, err = in.Create(definition("old", ""))
		require.NoError(t, errors.Join(err, in.Use("x: d", "old")))
		return nil
	}
	other := &vetoer{end: "veto"}
	require.NoError(t, d.store.Attach("veto", other, nil))
	require.ErrorIs(t, d.store.Update(d.ctx, work), errVeto)
	require.Equal(t, "x: a", d.users("old"), "what was vetoed is taken back")
	_, err := d.eng.Users("new")
	require.ErrorIs(t, err, segment.ErrNotFound)
	other.end = ""
	d.update(work)
	require.Equal(t, "x: d", d.users("old"))
	require.Equal(t, "x: c", d.users("new"))
}

// TestUsersSurvive finds the users again, from the log alone and from a checkpoint.
func TestUsersSurvive(t *testing.T) {
	for _, compact := range []int{0, 1, 2} {
		dir := t.TempDir()
		d := openDesk(t, dir, -1, nil)
		d.create("s", "")
		d.create("gone", "")
		d.use(`x: <"é">`, "s")
		d.use("x: a", "s")
		d.use("x: a", "gone")
		if compact == 2 {
			require.NoError(t, d.store.Compact(d.ctx))
		}
		d.use("x: b", "s")
		d.release("x: a", "s")
		d.release("x: a", "gone")
		_, err := d.eng.Delete(d.ctx, "gone")
		require.NoError(t, err)
		if compact == 1 {
			require.NoError(t, d.store.Compact(d.ctx))
		}
		for range 2 {
			d.close()
			d = openDesk(t, dir, -1, nil)
			require.Equal(t, `x: <"é">, x: b`, d.users("s"))
			_, err = d.eng.Delete(d.ctx, "s")
			require.ErrorAs(t, err, new(*segment.InUseError))
		}
		d.create("gone", "")
		require.Empty(t, d.users("gone"))
		d.close()
	}
}
