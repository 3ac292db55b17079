// Package filter is the language that says which contacts are meant.
//
// A [Filter] is an OR of groups, a group an AND of conditions, with any nesting and
// any negation. It has three spellings, with exact round trips between them: this
// text, read by [Parse] and written by [Filter.String]; JSON, see
// [Filter.MarshalJSON]; and Go, see [New].
//
//	country in ("FR", "DE") and points >= 500 or tags has any ("vip")
//
// # Grammar
//
//	whole     = filter [ "in zone" ( text | "of" field [ "else" text ] ) ]
//	filter    = group { "or" group }
//	group     = term { "and" term }
//	term      = { "not" } ( condition | "(" filter ")" | scope | behaviour )
//	scope     = ( "any" | "no" ) "company" "(" filter ")"
//	behaviour = ( "did" [ "not" "do" ] | "never" "did" ) ( counted | sequence )
//	          | ( "sum" | "average" | "min" | "max" | "count" ) "of" field "of" events [ period ] operation
//	          | ( "first" | "last" ) events period
//	          | field "of" ( "first" | "last" ) events [ period ] operation
//	events    = field [ "where" "(" filter ")" ]
//	counted   = events [ quantity ( "time" | "times" )
//	                   | "on" quantity "different" ( "day" | "days" )
//	                   | "with" quantity "different" field ] [ period ]
//	quantity  = [ "at" ( "least" | "most" ) | "exactly" ] digits
//	sequence  = events [ period ] "then" events [ "within" count ] [ "without" events ]
//	period    = ( "in" | "within" ) "the" "last" count
//	          | ( "since" | "after" | "before" | "until" | "on" ) value
//	          | "from" value "to" value
//	operation = what follows the subject or the field of a condition
//	condition = subject ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
//	          | subject [ "not" ] "between" value "and" value
//	          | subject [ "not" ] "in" "(" value { "," value } ")"
//	          | field [ "not" ] ( "like" | "contains" | "starts with" | "ends with" | "matches" ) text
//	          | field "is" [ "not" ] "empty"
//	          | field [ "not" ] ( "within" | "in" ) window
//	          | field "is" [ "not" ] ( relative | "in" window ) | field ( "+" | "-" ) count
//	          | field ( "has any" | "has all" | "has none" | "lacks any" ) "(" value { "," value } ")"
//	          | "in segment" ref | "in any segment" "(" ref { "," ref } ")" | "in all segments" "(" ref { "," ref } ")"
//	subject   = [ ( "year" | "month" | "day" | "weekday" | "hour" ) "of" ] field
//	ref       = part | text
//	field     = part { "." part }
//	part      = name | "`" any text, a doubled ` standing for one "`"
//	name      = letter or _ , then letters of any script, digits, _
//	value     = number | text | true | false | date | datetime | time | relative | weekday
//	number    = ["-"] digits ["." digits] [("e"|"E") ["+"|"-"] digits]
//	text      = "raw" or 'raw', a doubled quote standing for the quote
//	date      = 2026-11-24
//	datetime  = 2026-11-24T10:00:00[.fff](Z|±hh:mm)
//	time      = 09:30[:15]
//	relative  = "now" | "yesterday" | "today" | "tomorrow" | span
//	          | ( "+" | "-" ) count | count "ago" | "in" count
//	          | ( "first" | "last" ) "day of" ( span | month [ which "year" ] )
//	          | weekday which "week"
//	span      = which ( "week" | "month" | "quarter" | "year" )
//	which     = "last" | "this" | "next"
//	window    = "the" ( "last" | "next" ) count
//	count     = digits ( "seconds" | "minutes" | "hours" | "days" | "weeks" | "months" | "quarters" | "years" )
//	weekday   = "monday" to "sunday"
//	month     = "january" to "december"
//
// Words of the language are read in any case of ASCII letters, names are not:
// Country and country are two fields. White space between tokens is free and
// includes line breaks.
//
// The words and, or, not, in, between, is, like, contains, starts, ends, matches,
// has, lacks, true, false, did, never, any, all, no, first and last are reserved:
// as names they stand in backticks. All others (empty, segment, with, today …) are
// known by their place and may be names of fields, of attributes and of types of events.
//
// The fields of a contact's primary company are called company. and their name. In a
// scope, `any company (industry = "steel" and employees > 100)`, the conditions speak of
// one and the same company, whose fields are called by their names alone; there are no
// other conditions in it, and no scope.
//
// What a contact did is asked by the type of the events, which is written like the name
// of a field. Everything that is said of an event is said of one and the same: in
// `did page.hit where (url contains "/pricing" and source = "x")` the conditions, which
// name attributes and nothing else, speak of one hit. Without a number `did` means at
// least once, and a number without more means at least; at most includes who never did.
// Days are different as a calendar in the filter's zone shows them, values as = tells
// them apart, and an event without the attribute has none.
//
// A period is where the events must lie: `in the last 30 days` begins at the same time of
// day 30 days ago, which is excluded, and ends now; `from … to …` includes both days. The
// others compare as >=, >, <, <= and = do. Where `first` and `last` begin a term, they
// choose among all events, and the period is where the chosen one must lie; in `url of
// last page.hit in the last 7 days = "x"` and of a sum it is where all of them must.
//
// Sums and averages are exact, whatever the order of the events, and rounded once; a
// number counts as the shortest decimal that stands for it; what
// is empty is no value. Over no event a sum and a count are 0; an average, a min, a max and an attribute of the
// first or last event are missing. Where several events are the first or last at once, a
// term holds if it does of one of them. The second step of a sequence is strictly later
// than the first, and within a gap it comes before as much time has passed; `without`
// means that none lies between the two. The period of a sequence is that of the first
// step. An event counts from its own time on, so who such a term holds of depends on the
// time: a program that has one is asked by [Program.At].
//
// The domain of a field of e-mail addresses is called by the name of the field and
// .domain: email.domain, company.email.domain.
//
// The name of a field is one string, its parts joined by dots: `a.b`.c is the
// field a.b.c, in JSON and Go too.
//
// What begins with four digits and - is a date or a datetime or an error, what begins
// with digits and : a time of day or an error. A
// datetime is kept and printed as the instant in UTC. An integer written in digits
// only must be one that float64 holds exactly; any other number is rounded to the
// nearest float64. A text has no escapes and may hold line breaks; as an operand it
// must not be empty.
//
// Relative dates stay what they are, whatever the time is: they are resolved when a
// filter is asked, see [Program.At]. Units are read with s and without; a number of
// them is at most 9 999 years. "in the last 7 days" is "within the last 7 days",
// and "birthday +7 days" is "birthday is +7 days": the anniversary is in a week.
//
// # One value
//
// A condition has one negation, whatever its spelling: != and not in are negations
// of = and in, lacks any is that of has all. Nots cancel, and parentheses that
// change nothing are not part of the value:
//
//	not not a = 1             is   a = 1
//	not (a = 1)               is   a != 1
//	a = 1 and (b = 2)         is   a = 1 and b = 2
//	(a = 1 or b = 2) or c = 3 is   a = 1 or b = 2 or c = 3
//	not did x                 is   never did x
//	did x at most 2 times     is   not did x at least 3 times
//
// The order of groups, terms and values is part of the value. A filter or a group
// without a condition is refused in every spelling.
package filter
