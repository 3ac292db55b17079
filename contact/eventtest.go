package contact

import (
	"context"
	"math"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/column"
)

// ProbeAsked asks a predicate of each candidate that is in a set; others pass if outside
// says so. It is for questions that take a while, and must not change its answer.
func ProbeAsked(among Set, outside bool, ask func(ID) bool) Probe {
	return Probe{column.Asked(among.ids, outside, func(row uint32) bool { return ask(ID(row)) })}
}

// ProbeOutside asks for living and not being in a set of living contacts.
func (v *View) ProbeOutside(s Set) Probe { return Probe{column.Without(v.st.live, s.ids)} }

// EventNumber returns a number in the form that tests look at. One that is not finite is
// no value.
func EventNumber(x float64) EventValue { return behaviour.Number(x) }

// EventBool returns yes or no in the form that tests look at.
func EventBool(yes bool) EventValue { return behaviour.Bool(yes) }

// Test returns a test that the given values of an attribute pass; 0 among them lets
// events pass that have none. No event passes if the attribute is not of this type.
func (e EventView) Test(f Field, values ...EventValue) EventTest {
	attr := e.attr(f)
	if attr < 0 {
		return noEventPasses
	}
	for _, v := range values {
		if v > math.MaxUint16 && e.h.Texts(attr) == nil { // a number: no table of that length
			in := make(map[EventValue]bool, len(values))
			for _, v := range values {
				in[v] = true
			}
			return EventTest{Attr: attr, Pass: func(v EventValue) bool { return in[v] }}
		}
	}
	return EventTest{Attr: attr, In: behaviour.Codes(values...)}
}

var noEventPasses = EventTest{Pass: func(EventValue) bool { return false }}

// TestFunc returns a test that asks a function about the value of an attribute. It must
// answer the same for the same value.
func (e EventView) TestFunc(f Field, pass func(EventValue) bool) EventTest {
	attr := e.attr(f)
	if attr < 0 {
		return noEventPasses
	}
	return EventTest{Attr: attr, Pass: pass}
}

// TestTexts returns a test that the texts of an attribute pass which a predicate accepts,
// and if missing says so events that have none. The predicate is asked once per distinct
// text, with the text as written and folded, and memo, which belongs to it and to the
// attribute, keeps what it said. It must be safe for concurrent use and must not keep the
// texts; it may be asked about texts that no event has any more.
//
// The context is looked at while the predicate is asked; when it ends, its cause is the
// error.
func (e EventView) TestTexts(ctx context.Context, f Field, memo *TextMemo, missing bool, accept func(written, folded string) bool) (EventTest, error) {
	attr := e.attr(f)
	words := e.h.Texts(attr)
	if words == nil {
		return noEventPasses, nil
	}
	in, err := memo.memo.All(ctx, words, accept)
	if err != nil {
		return noEventPasses, err
	}
	if missing {
		in = append([]uint64(nil), in...)
		in[0] |= 1
	}
	return EventTest{Attr: attr, In: in}, nil
}

// TestText is TestTexts for few events: the predicate is asked about the text of each, if
// the memo does not know what it says.
func (e EventView) TestText(f Field, memo *TextMemo, missing bool, accept func(written, folded string) bool) EventTest {
	attr := e.attr(f)
	words := e.h.Texts(attr)
	if words == nil {
		return noEventPasses
	}
	return EventTest{Attr: attr, Pass: func(v EventValue) bool {
		if v == 0 {
			return missing
		}
		return memo.memo.Accepts(words, v.Code(), accept)
	}}
}

// Text returns the text that a value of a text attribute stands for, as written and in the
// form it is compared in. It is good for the version it comes from and those after it.
func (e EventView) Text(f Field, v EventValue) (written, folded string, ok bool) {
	words := e.h.Texts(e.attr(f))
	if words == nil || v == 0 || int(v.Code()) > words.Len() {
		return "", "", false
	}
	written, folded = words.Both(v.Code())
	return written, folded, true
}
