package segment_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

func (d *desk) explain(handle string, id contact.ID, opts *segment.ExplainOptions) *segment.Explanation {
	d.Helper()
	x, err := d.eng.Explain(d.ctx, handle, id, opts)
	require.NoError(d, err)
	return x
}

// TestExplain goes through every way to stand to a segment.
func TestExplain(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1, contact.Values{"country": "FR", "points": 510})
	d.insert(1, contact.Values{"country": "DE"})
	d.create("vip", `country = "fr" and points >= 500`)
	d.create("hands", "")
	d.create("both", "in segment vip and not in segment hands")
	d.update(func(tx *contact.Tx) error {
		tx.By("eve", "as she asked")
		_, err := d.eng.In(tx).Edit(segment.ByHand{Contacts: contact.SetOf(1), Add: []string{"hands"}})
		return err
	})
	is := func(handle string, id contact.ID, want string) {
		t.Helper()
		require.Equal(t, want, "\n"+d.explain(handle, id, nil).String())
	}
	is("vip", 1, `
contact 1 is in segment "vip": the filter matches
since 2026-11-24T09:00:03Z, cause definition (change 1)
✓ group 1
  ✓ country = "fr": has "FR"
  ✓ points >= 500: has 510
`)
	is("vip", 2, `
contact 2 is not in segment "vip": the filter does not match: 2 conditions fail
it never was in it
✗ group 1
  ✗ country = "fr": has "DE"
  ✗ points >= 500: has no value
`)
	is("hands", 1, `
contact 1 is in segment "hands": it was added by hand
since 2026-11-24T09:00:06Z, cause manual, by eve (change 3)
`)
	is("hands", 2, `
contact 2 is not in segment "hands": nobody has added it by hand
it never was in it
`)
	is("both", 1, `
contact 1 is not in segment "both": the filter does not match: 1 condition fails
since 2026-11-24T09:00:06Z, cause segment "hands", by eve (change 4)
✗ group 1
  ✓ in segment vip: in vip
  ✗ not in segment hands: in hands
`)
	require.Equal(t, "as she asked", d.explain("both", 1, nil).Since.Note)

	_, err := d.eng.Remove(d.ctx, "vip", 1)
	require.NoError(t, err)
	_, err = d.eng.Add(d.ctx, "vip", 2)
	require.NoError(t, err)
	is("vip", 1, `
contact 1 is not in segment "vip": it was removed by hand, though the filter matches
since 2026-11-24T09:00:07Z, cause manual (change 5)
✓ group 1
  ✓ country = "fr": has "FR"
  ✓ points >= 500: has 510
`)
	is("vip", 2, `
contact 2 is in segment "vip": it was added by hand, though the filter does not match: 2 conditions fail
since 2026-11-24T09:00:08Z, cause manual (change 6)
✗ group 1
  ✗ country = "fr": has "DE"
  ✗ points >= 500: has no value
`)
	d.update(func(tx *contact.Tx) error { return tx.Delete(2) })
	is("vip", 2, `
contact 2 is not in segment "vip": it does not exist
since 2026-11-24T09:00:09Z, cause delete (change 8)
`)

	_, err = d.eng.Explain(d.ctx, "vpi", 1, nil)
	require.ErrorIs(t, err, segment.ErrNotFound)
	ctx, cancel := context.WithCancelCause(d.ctx)
	late := errors.New("late")
	cancel(late)
	_, err = d.eng.Explain(ctx, "vip", 1, nil)
	require.ErrorIs(t, err, late)
}

