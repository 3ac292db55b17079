package contact_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/pace"
)

func TestUpsert(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Number("no").Unique(), contact.Text("name"))
	var ada contact.ID
	update(t, store, func(tx *contact.Tx) (err error) {
		ada, err = tx.Upsert(contact.Values{"email": "ada@x", "name": "Ada"})
		require.True(t, tx.Created(ada))
		return err
	})
	update(t, store, func(tx *contact.Tx) error {
		id, err := tx.Upsert(contact.Values{"email": "ADA@x", "no": 7})
		require.NoError(t, err)
		require.Equal(t, ada, id)
		require.False(t, tx.Created(id))
		id, err = tx.Upsert(contact.Values{"no": 7.0, "email": "ada@y"})
		require.NoError(t, err)
		require.Equal(t, ada, id, "found by the other identity, which may change")
		return nil
	})
	v := store.View()
	require.Equal(t, "ada@y", value(t, v, ada, "email"))
	require.Equal(t, "Ada", value(t, v, ada, "name"), "what is not given stays")
	_, found, err := v.Lookup("email", "ada@x")
	require.NoError(t, err)
	require.False(t, found)
}

func TestUpsertWithoutIdentity(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Text("name"))
	for _, values := range []contact.Values{nil, {"name": "x"}, {"email": nil}, {"email": ""}} {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			_, err := tx.Upsert(values)
			return err
		})
		require.ErrorIs(t, err, contact.ErrNoIdentity)
	}
	require.EqualError(t, contact.ErrNoIdentity, "contact: no value of a unique field: nothing to tell whose contact this is; Insert makes an anonymous contact")
	update(t, store, func(tx *contact.Tx) error {
		for range 2 {
			if _, err := tx.Insert(contact.Values{"email": ""}); err != nil {
				return err // an empty text is nobody's identity
			}
		}
		return nil
	})
	_, found, err := store.View().Lookup("email", "")
	require.NoError(t, err)
	require.False(t, found)
}

func TestConflict(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Number("no").Unique(), contact.Text("key").Unique().Exact())
	update(t, store, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"email": "ada@x", "key": "K"})
		require.NoError(t, err)
		_, err = tx.Insert(contact.Values{"no": 7})
		require.NoError(t, err)

		// against this transaction
		_, err = tx.Insert(contact.Values{"email": "Ada@X"})
		require.EqualError(t, err, `contact: the value of unique field "email" belongs to contact 1`)
		return nil
	})
	update(t, store, func(tx *contact.Tx) error { // against the store
		_, err := tx.Insert(contact.Values{"no": 7})
		require.EqualError(t, err, `contact: the value of unique field "no" belongs to contact 2`)
		require.EqualError(t, tx.Set(1, contact.Values{"no": 7}), `contact: the value of unique field "no" belongs to contact 2`)
		_, err = tx.Upsert(contact.Values{"email": "ada@x", "no": 7})
		require.EqualError(t, err, `contact: the values of the unique fields email, no belong to different contacts: 1, 2`)
		var conflict *contact.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, []string{"email", "no"}, conflict.Fields)
		require.Equal(t, []contact.ID{1, 2}, conflict.IDs)

		require.NoError(t, tx.Set(1, contact.Values{"email": "ADA@x"}), "its own")
		_, err = tx.Insert(contact.Values{"key": "k"})
		require.NoError(t, err, "exact text identifies as written")
		_, err = tx.Insert(contact.Values{"email": "adä@x"})
		require.NoError(t, err, "accents count")
		return nil
	})
	require.Equal(t, 4, store.View().Len())
}

