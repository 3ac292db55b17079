// Package crm is the schema that a CRM or a mailer mostly wants, made of the pieces of
// package contact.
//
// [Schema] makes all of it in one call; [Parts] returns the same as a list to add to, and
// every group of fields is a function of its own ([Person], [Address], [Times] …) for a
// host that wants some of them only. Nothing here is more than declared fields: what this
// package does in a transaction ([Block], [Join], [AddPoints] …) can be done by writing
// to them as well, and filters call them by their names.
//
//	do_not_contact has any ("email:bounced", "email:unsubscribed")
//	points_group.loyalty < 10 and campaigns has any ("spring")
//	date_added = today and last_active is not empty
//
// docs/compat.md tells, for each of the filters that users of Mautic know, which field and
// which condition stands for it.
package crm
