package crm

import (
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
)

const campaignsField = "campaigns"

func sinceField(campaign string) string { return "campaign_since." + campaign }

// CampaignSince returns the field campaign_since.<name>: since when a contact is in a
// campaign. In which campaigns it is, is said by the field campaigns, with or without it.
func CampaignSince(campaign string) contact.FieldPart {
	return contact.DateTime(sinceField(campaign)).Label("In the campaign " + campaign + " since")
}

// Join puts a contact into a campaign, since a time, which stays that of the first call
// until it leaves. The zero time stands for now.
func Join(tx *contact.Tx, id contact.ID, campaign string, at time.Time) error {
	values := contact.Values{}
	if err := addWord(tx, id, values, campaignsField, campaign); err != nil {
		return err
	}
	if _, declared := tx.Schema().Current().Field(sinceField(campaign)); declared {
		since, err := tx.Value(id, sinceField(campaign))
		if err != nil {
			return err
		}
		if at.IsZero() {
			at = tx.Store().Clock().Now()
		}
		if since.Missing() {
			values[sinceField(campaign)] = at
		}
	}
	return tx.Set(id, values)
}

// Leave takes a contact out of a campaign. One that is not in it is no error.
func Leave(tx *contact.Tx, id contact.ID, campaign string) error {
	has, err := tx.Value(id, campaignsField)
	if err != nil {
		return err
	}
	gone := func(w string) bool { return contact.Fold(w) == contact.Fold(oneLine(campaign)) }
	values := contact.Values{campaignsField: slices.DeleteFunc(has.List(), gone)}
	if _, declared := tx.Schema().Current().Field(sinceField(campaign)); declared {
		values[sinceField(campaign)] = nil
	}
	return tx.Set(id, values)
}