// Identities change hands within one transaction, whatever the order in which its
// contacts are named.
func TestIdentityChangesHands(t *testing.T) {
	for _, many := range []int{0, 600} {
		store := newStore(t, contact.Text("email").Unique(), contact.Number("no").Unique())
		a := insert(t, store, contact.Values{"email": "a@x", "no": 1})
		b := insert(t, store, contact.Values{"email": "b@x", "no": 2})
		update(t, store, func(tx *contact.Tx) error {
			for range many {
				if _, err := tx.Insert(nil); err != nil {
					return err
				}
			}
			require.NoError(t, tx.Unset(a, "email", "no"))
			require.NoError(t, tx.Set(b, contact.Values{"email": "a@x", "no": 1}))
			return tx.Set(a, contact.Values{"email": "b@x", "no": 2})
		})
		for _, want := range []struct {
			email string
			no    int
			id    contact.ID
		}{{"a@x", 1, b}, {"b@x", 2, a}} {
			id, _, err := store.View().Lookup("email", want.email)
			require.NoError(t, err)
			require.Equal(t, want.id, id)
			id, _, err = store.View().Lookup("no", want.no)
			require.NoError(t, err)
			require.Equal(t, want.id, id)
		}
	}
}

func TestUnknownFieldAndContact(t *testing.T) {
	store := newStore(t, contact.Text("country"), contact.Tags("tags"))
	const unknown = `contact: unknown field "contry", did you mean "country"?`
	id := insert(t, store, nil)
	update(t, store, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"contry": "FR"})
		require.EqualError(t, err, unknown)
		var typed *contact.UnknownFieldError
		require.ErrorAs(t, err, &typed)
		require.Equal(t, "country", typed.Nearest)
		require.EqualError(t, tx.Set(id, contact.Values{"contry": "FR"}), unknown)
		require.EqualError(t, tx.Unset(id, "contry"), unknown)
		require.EqualError(t, tx.Add(id, "contry", "FR"), unknown)
		_, err = tx.Value(id, "contry")
		require.EqualError(t, err, unknown)
		_, _, err = tx.Lookup("contry", "FR")
		require.EqualError(t, err, unknown)
		_, err = tx.Insert(contact.Values{"quite different": 1, "contry": 1})
		require.EqualError(t, err, unknown+"\n"+`contact: unknown field "quite different"`, "all problems at once")

		for _, id := range []contact.ID{0, 99} {
			require.ErrorIs(t, tx.Set(id, nil), contact.ErrNotFound)
			require.ErrorIs(t, tx.Delete(id), contact.ErrNotFound)
			require.ErrorIs(t, tx.Add(id, "tags", "x"), contact.ErrNotFound)
			_, err = tx.Value(id, "tags")
			require.ErrorIs(t, err, contact.ErrNotFound)
		}
		_, _, err = tx.Lookup("country", "FR")
		require.EqualError(t, err, `contact: field "country": the field is not unique; only values of unique fields tell whose contact it is`)
		return nil
	})
	_, err := store.View().Value(id, "contry")
	require.EqualError(t, err, unknown)
	require.Equal(t, uint64(1), store.View().Number(), "a transaction that did nothing leaves no record")
}

// Of several names as near, it is always the first declared that is suggested.
func TestSuggestionIsStable(t *testing.T) {
	store := newStore(t, contact.Text("name1"), contact.Text("name2"), contact.Text("name3"))
	for range 20 {
		_, err := store.View().Value(1, "name")
		require.EqualError(t, err, `contact: unknown field "name", did you mean "name1"?`)
	}
}

func TestWords(t *testing.T) {
	store := newStore(t, contact.Tags("tags"), contact.MultiSelect("langs", "de", "fr", "en"), contact.Text("name"))
	id := insert(t, store, contact.Values{"tags": []string{"VIP", "new", "vip"}, "langs": []any{"FR", "de", "fr"}})
	require.Equal(t, []string{"VIP", "new"}, value(t, store.View(), id, "tags"))
	require.Equal(t, []string{"de", "fr"}, value(t, store.View(), id, "langs"), "in the order and spelling declared")
	update(t, store, func(tx *contact.Tx) error {
		require.NoError(t, tx.Add(id, "tags", "vïp", "late"))
		require.NoError(t, tx.Remove(id, "tags", "NEW", "never had"))
		require.NoError(t, tx.Remove(id, "langs", "de"))
		require.NoError(t, tx.Add(id, "langs", "EN"))
		require.EqualError(t, tx.Add(id, "langs", "ne"), `contact: field "langs": "ne" is not a declared option, did you mean "de"?`)
		require.EqualError(t, tx.Add(id, "name", "x"), `contact: field "name": a Go []string does not fit a text field; give a whole value with Set`)
		return nil
	})
	require.Equal(t, []string{"VIP", "late"}, value(t, store.View(), id, "tags"))
	require.Equal(t, []string{"fr", "en"}, value(t, store.View(), id, "langs"))
	update(t, store, func(tx *contact.Tx) error { return tx.Remove(id, "tags", "vip", "late") })
	require.Nil(t, value(t, store.View(), id, "tags"))
	require.Len(t, changes(t, store)[0].Fields, 1)
}

