package segment_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/internal/pace"
	"github.com/rosterdb/roster/internal/testflags"
	"github.com/rosterdb/roster/segment"
)

// TestConcurrent reads in every way while a writer commits small and large
// transactions: every version a reader sees is right in itself.
func TestConcurrent(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(300, contact.Values{"points": 1})
	d.create("high", "points >= 50")
	d.create("rest", "not in segment high")
	d.create("none", "in all segments (high, rest)")
	d.create("all", "in any segment (high, rest)")
	d.create("hands", "")
	d.update(func(tx *contact.Tx) error { return tx.Schema().Add(contact.DateTime("at")) })
	d.create("moving", "at within the last 30 days")

	var over atomic.Bool
	var wg sync.WaitGroup
	read := func(name string, fn func(rng *rand.Rand) error) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rng := rand.New(rand.NewPCG(7, uint64(len(name))))
			for n := 0; !over.Load() || n == 0; n++ {
				if err := fn(rng); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
			}
		}()
	}
	var held sync.Map
	read("view", func(rng *rand.Rand) error {
		v := d.store.View()
		err := consistent(d.eng, v)
		if rng.IntN(20) == 0 {
			n, _ := d.eng.At(v).Count("high")
			held.Store(v, n)
		}
		return err
	})
	read("stored", func(rng *rand.Rand) error {
		_, err := d.eng.Contains("high", contact.ID(1+rng.IntN(2000)))
		n, err2 := d.eng.Count("rest")
		m, err3 := d.eng.Members("all")
		_, err4 := d.eng.Get("hands")
		if n < 0 || m.Len() == 0 {
			return fmt.Errorf("%d, %d", n, m.Len())
		}
		return errors.Join(err, err2, err3, err4)
	})
	read("figures", func(*rand.Rand) error {
		s, err := d.eng.SegmentStats("moving")
		if s.IndexBytes < 0 || d.eng.Stats().Segments < 6 {
			return fmt.Errorf("%v", s)
		}
		return err
	})
	read("one", func(rng *rand.Rand) error {
		id := contact.ID(1 + rng.IntN(300))
		in := map[string]bool{}
		for _, m := range d.eng.Of(id) {
			in[m.Segment] = true
		}
		if in["high"] == in["rest"] || in["none"] || !in["all"] {
			return fmt.Errorf("contact %d is in %v", id, in)
		}
		return nil
	})
	read("preview", func(*rand.Rand) error {
		p, err := d.eng.Preview(d.ctx, filter.MustParse("not in segment rest"))
		if err != nil {
			return err
		}
		high, err := d.eng.At(p.View).Members("high")
		if !p.Members.Equal(high) || p.Count() != high.Len() {
			return fmt.Errorf("preview finds %d, want %d", p.Count(), high.Len())
		}
		return err
	})
	read("feed", func(rng *rand.Rand) error {
		from := d.eng.LastChange()
		from -= min(from, rng.Uint64N(3000))
		next := max(1, from)
		for c, err := range d.eng.Changes(from) {
			if err != nil || c.Number != next {
				return fmt.Errorf("%v, %w", c, err)
			}
			next++
		}
		return nil
	})
	var told atomic.Int64
	stop := d.eng.OnChange(func(segment.Change) { told.Add(1) })

	write(d, min(testflags.Steps(60), 1000))
	over.Store(true)
	wg.Wait()
	d.flush()
	stop()
	require.EqualValues(t, d.eng.LastChange(), told.Load()+300+300+int64(changedByDefinition(d)), "heard is all but definitions")
	held.Range(func(v, n any) bool {
		require.NoError(t, consistent(d.eng, v.(*contact.View)), "a view stays as it is")
		now, err := d.eng.At(v.(*contact.View)).Count("high")
		require.NoError(t, err)
		require.Equal(t, n, now)
		return true
	})
}

// changedByDefinition counts what call-backs are not told, but for the first fills
// of rest and all.
func changedByDefinition(d *desk) (n int) {
	for _, c := range d.changes(601) {
		if c.Cause == contact.CauseDefinition {
			n++
		}
	}
	return n
}

