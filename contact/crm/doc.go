// Package crm is the schema that a CRM or a mailer mostly wants, made of the pieces of
// package contact.
//
// [Schema] makes all of it in one call; [Parts] returns the same as a list to add to, and
// every group of fields is a function of its own ([Person], [Address], [Times] …) for a
// host that wants some of them only; so are the types of events ([EmailEvents],
// [PageEvents], [Purchases] …). Nothing here is more than what is declared: what this
// package does in a transaction ([Block], [Join], [AddPoints] …) can be done by writing
// to them as well, and filters call them by their names.
//
//	do_not_contact has any ("email:bounced", "email:unsubscribed")
//	points_group.loyalty < 10 and campaigns has any ("spring")
//	date_added = today and last_active is not empty
//	did email.clicked in the last 30 days and never did purchase
//	did session at least 3 times in the last 7 days
//
// docs/compat.md tells, for each of the filters that users of Mautic know, which field and
// which condition stands for it.
package crm