// The tag of a transaction that did not happen leaves nothing, not even its
// spelling.
func TestTagsOfVetoed(t *testing.T) {
	store := newStore(t, contact.Tags("tags"), contact.MultiSelect("langs", "de"))
	veto := true
	require.NoError(t, store.Attach("guard", &testFloor{prepare: func(*contact.Commit) error {
		if veto {
			return errVeto
		}
		return nil
	}}, nil))
	require.ErrorIs(t, store.Update(ctx, func(tx *contact.Tx) error {
		require.NoError(t, tx.Schema().AddOptions("langs", contact.Option{Value: "FR"}))
		require.NoError(t, tx.Schema().Add(contact.Number("late")))
		_, err := tx.Insert(contact.Values{"tags": []string{"VIP", "late"}, "langs": "FR", "late": 1})
		return err
	}), errVeto)
	veto = false
	var id contact.ID
	update(t, store, func(tx *contact.Tx) (err error) {
		require.NoError(t, tx.Schema().AddOptions("langs", contact.Option{Value: "it"}, contact.Option{Value: "fr"}))
		require.NoError(t, tx.Schema().Add(contact.Text("late")))
		id, err = tx.Insert(contact.Values{"tags": []string{"late", "vip"}, "langs": []string{"fr", "it"}, "late": "text"})
		return err
	})
	require.Equal(t, []string{"late", "vip"}, value(t, store.View(), id, "tags"))
	require.Equal(t, []string{"it", "fr"}, value(t, store.View(), id, "langs"))
	require.Equal(t, "text", value(t, store.View(), id, "late"))
}

// Many words given one by one cost no more than the square of their number, and
// many edits of one contact no more than their number.
func TestManyEditsOfOneContact(t *testing.T) {
	store := newStore(t, contact.Tags("tags"), contact.Number("points"))
	var id contact.ID
	spent := pace.Start()
	update(t, store, func(tx *contact.Tx) (err error) {
		id, err = tx.Insert(nil)
		for i := range 1000 {
			require.NoError(t, tx.Add(id, "tags", fmt.Sprint("tag", i)))
		}
		for i := range 50_000 {
			if err := tx.Set(id, contact.Values{"points": i}); err != nil {
				return err
			}
		}
		return err
	})
	pace.Check(t, 20*time.Second, "many edits", spent())
	require.Len(t, value(t, store.View(), id, "tags"), 1000)
	require.Equal(t, 49_999.0, value(t, store.View(), id, "points"))
}

func TestIDsAreGivenBack(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique())
	veto := false
	require.NoError(t, store.Attach("guard", &testFloor{prepare: func(*contact.Commit) error {
		if veto {
			return errVeto
		}
		return nil
	}}, nil))
	require.Equal(t, contact.ID(1), insert(t, store, nil))
	require.Equal(t, errFailed, store.Update(ctx, func(tx *contact.Tx) error {
		id, err := tx.Insert(contact.Values{"email": "a@x"})
		require.NoError(t, err)
		require.Equal(t, contact.ID(2), id)
		return errFailed
	}))
	veto = true
	require.Equal(t, errVeto, store.Update(ctx, func(tx *contact.Tx) error {
		id, err := tx.Insert(contact.Values{"email": "a@x"})
		require.Equal(t, contact.ID(2), id)
		return err
	}))
	veto = false
	require.Equal(t, contact.ID(2), insert(t, store, contact.Values{"email": "a@x"}))
	remove(t, store, 2)
	update(t, store, func(tx *contact.Tx) error { // made and deleted at once: given all the same
		id, err := tx.Insert(nil)
		require.NoError(t, err)
		require.Equal(t, contact.ID(3), id)
		return tx.Delete(id)
	})
	require.Empty(t, changes(t, store))
	require.Equal(t, contact.ID(4), insert(t, store, nil), "never reused")
}

