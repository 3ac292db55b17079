// Package segment keeps segments: named sets of contacts that are always right.
//
// A static segment has no filter: contacts are put in by hand. A dynamic one has
// a [filter.Filter]: contacts come and go as their values change and as they do things. When an Update
// of the store returns, every segment has been brought up to date in the same
// transaction, also those that name other segments. There is no rebuild.
//
// # Membership
//
// A segment has three layers, kept apart: the contacts its filter matches, those
// added by hand and those removed by hand. Its members are those matched or
// added, without those removed. Hands go above the filter until they are reset,
// whatever happens to the data or the definition:
//
//	before             | add by hand     | remove by hand | reset by hand
//	not in             | enters, added   | removed        | –
//	matched            | added           | leaves, removed | –
//	added              | –               | leaves, removed | leaves if not matched
//	removed            | enters, added   | –              | enters if matched
//
// # Use
//
// What depends on a segment keeps it from being deleted or unpublished: the segments
// whose filters name it, and what a host registers with [Engine.Use], such as a
// campaign. [Engine.Users] lists both.
//
// # Feed
//
// Every enter and leave has a number without gaps, a time, a cause and the commit
// it belongs to. The feed is read from any kept number with [Engine.Changes], or
// heard with [Engine.OnChange], whose function runs on a goroutine of its own: no
// commit waits for it.
//
// # Time
//
// Filters may be relative to the time: `last_active within the last 30 days`. Reads answer as
// of [Engine.Now]. When a limit comes to a contact's value, the contact enters or leaves at
// that instant, in a commit of its own with that time and [contact.CauseClock]. That
// happens before each Update, by [Engine.Advance], and by itself: a timer of the store's
// clock is set to the next such instant, and there is none while there is no such instant.
//
// # Behaviour
//
// Filters may ask what contacts did: `did page.hit at least 3 times in the last 30 days`. A
// contact moves in the commit that records or deletes an event, with [contact.CauseEvent] if
// that is the reason and the transaction names no other cause, and by the clock when an event
// comes to its time or falls out of a window. The order in which events arrive makes no
// difference to the members in the end.
//
// # What survives
//
// In a store that is kept on disk, see [contact.Open], definitions with all their
// versions, the marks by hand, the users and the feed are facts: they are in the same commit of
// the same file as the contacts. Ids and numbers of changes are never given twice.
// Members are answers: they are stored beside the facts, so that opening asks no
// filter, and computed anew if the meaning of filters may have changed since, by
// another version of this package, of Unicode or of the rules of a time zone that
// definitions name, or if [Options] asks for it. What
// differs then is repaired before the first transaction and is in the feed with
// [contact.CauseRepair]. A definition that this program can't use, though another one
// could, is isolated: [Segment] says why, its members stay as they are, and the others go
// on. Changes that memory does not keep are read from the log, as
// far back as that goes. Subscriptions do not survive: one who resumes says from
// which number. [Engine.Verify] compares everything with the facts at any time, and
// [Engine.VerifySlice] does so bit by bit.
package segment
