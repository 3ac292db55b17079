package segment_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/segment"
)

// How contact 1 stands to segment s, a letter for each layer it is in: f matched by
// the filter, a added by hand, r removed by hand.
func (d *desk) state() string {
	how, err := d.eng.At(d.store.View()).How("s", 1)
	require.NoError(d, err)
	state := ""
	for i, in := range []bool{how.Added, how.Removed, how.Matched} {
		if in {
			state += string("arf"[i])
		}
	}
	member := strings.ContainsAny(state, "fa") && !strings.Contains(state, "r")
	in, err := d.eng.Contains("s", 1)
	require.NoError(d, err)
	require.Equal(d, member, in, state)
	require.Equal(d, member, how.Member(), state)
	require.Equal(d, member, slices.Contains(d.eng.Of(1), how), state)
	n, err := d.eng.Count("s")
	require.NoError(d, err)
	require.Equal(d, member, n == 1, state)
	if state == "" {
		return "-"
	}
	return state
}

// do lets something happen to contact 1 or segment s and returns the effect that
// is told, if one is.
func (d *desk) do(event string) (e segment.Effect) {
	d.Helper()
	var err error
	edit := func(h segment.ByHand) {
		h.Contacts = contact.SetOf(1)
		effects, failed := d.eng.Edit(d.ctx, h)
		require.NoError(d, failed)
		e = effects[0]
	}
	switch event {
	case "add":
		edit(segment.ByHand{Add: []string{"s"}})
	case "remove":
		edit(segment.ByHand{Remove: []string{"s"}})
	case "reset":
		e, err = d.eng.Reset(d.ctx, "s", 1)
	case "starts matching":
		d.set(1, contact.Values{"yes": true})
	case "stops matching":
		d.set(1, contact.Values{"yes": false})
	case "becomes static":
		e, err = d.eng.Change(d.ctx, "s", definition("s", ""))
	case "becomes dynamic":
		e, err = d.eng.Change(d.ctx, "s", definition("s", "yes = true"))
	case "filter says no":
		e, err = d.eng.Change(d.ctx, "s", definition("s", "points = 7"))
	case "filter says yes":
		e, err = d.eng.Change(d.ctx, "s", definition("s", "points is empty"))
	case "is unpublished":
		def := definition("s", "yes = true")
		def.Unpublished = true
		e, err = d.eng.Change(d.ctx, "s", def)
	case "is renamed":
		err = d.eng.Rename(d.ctx, "s", "Another name")
	case "contact is deleted":
		d.update(func(tx *contact.Tx) error { return tx.Delete(1) })
	case "segment is deleted":
		e, err = d.eng.Delete(d.ctx, "s")
	default:
		d.Fatalf("no such event: %q", event)
	}
	require.NoError(d, err)
	return e
}

// reach brings contact 1 into a state of the dynamic segment s.
func (d *desk) reach(state string) {
	d.insert(1, contact.Values{"yes": strings.Contains(state, "f")})
	d.create("s", "yes = true")
	switch state[0] {
	case 'a':
		d.do("add")
	case 'r':
		d.do("remove")
	}
	require.Equal(d, state, d.state())
}