func TestUseAfterEnd(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Tags("tags"))
	var tx *contact.Tx
	var row *contact.Row
	email := field(t, store, "email")
	update(t, store, func(inner *contact.Tx) error {
		tx, row = inner, inner.Row()
		_, err := row.Text(email, "a@x").Insert()
		return err
	})
	check := func() {
		t.Helper()
		_, err := tx.Insert(nil)
		require.ErrorIs(t, err, contact.ErrTxDone)
		_, err = tx.Upsert(contact.Values{"email": "b@x"})
		require.ErrorIs(t, err, contact.ErrTxDone)
		require.ErrorIs(t, tx.Set(1, nil), contact.ErrTxDone)
		require.ErrorIs(t, tx.Unset(1, "email"), contact.ErrTxDone)
		require.ErrorIs(t, tx.Add(1, "tags", "x"), contact.ErrTxDone)
		require.ErrorIs(t, tx.Remove(1, "tags", "x"), contact.ErrTxDone)
		require.ErrorIs(t, tx.Delete(1), contact.ErrTxDone)
		_, err = tx.Value(1, "email")
		require.ErrorIs(t, err, contact.ErrTxDone)
		_, _, err = tx.Lookup("email", "a@x")
		require.ErrorIs(t, err, contact.ErrTxDone)
		require.False(t, tx.Exists(1))
		require.ErrorIs(t, tx.Schema().Add(contact.Text("new")), contact.ErrTxDone)
		require.ErrorIs(t, tx.Schema().SetLabel("email", "x"), contact.ErrTxDone)
		require.ErrorIs(t, tx.SetWork("floor", 1), contact.ErrTxDone)
		_, err = row.Text(email, "evil@x").Insert()
		require.ErrorIs(t, err, contact.ErrTxDone)
		require.False(t, tx.Created(1))
		require.ErrorIs(t, tx.Once("key"), contact.ErrTxDone)
		tx.By("evil", "") // it is nobody's any more
		tx.SetCause(contact.CauseImport)
		require.Nil(t, tx.Work("floor"))
	}
	check()
	update(t, store, func(next *contact.Tx) error {
		check()
		return next.Set(1, contact.Values{"tags": "x"})
	})
	for r, err := range store.Log(2) {
		require.NoError(t, err)
		require.Equal(t, []any{"", contact.CauseData}, []any{r.Actor, r.Cause})
	}
	require.Equal(t, 1, store.View().Len())
}

// A row kept beyond its transaction does not reach into the row of the next.
func TestRowAfterEnd(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Tags("tags"))
	email, tags := field(t, store, "email"), field(t, store, "tags")
	for cells := range 10 {
		fill := func(tx *contact.Tx, name string, n int) *contact.Row {
			row := tx.Row().Text(email, name)
			for range n {
				row.List(tags, name)
			}
			return row
		}
		var kept *contact.Row
		update(t, store, func(tx *contact.Tx) error {
			kept = fill(tx, fmt.Sprint("a", cells), cells)
			_, err := kept.Insert()
			return err
		})
		update(t, store, func(tx *contact.Tx) error {
			row := fill(tx, fmt.Sprint("b", cells), cells+1)
			kept.Text(email, "evil")
			id, err := row.Insert()
			require.NoError(t, err)
			x, err := tx.Value(id, "email")
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint("b", cells), x.Text())
			return nil
		})
	}
}

func TestNestedUpdate(t *testing.T) {
	store, other := newStore(t), newStore(t)
	var inner context.Context
	update(t, store, func(tx *contact.Tx) error {
		inner = tx.Context()
		require.ErrorIs(t, store.Update(tx.Context(), func(*contact.Tx) error { return nil }), contact.ErrNested)
		derived, cancel := context.WithCancel(tx.Context())
		defer cancel()
		require.ErrorIs(t, store.Update(derived, func(*contact.Tx) error { return nil }), contact.ErrNested)
		return other.Update(tx.Context(), func(tx *contact.Tx) error {
			_, err := tx.Insert(nil)
			return err
		})
	})
	require.NoError(t, store.Update(inner, func(*contact.Tx) error { return nil }), "the outer one is over")
	require.Equal(t, 1, other.View().Len())
}

