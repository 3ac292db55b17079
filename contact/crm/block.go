package crm

import "github.com/rosterdb/roster/contact"

// Reason says why a contact must not be contacted by a channel.
type Reason string

// The reasons. A contact may be blocked on a channel for several of them.
const (
	Unsubscribed Reason = "unsubscribed" // the contact said so
	Bounced      Reason = "bounced"      // it can't be reached there
	Manual       Reason = "manual"       // somebody of the host said so
)

var reasons = [...]Reason{Unsubscribed, Bounced, Manual}

const blockField = "do_not_contact"

// DoNotContact returns the field do_not_contact: on which channels a contact must not be
// contacted, and why. Its options are channel:reason, such as email:bounced, for each
// channel (without any, for email and sms) and each [Reason].
//
//	do_not_contact has any ("email:bounced")                     bounced
//	do_not_contact has any ("email:bounced", "email:unsubscribed", "email:manual")
//	                                                             blocked for any reason, see AnyReason
//	do_not_contact is not empty                                  on any channel
func DoNotContact(channels ...string) contact.FieldPart {
	if len(channels) == 0 {
		channels = []string{"email", "sms"}
	}
	var options []string
	for _, c := range channels {
		options = append(options, AnyReason(c)...)
	}
	return contact.MultiSelect(blockField, options...).Label("Do not contact")
}

// Blocking returns the option of do_not_contact for a channel and a reason.
func Blocking(channel string, reason Reason) string { return channel + ":" + string(reason) }

// AnyReason returns all options of do_not_contact for a channel: who has any of them must
// not be contacted by it. The list is the caller's.
func AnyReason(channel string) []string {
	list := make([]string, len(reasons))
	for i, r := range reasons {
		list[i] = Blocking(channel, r)
	}
	return list
}

// Block notes that a contact must not be contacted by a channel any more. A channel that
// is not declared is a [*contact.FieldError].
func Block(tx *contact.Tx, id contact.ID, channel string, reason Reason) error {
	return tx.Add(id, blockField, Blocking(channel, reason))
}

// Unblock takes reasons back, and without any all of them. A contact that is not blocked
// for them is no error.
func Unblock(tx *contact.Tx, id contact.ID, channel string, which ...Reason) error {
	options := AnyReason(channel)
	if len(which) > 0 {
		options = nil
		for _, r := range which {
			options = append(options, Blocking(channel, r))
		}
	}
	return tx.Remove(id, blockField, options...)
}