// TestExplainSegments explains what a filter names, and what that names.
func TestExplainSegments(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1, contact.Values{"points": 5})
	d.create("a", "points > 1")
	d.create("b", "in segment a and points > 2")
	d.create("c", "in any segment (b, a) or not in segment b")
	require.Equal(t, `
contact 1 is in segment "c": the filter matches
since 2026-11-24T09:00:04Z, cause definition (change 3)
✓ group 1
  ✓ in any segment (b, a): in b, in a
✗ group 2
  ✗ not in segment b: in b

contact 1 is in segment "b": the filter matches
since 2026-11-24T09:00:03Z, cause definition (change 2)
✓ group 1
  ✓ in segment a: in a
  ✓ points > 2: has 5

contact 1 is in segment "a": the filter matches
since 2026-11-24T09:00:02Z, cause definition (change 1)
✓ group 1
  ✓ points > 1: has 5
`, "\n"+d.explain("c", 1, &segment.ExplainOptions{Segments: true}).String())
}

// TestResolver looks at filters that are not saved and name segments.
func TestResolver(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1, contact.Values{"points": 5})
	d.create("regulars", "points > 1")
	hidden := definition("hidden", "points > 2")
	hidden.Unpublished = true
	_, err := d.eng.Create(d.ctx, hidden)
	require.NoError(t, err)
	v := d.store.View()
	opts := &filter.CompileOptions{Segments: d.eng.At(v).Resolver()}
	f := filter.MustParse("in segment regulars and not in any segment (regulars)")
	x, err := filter.Explain(f, v, 1, opts)
	require.NoError(t, err)
	require.Equal(t, `contact 1 does not match: 1 condition fails
✗ group 1
  ✓ in segment regulars: in regulars
  ✗ not in any segment (regulars): in regulars
`, x.String())
	findings, err := filter.Lint(f, v.Schema(), opts)
	require.NoError(t, err)
	require.Equal(t, filter.Contradiction, findings[0].Kind)
	f = filter.MustParse("in any segment (regluars, hidden)")
	err = filter.Check(f, v.Schema(), opts.Segments)
	require.EqualError(t, err, `filter: or[0].and[0]: segment: no segment "regluars", did you mean "regulars"?
filter: or[0].and[0]: segment "hidden" can't be used in a filter: the segment is not published`)
	require.ErrorIs(t, err, segment.ErrNotFound)
	require.ErrorIs(t, err, segment.ErrUnpublished)
}

// TestExplainAfterTheFeedIsGone says what is not known any more.
func TestExplainAfterTheFeedIsGone(t *testing.T) {
	d := newDesk(t, &segment.Options{KeepFeed: -1})
	d.create("some", "points > 1")
	d.insert(2, contact.Values{"points": 5})
	x := d.explain("some", 2, nil)
	require.EqualValues(t, 2, x.Since.Change)
	d.set(1, contact.Values{"points": 0})
	require.EqualValues(t, 3, d.explain("some", 1, nil).Since.Change)
	x = d.explain("some", 2, nil)
	require.Nil(t, x.Since)
	require.False(t, x.Whole)
	require.Equal(t, `
contact 2 is in segment "some": the filter matches
since when is not kept
✓ group 1
  ✓ points > 1: has 5
`, "\n"+x.String())
	data, err := json.Marshal(d.explain("some", 1, nil))
	require.NoError(t, err)
	require.JSONEq(t, `{"segment":"some","version":1,"contact":1,"exists":true,"member":false,"matched":false,"added":false,"removed":false,"whole":true,
		"filter":{"contact":1,"exists":true,"matches":false,"nearest":0,
			"groups":[{"holds":false,"distance":1,"terms":[{"path":"or[0].and[0]","text":"points > 1","holds":false,"distance":1,"field":"points","has":"0"}]}],
			"decisive":[{"path":"or[0].and[0]","text":"points > 1","holds":false,"distance":1,"field":"points","has":"0"}]},
		"since":{"time":"2026-11-24T09:00:03Z","kind":"leave","cause":"data","change":3,"tx":3,"version":1}}`, string(data))
	var read segment.Explanation
	require.NoError(t, json.Unmarshal(data, &read))
	require.Equal(t, d.explain("some", 1, nil).String(), read.String())
	require.Error(t, json.Unmarshal([]byte(`{"kind":"go"}`), new(segment.Since)))
	require.Error(t, json.Unmarshal([]byte(`{"cause":"fate"}`), new(segment.Since)))
}