func TestContextBeforeAndWhileWaiting(t *testing.T) {
	store := newStore(t)
	done, cancel := context.WithCancelCause(ctx)
	cancel(errFailed)
	never := func(*contact.Tx) error { panic("must not run") }
	require.Equal(t, errFailed, store.Update(done, never), "the cause is what comes back")

	inside, leave := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = store.Update(ctx, func(*contact.Tx) error {
			close(inside)
			<-leave
			return nil
		})
	})
	<-inside
	waiting, cancelWaiting := context.WithTimeout(ctx, 5*time.Millisecond)
	defer cancelWaiting()
	require.ErrorIs(t, store.Update(waiting, never), context.DeadlineExceeded)
	close(leave)
	wg.Wait()
	insert(t, store, nil)
}

func TestContextDuringTransaction(t *testing.T) {
	store := newStore(t)
	c, cancel := context.WithCancel(ctx)
	require.ErrorIs(t, store.Update(c, func(tx *contact.Tx) error {
		_, err := tx.Insert(nil)
		cancel()
		return err
	}), context.Canceled)
	require.Zero(t, store.View().Len())

	// Once the commit has begun the context counts no more.
	c, cancel = context.WithCancel(ctx)
	require.NoError(t, store.Attach("canceller", &testFloor{prepare: func(*contact.Commit) error {
		cancel()
		return nil
	}}, nil))
	require.NoError(t, store.Update(c, func(tx *contact.Tx) error {
		_, err := tx.Insert(nil)
		return err
	}))
	require.Equal(t, 1, store.View().Len())
}

func TestPanicGoesOn(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique())
	require.PanicsWithValue(t, errFailed, func() {
		_ = store.Update(ctx, func(tx *contact.Tx) error {
			_, err := tx.Insert(contact.Values{"email": "a@x"})
			require.NoError(t, err)
			panic(errFailed)
		})
	})
	require.Zero(t, store.View().Len())
	require.Equal(t, contact.ID(1), insert(t, store, contact.Values{"email": "a@x"}))
}

func TestGoexitRollsBack(t *testing.T) {
	store := newStore(t)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = store.Update(ctx, func(tx *contact.Tx) error {
			_, _ = tx.Insert(nil)
			runtime.Goexit()
			return nil
		})
	})
	wg.Wait()
	require.Zero(t, store.View().Len())
	require.Equal(t, contact.ID(1), insert(t, store, nil))
}

func TestErrorComesBackAsItIs(t *testing.T) {
	store := newStore(t)
	mine := fmt.Errorf("mine: %w", errFailed)
	err := store.Update(ctx, func(*contact.Tx) error { return mine })
	require.True(t, err == mine) //nolint:errorlint // the very same
	require.ErrorIs(t, err, errFailed)
}

func TestClosedStore(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique())
	id := insert(t, store, contact.Values{"email": "a@x"})
	v := store.View()
	require.NoError(t, store.Close())
	require.NoError(t, store.Close(), "closing twice is no error")
	require.ErrorIs(t, store.Update(ctx, func(*contact.Tx) error { panic("must not run") }), contact.ErrClosed)
	require.ErrorIs(t, store.Attach("late", &testFloor{}, nil), contact.ErrClosed)
	require.Equal(t, "a@x", value(t, v, id, "email"), "Views stay readable")
	require.EqualError(t, contact.ErrClosed, "contact: the store is closed")
}

// A call that returns an error has done nothing; the transaction goes on.
func TestRefusedCallDoesNothing(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Number("points"), contact.Select("plan", "Free"))
	id := insert(t, store, contact.Values{"email": "a@x", "points": 1})
	update(t, store, func(tx *contact.Tx) error {
		require.Error(t, tx.Set(id, contact.Values{"email": "b@x", "points": "many"}))
		require.Error(t, tx.Set(id, contact.Values{"email": "b@x", "plan": "Pro"}))
		_, err := tx.Insert(contact.Values{"email": "b@x", "points": 2, "nope": 1})
		require.Error(t, err)
		_, found, err := tx.Lookup("email", "b@x")
		require.NoError(t, err)
		require.False(t, found)
		return tx.Set(id, contact.Values{"points": 3})
	})
	require.Equal(t, "a@x", value(t, store.View(), id, "email"))
	require.Equal(t, 3.0, value(t, store.View(), id, "points"))
	require.Equal(t, 1, store.View().Len())
}