// TestTransitions is the whole table of how a contact's standing to a segment
// changes.
func TestTransitions(t *testing.T) {
	type effect = segment.Effect
	tests := []struct {
		event, from, to string
		feed            string // what happens to contact 1 in segment s
		effect          effect
	}{
		{"add", "-", "a", "enter (manual)", effect{Entered: 1, Marked: 1}},
		{"add", "f", "af", "", effect{Marked: 1}},
		{"add", "a", "a", "", effect{}},
		{"add", "af", "af", "", effect{}},
		{"add", "r", "a", "enter (manual)", effect{Entered: 1, Marked: 1}},
		{"add", "rf", "af", "enter (manual)", effect{Entered: 1, Marked: 1}},

		{"remove", "-", "r", "", effect{Marked: 1}},
		{"remove", "f", "rf", "leave (manual)", effect{Left: 1, Marked: 1}},
		{"remove", "a", "r", "leave (manual)", effect{Left: 1, Marked: 1}},
		{"remove", "af", "rf", "leave (manual)", effect{Left: 1, Marked: 1}},
		{"remove", "r", "r", "", effect{}},
		{"remove", "rf", "rf", "", effect{}},

		{"reset", "-", "-", "", effect{}},
		{"reset", "f", "f", "", effect{}},
		{"reset", "a", "-", "leave (manual)", effect{Left: 1, Marked: 1}},
		{"reset", "af", "f", "", effect{Marked: 1}},
		{"reset", "r", "-", "", effect{Marked: 1}},
		{"reset", "rf", "f", "enter (manual)", effect{Entered: 1, Marked: 1}},

		{"starts matching", "-", "f", "enter (data)", effect{}},
		{"starts matching", "f", "f", "", effect{}},
		{"starts matching", "a", "af", "", effect{}},
		{"starts matching", "af", "af", "", effect{}},
		{"starts matching", "r", "rf", "", effect{}},
		{"starts matching", "rf", "rf", "", effect{}},

		{"stops matching", "-", "-", "", effect{}},
		{"stops matching", "f", "-", "leave (data)", effect{}},
		{"stops matching", "a", "a", "", effect{}},
		{"stops matching", "af", "a", "", effect{}},
		{"stops matching", "r", "r", "", effect{}},
		{"stops matching", "rf", "r", "", effect{}},

		{"becomes static", "-", "-", "", effect{}},
		{"becomes static", "f", "-", "leave (definition)", effect{Left: 1}},
		{"becomes static", "a", "a", "", effect{}},
		{"becomes static", "af", "a", "", effect{}},
		{"becomes static", "r", "r", "", effect{}},
		{"becomes static", "rf", "r", "", effect{}},

		{"filter says no", "-", "-", "", effect{}},
		{"filter says no", "f", "-", "leave (definition)", effect{Left: 1}},
		{"filter says no", "a", "a", "", effect{}},
		{"filter says no", "af", "a", "", effect{}},
		{"filter says no", "r", "r", "", effect{}},
		{"filter says no", "rf", "r", "", effect{}},

		{"filter says yes", "-", "f", "enter (definition)", effect{Entered: 1}},
		{"filter says yes", "f", "f", "", effect{}},
		{"filter says yes", "a", "af", "", effect{}},
		{"filter says yes", "af", "af", "", effect{}},
		{"filter says yes", "r", "rf", "", effect{}},
		{"filter says yes", "rf", "rf", "", effect{}},

		{"is unpublished", "-", "-", "", effect{}},
		{"is unpublished", "f", "f", "", effect{}},
		{"is unpublished", "a", "a", "", effect{}},
		{"is unpublished", "af", "af", "", effect{}},
		{"is unpublished", "r", "r", "", effect{}},
		{"is unpublished", "rf", "rf", "", effect{}},

		{"is renamed", "-", "-", "", effect{}},
		{"is renamed", "f", "f", "", effect{}},
		{"is renamed", "a", "a", "", effect{}},
		{"is renamed", "af", "af", "", effect{}},
		{"is renamed", "r", "r", "", effect{}},
		{"is renamed", "rf", "rf", "", effect{}},

		{"contact is deleted", "-", "-", "", effect{}},
		{"contact is deleted", "f", "-", "leave (delete)", effect{}},
		{"contact is deleted", "a", "-", "leave (delete)", effect{}},
		{"contact is deleted", "af", "-", "leave (delete)", effect{}},
		{"contact is deleted", "r", "-", "", effect{}},
		{"contact is deleted", "rf", "-", "", effect{}},

		{"segment is deleted", "-", "", "", effect{}},
		{"segment is deleted", "f", "", "leave (definition)", effect{Left: 1}},
		{"segment is deleted", "a", "", "leave (definition)", effect{Left: 1}},
		{"segment is deleted", "af", "", "leave (definition)", effect{Left: 1}},
		{"segment is deleted", "r", "", "", effect{}},
		{"segment is deleted", "rf", "", "", effect{}},
	}
	for _, test := range tests {
		t.Run(test.event+" from "+test.from, func(t *testing.T) {
			d := newDesk(t, nil)
			d.reach(test.from)
			last := d.eng.LastChange()
			got := d.do(test.event)
			if test.to != "" {
				require.Equal(t, test.to, d.state())
			}
			var feed []string
			for c, err := range d.eng.Changes(last + 1) {
				require.NoError(t, err)
				require.EqualValues(t, 1, c.Contact)
				require.Equal(t, "s", c.Segment)
				feed = append(feed, c.Kind.String()+" ("+c.Cause.String()+")")
			}
			require.Equal(t, test.feed, strings.Join(feed, ", "))
			got.Segment = ""
			require.Equal(t, test.effect, got)
		})
	}
}

// TestBackToDynamic is what a static segment becomes when it gets a filter: hands
// stay above it.
func TestBackToDynamic(t *testing.T) {
	for _, test := range []struct {
		from, to string // static, dynamic and matching
		effect   segment.Effect
	}{
		{"-", "f", segment.Effect{Segment: "s", Entered: 1}},
		{"a", "af", segment.Effect{Segment: "s"}},
		{"r", "rf", segment.Effect{Segment: "s"}},
	} {
		for _, matching := range []bool{true, false} {
			d := newDesk(t, nil)
			d.reach(test.from)
			d.do("becomes static")
			d.set(1, contact.Values{"yes": matching})
			require.Equal(t, test.from, d.state(), "a static segment does not see values")
			got := d.do("becomes dynamic")
			if !matching {
				require.Equal(t, test.from, d.state())
				require.Equal(t, segment.Effect{Segment: "s"}, got)
				continue
			}
			require.Equal(t, test.to, d.state())
			require.Equal(t, test.effect, got)
			want := []string{}
			if test.effect.Entered == 1 {
				want = append(want, "1 enter s (definition)")
			}
			require.Equal(t, want, d.feed(d.eng.LastChange()+1-uint64(test.effect.Entered)))
		}
	}
}

