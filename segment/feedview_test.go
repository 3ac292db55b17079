package segment_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// TestFeedOfView has readers follow the feed from view to view while a writer commits, is
// refused and gives up: up to the change that the members name, the feed makes exactly
// these members, and it is there as soon as they are.
func TestFeedOfView(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(t *testing.T) *desk
	}{
		{"memory", func(t *testing.T) *desk { return newDesk(t, nil) }},
		{"each commit synced", func(t *testing.T) *desk { return openDesk(t, t.TempDir(), 0, nil) }},
		{"synced now and then", func(t *testing.T) *desk { return openDesk(t, t.TempDir(), time.Millisecond, nil) }},
	} {
		t.Run(c.name, func(t *testing.T) { followViews(c.open(t)) })
	}
}

func followViews(d *desk) {
	const n = 700
	d.insert(n, contact.Values{"points": 1})
	d.create("high", "points >= 50")
	veto := d.vetoer()
	var over atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			in, last := map[contact.ID]bool{}, uint64(0)
			for end := false; !end; {
				end = over.Load()
				v := d.store.View()
				m := segment.At(v)
				if err := follow(d.eng, in, last, m.LastChange()); err != nil {
					d.Errorf("%v", err)
					return
				}
				last = m.LastChange()
				want, err := m.Members("high")
				if err != nil || len(in) != want.Len() {
					d.Errorf("the feed makes %d members up to %d, there are %d; %v", len(in), last, want.Len(), err)
					return
				}
			}
		})
	}
	refused := 0
	for i := range testflags.Steps(300) {
		veto.set("")
		if i%3 == 0 {
			veto.set("veto")
		}
		some := 1 + i%5
		if i%50 == 0 {
			some = n // beside the version that is read
		}
		err := d.store.Update(d.ctx, func(tx *contact.Tx) error {
			for j := range some {
				if err := tx.Set(contact.ID(1+(i+j)%n), contact.Values{"points": 100 * ((i / 7) % 2), "country": "FR"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			require.ErrorIs(d, err, errVeto)
			refused++
		}
	}
	over.Store(true)
	wg.Wait()
	require.Positive(d, refused)
	require.Greater(d, d.eng.LastChange(), uint64(n))
}

// follow does to the members what the feed says from one number to another.
func follow(eng *segment.Engine, in map[contact.ID]bool, from, to uint64) error {
	next := from + 1
	for c, err := range eng.Changes(next) {
		switch {
		case err != nil:
			return err
		case c.Number > to:
			return nil
		case c.Number != next || in[c.Contact] == (c.Kind == segment.Enter):
			return fmt.Errorf("after %d comes %v", next-1, c)
		case c.Kind == segment.Enter:
			in[c.Contact] = true
		default:
			delete(in, c.Contact)
		}
		next++
	}
	if next <= to {
		return fmt.Errorf("the feed ends before %d, members are of %d", next, to)
	}
	return nil
}