func TestRowTimes(t *testing.T) {
	store := newStore(t, everyKind()...)
	at := time.Date(2026, 11, 24, 10, 0, 0, 123_999_999, time.FixedZone("", 3600))
	datetime, date := field(t, store, "datetime"), field(t, store, "date")
	update(t, store, func(tx *contact.Tx) error {
		_, err := tx.Row().Time(datetime, at).Day(date, contact.DayIn(at)).Insert()
		require.NoError(t, err)
		_, err = tx.Row().Millis(datetime, 1<<60).Insert()
		require.EqualError(t, err, `contact: field "datetime": the instant lies outside the years 0000 to 9999 in UTC`)
		_, err = tx.Row().Day(date, 1<<30).Insert()
		require.EqualError(t, err, `contact: field "date": the day lies outside the years 0000 to 9999`)
		return nil
	})
	require.Equal(t, at.Truncate(time.Millisecond).UTC(), value(t, store.View(), 1, "datetime"))
}

func TestSystemClock(t *testing.T) {
	store := newStore(t)
	before := time.Now().Truncate(time.Millisecond)
	insert(t, store, nil)
	require.WithinRange(t, store.View().Time(), before, time.Now())
	called := make(chan bool)
	store.Clock().AfterFunc(time.Millisecond, func() { close(called) })
	<-called
	require.True(t, store.Clock().AfterFunc(time.Hour, func() { t.Error("was stopped") })())
}

func TestRowByHandles(t *testing.T) {
	store := newStore(t, contact.Text("email").Unique(), contact.Number("points"), contact.Select("plan", "Free"))
	other := newStore(t, contact.Text("email"))
	email, points, plan := field(t, store, "email"), field(t, store, "points"), field(t, store, "plan")
	update(t, store, func(tx *contact.Tx) error {
		id, err := tx.Row().Text(email, "a@x").Number(points, 1).Text(plan, "free").Insert()
		require.NoError(t, err)
		require.NoError(t, tx.Row().Unset(points).Value(email, contact.TextValue("A@x")).Set(id))
		again, err := tx.Row().Text(email, "a@X").Number(points, 5).Upsert()
		require.NoError(t, err)
		require.Equal(t, id, again)

		for _, f := range []contact.Field{field(t, other, "email"), {}} {
			_, err = tx.Row().Text(f, "b@x").Insert()
			require.ErrorIs(t, err, contact.ErrForeignField)
		}
		_, err = tx.Row().Text(points, "12").Insert()
		require.EqualError(t, err, `contact: field "points": a text value does not fit a number field`)
		_, err = tx.Row().Text(plan, "fre").Insert()
		require.EqualError(t, err, `contact: field "plan": "fre" is not a declared option, did you mean "Free"?`)
		_, err = tx.Row().Insert()
		require.NoError(t, err, "an error stays with its row")
		return nil
	})
	v := store.View()
	require.Equal(t, "a@X", value(t, v, 1, "email"))
	require.Equal(t, 5.0, value(t, v, 1, "points"))
	require.Equal(t, "Free", value(t, v, 1, "plan"))
	require.Equal(t, 2, v.Len())
}

// Every typed error of a refused value can be taken apart.
func TestFieldError(t *testing.T) {
	store := newStore(t, contact.Number("points"))
	err := store.Update(ctx, func(tx *contact.Tx) error {
		_, err := tx.Insert(contact.Values{"points": "many"})
		return err
	})
	var wrong *contact.FieldError
	require.True(t, errors.As(err, &wrong))
	require.Equal(t, "points", wrong.Field)
	require.Equal(t, "many", wrong.Value)
	require.EqualError(t, wrong.Unwrap(), "a Go string does not fit a number field; give a Go number")
}
