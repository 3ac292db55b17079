// Package contact holds contacts: their schema, their values in columns, the one
// transaction that changes them, the one log of what was changed, and the one file
// that all of it may be kept in.
//
// A [Schema] says which fields contacts have; it can grow while the store is in
// use. A [Store] holds the contacts. Everything is written in transactions, by
// [Store.Update]: all of a transaction happens, or nothing. Everything is read
// from a [View], one consistent version that stays as it is for as long as it is
// held, while writing goes on.
//
// # Values
//
// A field has one of nine kinds, listed at [Kind] with the Go types each
// accepts. Every field of a contact has a value or is missing; missing is neither
// 0 nor "". Text keeps its spelling. Whole numbers beyond ±2⁵³, which a float64
// cannot hold, are refused rather than rounded. Instants are kept to the
// millisecond, times of day to the second; a [Day] and a [ClockTime] belong to no time
// zone.
//
// A datetime field may be kept by the store: when a contact was made, identified, last
// changed or last active, see [FieldPart.Kept]. A number field may have a default, which
// contacts have as long as nothing else is written, see [FieldPart.Default]. What days
// and weeks are is said by the schema's [Calendar].
//
// # Identity
//
// The values of unique fields say whose contact it is. Text identifies without
// regard to case, but accents count: ZOË@example.com and zoë@example.com are one
// person, zoe@example.com is another. [Tx.Upsert] finds a contact by any of them.
// An [ID] is given once and never reused.
//
// # Companies
//
// A schema may declare [Companies] with fields of their own. [Tx.Companies] writes them
// and says which contacts belong to them; a contact belongs to any number of companies,
// and at most one of them is its primary one. A [CompanyID] is given like an ID.
//
// # Events
//
// A schema may declare types of events with attributes, by [EventType]. [Tx.Record] notes
// what a contact did and when, late or ahead of time, one at a time or in bulk; a key makes
// an event one that is recorded once. [View.Events] tells them, [View.EventsOf] answers
// questions about all contacts. The events of a contact that is deleted go with it. The
// events of a type declared by [Sessions] are made by the store from those of others.
//
// # Cost
//
// A column keeps its values in the narrowest dense form that holds them exactly,
// in pages of 1 024 contacts. Taking a View costs the same whatever the store
// holds; afterwards the first change of each page copies it. Equality, options,
// tags, domains of e-mail addresses, yes-or-no and emptiness are answered from sets that are kept, ranges by a
// pass over a dense array, patterns once per distinct text.
//
// # On disk
//
// [New] keeps nothing; a store from [Open] is used in exactly the same way and keeps
// everything in one file of a directory. When Update returns, the commit survives
// the end of the process and of the machine, and nobody has seen it before that;
// [Options.Sync] can loosen this. Values are read from memory all the same: opening
// reads the whole file and checks every byte that counts. After an error of the disk
// nothing more is written until the store is opened again; Views go on.
// docs/durability.md has the promises and their limits.
//
// # Floors
//
// Packages above attach themselves as a [Floor]: they see every transaction
// before it commits, keep what is theirs in the same versions, and can refuse.
package contact
