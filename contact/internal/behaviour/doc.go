// Package behaviour keeps what contacts did: the events of one type, each with a
// contact, a time and the values of the type's attributes. A [History] is the events of
// one type; a store holds one for each. It knows no fields, no filters and no clock: an
// instant is a number of milliseconds, a text is a code, and what "ever" or "within the
// last 90 days" means is a [Window] that the floor above chooses.
//
// # What is kept
//
// The rows of a history lie twice in pages of some hundred rows, ordered by contact (and
// then time) with all that is known, and by time (and then contact) with these two
// alone. The first order answers for one contact: a walk is a search and then rows
// beside each other. The second answers for a span of time: who did it, who did it
// three times, and for the clock, what comes into a window and what falls out of it. An
// event that arrives late, or in the future, goes to its place in a page, like any
// other; a full page is halved. So no insert waits for more than two pages, nothing is
// merged later, and what is taken out leaves no hole.
//
// In a page every lane (contact, time, each attribute) is a row of whole numbers of as
// few bytes as the page's own numbers need. What an event does not have, like an
// idempotency key, a tie or an attribute that was declared later, costs nothing. Beside
// the pages there are the set of contacts that have any event, and for an attribute that
// is Indexed a set of contacts for each of its values.
//
// For the workload of ten events for each of a million contacts, with one attribute that
// is an object, this is 19.6 bytes an event: 9.6 by contact, 6.9 by time, 3.1 for the sets.
// With a tenth of the contacts it is 21.7, because the sets of rare objects have less to
// share. Each further attribute costs the bytes of its values.
//
// The store indexes texts and no numbers. Sets for each of 2 000 whole numbers would take
// 3.2 bytes an event and make recording half as dear again, or twice; amounts, seconds and
// counts would pay for it, too. Without them the events with one number are found by a scan
// that passes over what has others, 3.5 ms for 2 million events. So an id that filters ask
// for is better a text.
//
// # Identity and ties
//
// An event is known by its [ID]: contact, time, and a tie that counts the events of one
// contact at one millisecond in the order of their arrival. So events of the same
// millisecond have an order that never changes, but one that depends on arrival; no
// answer may. Counts, sets, times and sums do not. Where a condition is about the first
// or last event and others are tied with it, walk on while Time stays the same and let
// any of them satisfy it.
//
// An idempotency key is 128 bits in the event and an entry in [Keys], which is a
// structure of its own, without versions.
//
// # Versions and transactions
//
// Versions are those of package version: the writer changes what [History.Writable]
// returned in the current epoch, and what a snapshot can see is copied first, a page at
// a time. An event inserted under a new snapshot copies two pages and the lists that
// lead to them, some 10 KiB; without a snapshot nothing is copied.
//
// A transaction is taken back by what undoes its steps, last step first: Insert by
// Delete, Delete, DeleteContact and Forget by Restore of the events that they handed out,
// and Replace by Replace of what was there. Do not go back to an older version instead: dictionaries and sets are one line of
// versions. Texts that were added stay.
//
// # Questions
//
// A [Query] says which events count: a window and tests of attributes that one and the
// same event must pass. For one contact (a change, or a candidate that is left) ask
// [History.CountUpTo], [History.First], [History.Latest], [History.Summarize], or walk
// with [History.Ascend] and [History.Descend], as for sequences. For all contacts ask
// [History.AtLeast] and [History.Having], which choose by cost between the sets by
// value, the rows by time, and a scan of all rows; Among says who is a candidate. Both
// return contacts of whom something counts; "never", "fewer than" and "exactly" are what
// is left of the live contacts, or differences:
//
//	never           live ∖ AtLeast(q, 1)
//	at most n       live ∖ AtLeast(q, n+1)
//	exactly n       AtLeast(q, n) ∖ AtLeast(q, n+1)
//	last before t   AtLeast(q, 1) ∖ AtLeast(q from t on, 1)
//
// A history does not know what now is. An event of the future counts in every window
// that reaches it, so the window of "ever" ends now.
//
// For the clock: when now moves from t1 to t2, a condition over (now-d, now] can change
// for the contacts of the events in (t1-d, t2-d] and in (t1, t2] only. A [Timeline] goes
// through those in order of time; its first event after now-d is the next that expires,
// its first after now the next that falls due.
package behaviour
