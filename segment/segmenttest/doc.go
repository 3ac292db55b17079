// Package segmenttest helps to test what is built on segments: a clock to turn, a store
// with an engine in one line, and assertions about who entered, left or stayed.
//
//	d := segmenttest.New(t, contact.Text("email").Unique(), contact.Number("points"))
//	d.Create("vip", "points >= 500")
//	ada := d.Insert(contact.Values{"email": "ada@example.com"})
//	mark := d.Mark()
//	d.Set(ada, contact.Values{"points": 510})
//	mark.Enters("vip", ada)
//
// What contacts did is recorded with [Desk.Record], and time passes with [Clock.Turn].
//
// What goes wrong in the making ends the test; an assertion that does not hold marks it as
// failed, with the feed since the mark, and lets it go on.
package segmenttest
