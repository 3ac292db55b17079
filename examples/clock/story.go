package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rosterdb/roster/contact"
)

// story is what happens, one after the other.
var story = []struct {
	what string
	do   func(ctx context.Context, s *shop) error
}{
	{"Christmas Eve: three people join.", func(ctx context.Context, s *shop) error {
		return s.store.Update(ctx, func(tx *contact.Tx) error {
			for _, values := range []contact.Values{
				{"name": "Ada", "timezone": "Europe/Zurich", "birthday": contact.DayOf(1990, 12, 31), "renewal": contact.DayOf(2027, 2, 7)},
				{"name": "Kenji", "timezone": "Asia/Tokyo", "birthday": contact.DayOf(1984, 1, 2)},
				{"name": "Zoe", "timezone": "America/New_York", "birthday": contact.DayOf(1996, 2, 29), "renewal": contact.DayOf(2027, 2, 7)},
			} {
				id, err := tx.Insert(values)
				if err != nil {
					return err
				}
				if err := tx.Seen(id, time.Time{}); err != nil {
					return err
				}
			}
			return nil
		})
	}},
	{"Ten days pass, and the year ends. Nobody calls the engine, it wakes by itself.", func(_ context.Context, s *shop) error {
		s.clock.Turn(10 * 24 * time.Hour)
		return nil
	}},
	{"Ada comes by.", func(ctx context.Context, s *shop) error {
		return s.store.Update(ctx, func(tx *contact.Tx) error { return tx.Seen(1, time.Time{}) })
	}},
	{"The program is off until March. What fell due is there when it is back, each at its own time.", func(_ context.Context, s *shop) error {
		if err := s.store.Close(); err != nil {
			return err
		}
		s.clock.TurnTo(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC))
		return s.open()
	}},
	{"Somebody sets the clock back by a day: nothing is undone, time stands still until it has caught up.", func(_ context.Context, s *shop) error {
		s.clock.Turn(-24 * time.Hour)
		fmt.Fprintln(s.out, "  the clock is behind by", s.store.Stats().ClockBehind)
		return nil
	}},
}
