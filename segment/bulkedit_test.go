package segment_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// Many definitions that come, change and go in one transaction fall due as those do that come
// one by one, and what was looked up for a limit that stays is still good.
func TestManyEditsAtOnce(t *testing.T) {
	w := newActors(t, noon, &segment.Options{NoBackground: true})
	check := func() {
		t.Helper()
		require.NoError(t, segment.CheckAgenda(w.eng))
		require.NoError(t, w.eng.Verify(w.ctx))
	}
	for i := range 300 {
		id := w.insert(1, contact.Values{"at": noon.Add(-time.Duration(i) * time.Hour), "yes": i%2 == 0})
		w.record(id, hit(noon.Add(-time.Duration(i)*time.Hour), fmt.Sprint(i%7)))
	}
	text := func(i int) string {
		switch i % 4 {
		case 0:
			return "at within the last 3 days and yes = true"
		case 1:
			return fmt.Sprintf("at within the last %d hours", 1+i%60)
		case 2:
			return fmt.Sprintf("did hit where (url = \"%d\") in the last 2 days", i%7)
		}
		return "at is today or at is yesterday"
	}
	edit := func(fn func(eng segment.Tx) error) {
		t.Helper()
		w.update(func(tx *contact.Tx) error { return fn(w.eng.In(tx)) })
		check()
	}
	edit(func(eng segment.Tx) error {
		for i := range 900 {
			if _, err := eng.Create(definition(fmt.Sprint("s", i), text(i))); err != nil {
				return err
			}
		}
		return nil
	})
	w.turn(noon.Add(90 * time.Minute))
	check()
	edit(func(eng segment.Tx) error {
		for i := range 400 {
			if _, err := eng.Change(fmt.Sprint("s", i), definition(fmt.Sprint("s", i), text(i+1))); err != nil {
				return err
			}
		}
		return nil
	})
	require.NoError(t, w.store.Update(w.ctx, func(tx *contact.Tx) error {
		return tx.Schema().SetCalendar(contact.Calendar{Zone: "Asia/Tokyo"})
	}))
	check()
	w.turn(noon.Add(13 * time.Hour))
	check()
	require.ErrorIs(t, w.store.Update(w.ctx, func(tx *contact.Tx) error {
		for i := range 800 {
			if _, err := w.eng.In(tx).Delete(fmt.Sprint("s", i)); err != nil {
				return err
			}
		}
		return errHost
	}), errHost)
	check()
	edit(func(eng segment.Tx) error {
		for i := range 800 {
			if _, err := eng.Delete(fmt.Sprint("s", i)); err != nil {
				return err
			}
		}
		return nil
	})
	w.turn(noon.Add(50 * time.Hour))
	check()
}