// consistent reports what is wrong with a version.
func consistent(eng *segment.Engine, v *contact.View) error {
	at := eng.At(v)
	high, err := at.Members("high")
	rest, err2 := at.Members("rest")
	all, err3 := at.Members("all")
	none, err4 := at.Count("none")
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return err
	}
	switch {
	case high.AndLen(rest) != 0:
		return errors.New("both high and rest")
	case !high.Or(rest).Equal(v.Live()):
		return fmt.Errorf("%d high and %d rest are not all of %d", high.Len(), rest.Len(), v.Len())
	case !all.Equal(v.Live()):
		return fmt.Errorf("all are %d of %d", all.Len(), v.Len())
	case none != 0:
		return fmt.Errorf("%d in none", none)
	}
	return nil
}

// write commits small and large transactions of every kind. The first 300 contacts
// live on.
func write(d *desk, steps int) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range steps {
		d.update(func(tx *contact.Tx) error {
			switch i % 10 {
			case 3: // many come
				for range 600 {
					if _, err := tx.Insert(contact.Values{"points": rng.IntN(100)}); err != nil {
						return err
					}
				}
			case 5: // all change
				for id := range d.store.View().Live().All() {
					if err := tx.Set(id, contact.Values{"points": rng.IntN(100)}); err != nil {
						return err
					}
				}
			case 7: // many go
				for id := range d.store.View().Live().From(301) {
					if err := tx.Delete(id); err != nil {
						return err
					}
				}
			case 8: // hands
				_, err := d.eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(1, 2, 3, contact.ID(rng.IntN(300))),
					Add: []string{"hands"}, Remove: []string{"high"}})
				return err
			case 9: // definitions
				_, err := d.eng.In(tx).Change("high", definition("high", fmt.Sprintf("points >= %d", rng.IntN(100))))
				_, err2 := d.eng.In(tx).Edit(segment.ByHand{Contacts: d.store.View().Live(), Reset: []string{"high", "hands"}})
				return errors.Join(err, err2)
			default:
				return tx.Set(contact.ID(1+rng.IntN(300)), contact.Values{"points": rng.IntN(100)})
			}
			return nil
		})
	}
}

// TestConcurrentWriters takes turns.
func TestConcurrentWriters(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(100, nil)
	d.create("s", "")
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 25 {
				if n, err := d.eng.Add(context.Background(), "s", contact.ID(1+w*25+i)); n != 1 || err != nil {
					t.Errorf("%d entered, %v", n, err)
				}
				if _, err := d.eng.Create(d.ctx, segment.Definition{Name: "Same name"}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	require.Len(t, d.members("s"), 100)
	require.Len(t, d.eng.List(), 101)
	require.EqualValues(t, 100, d.eng.LastChange())
}

// A gate is a floor above the engine that reads from another goroutine while a
// transaction is on its way.
type gate struct {
	vetoer
	read func() error
}

func (g *gate) Prepare(*contact.Commit) error {
	done := make(chan error, 1)
	go func() { done <- g.read() }()
	select {
	case err := <-done:
		return err
	case <-time.After(pace.Patience):
		return errors.New("readers wait")
	}
}

// TestReadersGoOn while segments are defined, filled and edited by hand, and while
// many contacts change: they see nothing of it.
func TestReadersGoOn(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(2000, contact.Values{"points": 1})
	d.create("s", "points = 1")
	g := &gate{}
	g.read = func() error {
		in, err := d.eng.Contains("s", 7)
		n, err2 := d.eng.Count("s")
		_, err3 := d.eng.Get("new")
		if !in || n != 2000 || !errors.Is(err3, segment.ErrNotFound) || len(d.eng.Of(7)) != 1 {
			return fmt.Errorf("a reader sees %v, %d, %w", in, n, err3)
		}
		return errors.Join(err, err2)
	}
	require.NoError(t, d.store.Attach("gate", g, nil))
	d.create("new", "points < 5")
	g.read = func() error {
		if n, err := d.eng.Count("new"); n != 2000 {
			return fmt.Errorf("a reader sees %d, %w", n, err)
		}
		return nil
	}
	_, err := d.eng.Remove(d.ctx, "new", 1, 2, 3)
	require.NoError(t, err)
	g.read = func() error {
		if n, err := d.eng.Count("new"); n != 1997 {
			return fmt.Errorf("a reader sees %d, %w", n, err)
		}
		return nil
	}
	d.update(func(tx *contact.Tx) error {
		for id := contact.ID(1); id <= 2000; id++ {
			if err := tx.Set(id, contact.Values{"points": 9}); err != nil {
				return err
			}
		}
		return nil
	})
	g.read = func() error { return nil }
	require.Empty(t, d.members("new"))
}