// TestMauticVectors plays what users of Mautic know. Where Mautic forgets what a
// hand has done, roster keeps it.
func TestMauticVectors(t *testing.T) {
	for _, test := range []struct {
		name   string
		events string // and the state after each
	}{
		{"comes and goes by the filter",
			"starts matching: f, stops matching: -"},
		{"added by hand stays whatever happens",
			"add: a, starts matching: af, stops matching: a, filter says no: a, becomes static: a, becomes dynamic: a"},
		{"removed by hand stays out, also after it stopped matching",
			"starts matching: f, remove: rf, stops matching: r, starts matching: rf, becomes static: r, becomes dynamic: rf"},
		{"in a static segment hands are all there is",
			"becomes static: -, add: a, remove: r, add: a"},
		{"added while it matched is added by hand",
			"starts matching: f, add: af, stops matching: a"},
		{"who was in by the filter leaves with it",
			"starts matching: f, becomes static: -, stops matching: -"},
		{"added, matching and removed by hand stays out",
			"starts matching: f, add: af, remove: rf, stops matching: r, starts matching: rf"},
		{"reset leaves a contact to the filter again",
			"starts matching: f, remove: rf, reset: f, add: af, stops matching: a, reset: -"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t, nil)
			d.reach("-")
			for _, pair := range strings.Split(test.events, ", ") {
				event, want, _ := strings.Cut(pair, ": ")
				d.do(event)
				require.Equal(t, want, d.state(), "after %q", event)
			}
		})
	}
}

// TestBothEnds adds, removes and resets in one step, in this order.
func TestBothEnds(t *testing.T) {
	d := newDesk(t, nil)
	d.reach("-")
	d.create("other", "")
	effects, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1, 2), Add: []string{"s", "other"}, Remove: []string{"s"}})
	require.NoError(t, err)
	require.Equal(t, []segment.Effect{{Segment: "s", Entered: 1, Marked: 1}, {Segment: "other", Entered: 1, Marked: 1}, {Segment: "s", Left: 1, Marked: 1}}, effects,
		"contact 2 does not live and is passed over")
	require.Equal(t, "r", d.state())
	require.Equal(t, []string{"1 enter s (manual)", "1 enter other (manual)", "1 leave s (manual)"}, d.feed(1))

	_, err = d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1), Add: []string{"s"}, Reset: []string{"s"}})
	require.NoError(t, err)
	require.Equal(t, "-", d.state())

	effects, err = d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1)})
	require.NoError(t, err)
	require.Empty(t, effects)

	_, err = d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(1), Add: []string{"s"}, Remove: []string{"othr", "nowhere"}})
	require.ErrorIs(t, err, segment.ErrNotFound)
	require.ErrorContains(t, err, `no segment "othr", did you mean "other"?`)
	require.ErrorContains(t, err, `no segment "nowhere"`)
	require.Equal(t, "-", d.state(), "nothing is done if a handle is unknown")
}

// TestResetAll takes every mark of a segment back in one step.
func TestResetAll(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(1000, contact.Values{"yes": true})
	d.insert(1000, contact.Values{"yes": false})
	d.create("s", "yes = true")
	var odd []contact.ID
	for id := contact.ID(1); id <= 2000; id += 2 {
		odd = append(odd, id)
	}
	_, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: contact.SetOf(odd...), Remove: []string{"s"}})
	require.NoError(t, err)
	_, err = d.eng.Add(d.ctx, "s", 7, 1002, 1003)
	require.NoError(t, err)
	last := d.eng.LastChange()
	effects, err := d.eng.Edit(d.ctx, segment.ByHand{Contacts: d.store.View().Live(), Reset: []string{"s"}})
	require.NoError(t, err)
	require.Equal(t, []segment.Effect{{Segment: "s", Entered: 499, Left: 2, Marked: 1001}}, effects)
	require.Len(t, d.feed(last+1), 501)
	layers, err := d.eng.At(d.store.View()).Layers("s")
	require.NoError(t, err)
	require.Zero(t, layers.Added.Len()+layers.Removed.Len())
	require.Len(t, d.members("s"), 1000)
	d.verify()
}

// TestShortcuts is Add, Remove and Reset of single segments.
func TestShortcuts(t *testing.T) {
	d := newDesk(t, nil)
	d.insert(3, nil)
	d.create("s", "")
	n, err := d.eng.Add(d.ctx, "s", 1, 2, 3, 99)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	n, err = d.eng.Add(d.ctx, "s", 1)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = d.eng.Remove(d.ctx, "s", 2, 2, 99)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	e, err := d.eng.Reset(d.ctx, "s", 1, 2)
	require.NoError(t, err)
	require.Equal(t, segment.Effect{Segment: "s", Left: 1, Marked: 2}, e)
	require.Equal(t, []contact.ID{3}, d.members("s"))

	_, err = d.eng.Add(d.ctx, "t", 1)
	require.ErrorIs(t, err, segment.ErrNotFound)
	_, err = d.eng.Remove(d.ctx, "t", 1)
	require.ErrorIs(t, err, segment.ErrNotFound)
	_, err = d.eng.Reset(d.ctx, "t", 1)
	require.ErrorIs(t, err, segment.ErrNotFound)
}
