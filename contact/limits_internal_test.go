package contact

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// near returns a store that has given all ids but the last few.
func near(t *testing.T, left ID, parts ...Part) *Store {
	s, err := New(MustSchema(parts...), nil)
	require.NoError(t, err)
	s.cur.given = lastID - left
	return s
}

func TestFull(t *testing.T) {
	ctx := context.Background()
	s := near(t, 3, Text("email").Unique(), Number("points"), Tags("tags"), Bool("ok"))
	insert := func(email string) (id ID, err error) {
		err = s.Update(ctx, func(tx *Tx) (err error) {
			id, err = tx.Insert(Values{"email": email, "points": 7, "tags": []string{"a", "b", "c", "d", "e"}, "ok": true})
			return err
		})
		return id, err
	}
	require.ErrorIs(t, s.Update(ctx, func(tx *Tx) error {
		for {
			if _, err := tx.Insert(nil); err != nil {
				return err
			}
		}
	}), ErrFull)
	require.EqualError(t, ErrFull, "contact: all ids have been given")
	require.Zero(t, s.View().Len())
	for want := lastID - 2; ; want++ {
		id, err := insert(string(rune('a' + int(lastID-want))))
		require.NoError(t, err)
		require.Equal(t, want, id)
		if want == lastID {
			break
		}
	}
	_, err := insert("late")
	require.ErrorIs(t, err, ErrFull)

	v := s.View()
	require.Equal(t, []ID{math.MaxUint32 - 2, math.MaxUint32 - 1, math.MaxUint32}, v.Live().IDs())
	id, found, err := v.Lookup("email", "A")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, ID(math.MaxUint32), id)
	points, _ := v.Schema().Field("points")
	var b Block
	b.Load(v.Live(), v.Blocks()-1)
	b.Keep(v.ProbeRange(points, 7, 7), false)
	require.Equal(t, 3, b.Len())
	require.Positive(t, v.ProbeRange(points, 0, 100).Estimate())
	p, err := v.Page(v.Live(), &PageOptions{By: "points", Down: true, Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []ID{math.MaxUint32 - 2, math.MaxUint32 - 1}, p.IDs)
	require.NoError(t, s.Update(ctx, func(tx *Tx) error { return tx.Delete(math.MaxUint32) }))
	_, err = insert("late")
	require.ErrorIs(t, err, ErrFull, "never reused")
	require.Equal(t, 3, v.Len())
}

// A method that runs while another one does is refused, and so is the commit of a
// transaction in which one still runs.
func TestBusy(t *testing.T) {
	ctx := context.Background()
	s, err := New(MustSchema(Text("name"), Tags("tags")), nil)
	require.NoError(t, err)
	var stray *Tx
	require.ErrorIs(t, s.Update(ctx, func(tx *Tx) error {
		stray = tx
		id, err := tx.Insert(Values{"name": "Ada"})
		require.NoError(t, err)
		require.NoError(t, tx.enter()) // as a method of another goroutine does
		_, err = tx.Insert(nil)
		require.ErrorIs(t, err, ErrTxBusy)
		_, err = tx.Upsert(nil)
		require.ErrorIs(t, err, ErrTxBusy)
		require.ErrorIs(t, tx.Set(id, nil), ErrTxBusy)
		require.ErrorIs(t, tx.Add(id, "tags", "x"), ErrTxBusy)
		require.ErrorIs(t, tx.Delete(id), ErrTxBusy)
		_, err = tx.Value(id, "name")
		require.ErrorIs(t, err, ErrTxBusy)
		_, _, err = tx.Lookup("name", "x")
		require.ErrorIs(t, err, ErrTxBusy)
		require.ErrorIs(t, tx.Schema().Add(Text("new")), ErrTxBusy)
		require.ErrorIs(t, tx.SetWork("x", 1), ErrTxBusy)
		require.False(t, tx.Exists(id))
		return nil
	}), ErrTxBusy)
	require.Zero(t, s.View().Len())
	// What the stray goroutine still holds is not the next transaction's.
	ops := stray.contacts.staged.ops[:cap(stray.contacts.staged.ops)]
	require.NoError(t, s.Update(ctx, func(tx *Tx) error {
		_, err := tx.Insert(Values{"name": "Grace"})
		for i := range ops {
			ops[i] = op{id: 77, kind: opDelete}
		}
		return err
	}))
	require.Equal(t, 1, s.View().Len())
}
