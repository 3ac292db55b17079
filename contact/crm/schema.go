package crm

import (
	"slices"

	"github.com/rosterdb/roster/contact"
)

// Options says what of a host's own the schema holds. A nil *Options and every zero field
// mean the documented default. Whatever is listed can be added later: channels with
// [contact.SchemaEdit.AddOptions], the others with [contact.SchemaEdit.Add].
type Options struct {
	// Channels are the ways to contact people that can be blocked, see [DoNotContact].
	//
	// Defaults to email and sms.
	Channels []string

	// Stages are the options of the field stage.
	//
	// Defaults to none, and then there is no such field.
	Stages []string

	// PointGroups are the names of totals beside the field points, see [PointGroup].
	//
	// Defaults to none.
	PointGroups []string

	// Campaigns are the names of the campaigns of which it is kept since when somebody
	// is in them, see [CampaignSince].
	//
	// Defaults to none; who is in which campaign is known all the same.
	Campaigns []string
}

// Schema returns a schema of [Parts] and more, or a [*contact.SchemaError] with
// everything that is wrong with it. The options may be nil.
func Schema(o *Options, more ...contact.Part) (*contact.Schema, error) {
	return contact.NewSchema(append(Parts(o), more...)...)
}

// Parts returns all groups of fields and all types of events of this package. The list is the caller's, to add to
// and to take from; the options may be nil.
func Parts(o *Options) []contact.Part {
	if o == nil {
		o = &Options{}
	}
	parts := slices.Concat(Person(), Address(), Social(), Times(), Standing(), Devices(), UTM())
	if len(o.Stages) > 0 {
		parts = append(parts, Stage(o.Stages...))
	}
	for _, group := range o.PointGroups {
		parts = append(parts, PointGroup(group))
	}
	parts = append(parts, DoNotContact(o.Channels...), contact.Tags("campaigns").Label("Campaigns"))
	for _, campaign := range o.Campaigns {
		parts = append(parts, CampaignSince(campaign))
	}
	return append(append(parts, Company()), Behaviour()...)
}

// Person returns the fields that say who somebody is. email is the identity, and filters
// can ask for its domain, email.domain.
func Person() []contact.Part {
	return []contact.Part{
		contact.Text("email").Unique().Email().Label("E-mail"),
		contact.Text("title").Label("Title"),
		contact.Text("first_name").Label("First name"),
		contact.Text("last_name").Label("Last name"),
		contact.Text("company_name").Label("Company, as the person wrote it"),
		contact.Text("position").Label("Position"),
		contact.Date("birthday").Label("Birthday"),
		contact.Text("mobile").Label("Mobile"),
		contact.Text("phone").Label("Phone"),
		contact.Text("fax").Label("Fax"),
		contact.Text("website").Label("Website"),
		contact.Text("language").Label("Preferred language"),
		contact.Text("timezone").Exact().Label("Time zone"),
		contact.Number("attribution").Label("Attribution"),
		contact.DateTime("attribution_date").Label("Attribution date"),
	}
}

// Address returns the fields of a postal address.
func Address() []contact.Part { return address() }

func address() []contact.Part {
	return []contact.Part{
		contact.Text("address1").Label("Address, line 1"),
		contact.Text("address2").Label("Address, line 2"),
		contact.Text("zipcode").Label("Zip code"),
		contact.Text("city").Label("City"),
		contact.Text("state").Label("State"),
		contact.Text("country").Label("Country"),
	}
}

// Social returns fields for what somebody is called in social networks.
func Social() []contact.Part {
	var parts []contact.Part
	for _, name := range []string{"facebook", "foursquare", "instagram", "linkedin", "skype", "twitter"} {
		parts = append(parts, contact.Text(name))
	}
	return parts
}

// Times returns the times that the store keeps by itself, see [contact.FieldPart.Kept]:
// date_added, date_identified, date_modified and last_active. [contact.Tx.Seen] says that
// somebody was active.
func Times() []contact.Part {
	return []contact.Part{
		contact.DateTime("date_added").Kept(contact.WhenCreated).Label("Added"),
		contact.DateTime("date_identified").Kept(contact.WhenIdentified).Label("Identified"),
		contact.DateTime("date_modified").Kept(contact.WhenChanged).Label("Modified"),
		contact.DateTime("last_active").Kept(contact.WhenActive).Label("Last active"),
	}
}

// Standing returns what the host thinks of somebody: owner (the name or id of one of its
// users), points, tags, categories that somebody subscribed to, push_ids, the devices that
// are registered for push messages, and the campaigns of other systems that somebody is in,
// each in whatever form the host knows it.
func Standing() []contact.Part {
	return []contact.Part{
		contact.Text("owner").Exact().Label("Owner"),
		contact.Number(pointsField).Default(0).Label("Points"),
		contact.Tags("tags").Label("Tags"),
		contact.Tags("categories").Label("Subscribed categories"),
		contact.Tags("push_ids").Label("Registrations for push messages"),
		contact.Tags("integration_campaigns").Label("Campaigns of other systems"),
	}
}

// Stage returns the field stage: one of the given options, or none.
func Stage(stages ...string) contact.FieldPart {
	return contact.Select("stage", stages...).Label("Stage")
}

// Company returns the companies, identified by their name.
func Company() contact.CompaniesPart {
	return contact.Companies(append([]contact.Part{
		contact.Text("name").Unique().Label("Company"),
		contact.Text("email").Email().Label("Company e-mail"),
		contact.Text("phone").Label("Company phone"),
		contact.Text("fax").Label("Company fax"),
		contact.Text("website").Label("Company website"),
		contact.Text("industry").Label("Industry"),
		contact.Number("employees").Label("Number of employees"),
		contact.Number("annual_revenue").Label("Annual revenue"),
		contact.Text("description").Label("Description"),
		contact.DateTime("date_added").Kept(contact.WhenCreated).Label("Company added"),
	}, address()...)...)
}
