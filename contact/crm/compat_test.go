package crm_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
	"github.com/rosterdb/roster/filter"
	"github.com/rosterdb/roster/segment"
)

// compatKeys are the keys of the filters that docs/compat.md has to have a row for.
var compatKeys = map[string][]string{
	"Relations of the contact": {
		"leadlist", "tags", "campaign", "stage", "owner_id", "globalcategory", "device_type", "device_brand", "device_os", "device_model",
		"utm_campaign", "utm_content", "utm_medium", "utm_source", "utm_term", "dnc_bounced", "dnc_unsubscribed", "dnc_manual_email",
		"dnc_bounced_sms", "dnc_unsubscribed_sms", "dnc_manual_sms", "group_points_<id>", "integration_campaigns",
	},
	"Behaviour": {
		"lead_email_sent", "lead_email_received", "lead_email_sent_date", "lead_email_read_date", "lead_email_read_count", "hit_url", "hit_url_date",
		"hit_url_count", "referer", "url_title", "source", "source_id", "page_id", "redirect_id", "notification", "email_id",
		"email_clicked_link_date", "sms_clicked_link", "sms_clicked_link_date", "sessions", "lead_asset_download",
	},
	"Properties of the contact": {"date_added", "date_identified", "date_modified", "last_active", "points", "generated_email_domain"},
}

// A compatRow is a row of a table of the page.
type compatRow struct{ section, key, field, condition string }

var code = regexp.MustCompile("`[^`]+`")

func compatRows(t *testing.T) (rows []compatRow) {
	t.Helper()
	page, err := os.ReadFile("../../docs/compat.md")
	require.NoError(t, err)
	section := ""
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = title
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|--") || strings.TrimSpace(cells[0]) == "key" {
			continue
		}
		r := compatRow{section: section, key: strings.Trim(code.FindString(cells[0]), "`"), field: strings.TrimSpace(cells[1])}
		if len(cells) > 2 {
			r.condition = strings.TrimSpace(cells[2])
		}
		rows = append(rows, r)
	}
	return rows
}

// Every key has a row, every condition on the page compiles, and every field named is
// there.
func TestCompatPage(t *testing.T) {
	schema, rows := compatSchema(t), compatRows(t)
	for section, keys := range compatKeys {
		for _, key := range keys {
			found := false
			for _, r := range rows {
				if r.section == section && r.key == key {
					found = found || r.condition != ""
				}
			}
			require.True(t, found, "%s has no row in %q", key, section)
		}
	}
	conditions := 0
	for _, r := range rows {
		for _, field := range code.FindAllString(r.field, -1) {
			name := strings.Trim(field, "`")
			name = strings.NewReplacer("campaign_since.<name>", "campaign_since.spring", "points_group.<name>", "points_group.loyalty").Replace(name)
			if name == "Tx.Seen" {
				continue
			}
			_, known := schema.Field(name)
			if _, event := schema.EventType(name); event {
				known = true
			}
			if f, _, of := schema.CompanyField(name); of {
				known = !f.IsZero()
			}
			require.True(t, known, "field %s of key %s", name, r.key)
		}
		switch {
		case r.condition == "" && strings.Contains(r.field, "`"): // a field by itself
		default:
			conditions++
			f, err := filter.Parse(strings.Trim(r.condition, "`"))
			require.NoError(t, err, r.key)
			require.Equal(t, strings.Trim(r.condition, "`"), f.String(), "in its canonical form")
			_, err = filter.Compile(f, schema, &filter.CompileOptions{Segments: anySegment{}})
			require.NoError(t, err, r.key)
		}
	}
	require.Greater(t, conditions, 90)
}

type anySegment struct{}

func (anySegment) Check(string) error                        { return nil }
func (anySegment) Members(*contact.View, string) contact.Set { return contact.Set{} }

// compatAnswers says who of the contacts of compatStore matches each condition of the
// page: a is Ada, b is Bob, e is Eve, who has nothing but an e-mail address.
var compatAnswers = map[string]string{
	`in any segment (vip, regulars)`:                                                 "a",
	`not in any segment (vip, regulars)`:                                             "be",
	`not in any segment (vip, regulars, dinner)`:                                     "e",
	`tags has any ("vip", "press")`:                                                  "ab",
	`tags has none ("vip", "press")`:                                                 "e",
	`tags is empty`:                                                                  "e",
	`campaigns has any ("spring", "autumn")`:                                         "ab",
	`campaigns has none ("spring", "autumn")`:                                        "e",
	`campaign_since.spring > 2026-03-01`:                                             "a",
	`stage = "customer"`:                                                             "a",
	`stage != "customer"`:                                                            "be",
	`owner = "anna"`:                                                                 "a",
	`owner is empty`:                                                                 "e",
	`categories has any ("news")`:                                                    "b",
	`device_type has any ("smartphone")`:                                             "a",
	`device_brand has none ("Apple")`:                                                "ae",
	`device_os has any ("Android", "iOS")`:                                           "ab",
	`device_model has any ("Pixel 8")`:                                               "a",
	`device_model_text contains "pixel"`:                                             "a",
	`device_model_text matches "(?m)^pixel"`:                                         "a",
	`utm_campaign has any ("spring")`:                                                "a",
	`utm_content is empty`:                                                           "be",
	`utm_medium has any ("email", "social")`:                                         "ab",
	`utm_source has none ("newsletter")`:                                             "be",
	`utm_source_text contains "news"`:                                                "a",
	`utm_term has any ("shoes")`:                                                     "b",
	`do_not_contact has any ("email:bounced")`:                                       "b",
	`do_not_contact has none ("email:bounced")`:                                      "ae",
	`do_not_contact has any ("email:unsubscribed")`:                                  "b",
	`do_not_contact has any ("email:manual")`:                                        "",
	`do_not_contact has any ("sms:bounced")`:                                         "",
	`do_not_contact has any ("sms:unsubscribed")`:                                    "",
	`do_not_contact has any ("sms:manual")`:                                          "a",
	`do_not_contact has any ("email:bounced", "email:unsubscribed", "email:manual")`: "b",
	`do_not_contact is not empty`:                                                    "ab",
	`points_group.loyalty < 10`:                                                      "be",
	`points_group.loyalty = 0`:                                                       "e",
	`integration_campaigns has any ("Salesforce::7012")`:                             "a",
	`push_ids is not empty`:                                                          "b",
	`date_added within the last 7 days`:                                              "be",
	`date_identified is not empty`:                                                   "abe",
	`date_modified > 2026-01-01`:                                                     "ab",
	`last_active < -30 days`:                                                         "b",
	`points >= 500`:                                                                  "a",
	`email.domain = "example.com"`:                                                   "ab",
	`email.domain like "%.example.com"`:                                              "e",

	`did email.sent where (email in ("welcome", "autumn"))`:                                              "ab",
	`never did email.sent where (email in ("welcome", "autumn"))`:                                        "e",
	`did email.read where (email in ("welcome", "autumn"))`:                                              "a",
	`never did email.read where (email in ("welcome", "autumn"))`:                                        "be",
	`did email.sent since 2026-11-01`:                                                                    "a",
	`did not do email.sent on 2026-11-02`:                                                                "be",
	`did email.read on this week`:                                                                        "a",
	`did email.read at least 3 times`:                                                                    "a",
	`never did email.read`:                                                                               "be",
	`did page.hit where (url = "https://example.com/pricing")`:                                           "ab",
	`never did page.hit where (url = "https://example.com/pricing")`:                                     "e",
	`did page.hit where (url like "%/docs/%")`:                                                           "a",
	`did page.hit where (url matches "/docs/[^/]+$")`:                                                    "a",
	`did page.hit in the last 7 days`:                                                                    "a",
	`did page.hit after 2026-11-20`:                                                                      "a",
	`did page.hit at least 3 times`:                                                                      "a",
	`did page.hit at most 2 times`:                                                                       "be",
	`did page.hit where (referer contains "search.example")`:                                             "ab",
	`did page.hit where (title starts with "pricing")`:                                                   "a",
	`did page.hit where (source = "campaign")`:                                                           "ab",
	`did page.hit where (source_id = 7)`:                                                                 "ab",
	`did page.hit where (source = "campaign" and source_id = 7)`:                                         "a",
	`did page.hit where (page is not empty)`:                                                             "a",
	`never did page.hit where (page is not empty)`:                                                       "be",
	`did email.clicked or did sms.clicked or did page.hit where (link is not empty)`:                     "ab",
	`never did email.clicked and never did sms.clicked and never did page.hit where (link is not empty)`: "e",
	`push_ids is empty`:                                                                                  "ae",
	`did email.clicked`:                                                                                  "a",
	`never did email.clicked`:                                                                            "be",
	`did email.clicked before 2026-11-10`:                                                                "a",
	`did sms.clicked`:                                                                                    "b",
	`never did sms.clicked`:                                                                              "ae",
	`did sms.clicked until 2026-11-10`:                                                                   "b",
	`did session at least 3 times`:                                                                       "a",
	`did session exactly 1 time`:                                                                         "b",
	`did session at most 1 time`:                                                                         "be",
	`did asset.downloaded where (asset in ("whitepaper"))`:                                               "a",
	`never did asset.downloaded where (asset in ("whitepaper"))`:                                         "be",
	`never did asset.downloaded`:                                                                         "e",
	`did form.submitted where (form = "contact")`:                                                        "b",
	`did sms.sent and never did sms.clicked`:                                                             "a",
	`did video.watched where (video = "tour" and percent >= 75)`:                                         "a",
	`sum of amount of purchase where (currency = "EUR") since this year >= 100`:                          "a",
	`amount of last purchase < 50`:                                                                       "ab",
	`did purchase on at least 2 different days`:                                                          "a",
	`did email.read then purchase within 1 day without page.hit`:                                         "a",
	`did session where (duration >= 600) in the last 7 days`:                                             "a",
	`events of last session = 1`:                                                                         "a",
	`did page.hit with at least 3 different url`:                                                         "a",
	`did page.hit and did not do page.hit in the last 1 month`:                                           "b",
}

// compatEvents is what Ada and Bob did, by the minute.
var compatEvents = []struct {
	who, what, at string
	attrs         contact.Values
}{
	{"a", "email.sent", "2026-11-02 10:00", contact.Values{"email": "welcome"}},
	{"a", "email.read", "2026-11-02 10:30", contact.Values{"email": "welcome"}},
	{"a", "email.read", "2026-11-03 08:00", contact.Values{"email": "welcome"}},
	{"a", "email.clicked", "2026-11-03 08:01", contact.Values{"email": "welcome", "link": "L1"}},
	{"a", "page.hit", "2026-11-20 10:00", contact.Values{"url": "https://example.com/pricing", "title": "Pricing and plans", "referer": "https://search.example/?q=x"}},
	{"a", "page.hit", "2026-11-20 10:30", contact.Values{"url": "https://example.com/docs/start", "source": "campaign", "source_id": 7, "page": "landing-3"}},
	{"a", "asset.downloaded", "2026-11-20 10:31", contact.Values{"asset": "whitepaper"}},
	{"a", "video.watched", "2026-11-20 10:40", contact.Values{"video": "tour", "percent": 80}},
	{"a", "page.hit", "2026-11-20 11:01", contact.Values{"url": "https://example.com/docs"}},
	{"a", "page.hit", "2026-11-21 09:00", contact.Values{"url": "https://example.com/docs"}},
	{"a", "purchase", "2026-11-21 09:10", contact.Values{"amount": 80, "currency": "EUR"}},
	{"a", "email.read", "2026-11-23 20:00", contact.Values{"email": "welcome"}},
	{"a", "purchase", "2026-11-23 20:10", contact.Values{"amount": 40, "currency": "EUR"}},
	{"a", "sms.sent", "2026-11-23 21:00", contact.Values{"sms": "thanks"}},
	{"b", "email.sent", "2026-10-01 10:00", contact.Values{"email": "autumn"}},
	{"b", "page.hit", "2026-09-01 10:00", contact.Values{"url": "HTTPS://example.com/pricing", "referer": "https://search.example/", "source": "campaign", "source_id": 8, "link": "L9"}},
	{"b", "page.hit", "2026-09-01 10:20", contact.Values{"url": "https://example.com/pricing", "source": "e-mail", "source_id": 7}},
	{"b", "form.submitted", "2026-09-01 10:25", contact.Values{"form": "contact"}},
	{"b", "asset.downloaded", "2026-09-01 10:30", contact.Values{"asset": "price list"}},
	{"b", "purchase", "2026-09-02 10:00", contact.Values{"amount": 20, "currency": "EUR"}},
	{"b", "sms.sent", "2026-11-10 18:00", contact.Values{"sms": "thanks"}},
	{"b", "sms.clicked", "2026-11-10 18:30", contact.Values{"sms": "thanks", "link": "L2"}},
}

// compatHistory records what they did.
func compatHistory(t *testing.T, tx *contact.Tx, ids map[string]contact.ID) {
	for _, ev := range compatEvents {
		at, err := time.Parse("2006-01-02 15:04", ev.at)
		require.NoError(t, err)
		require.NoError(t, tx.Record(ids[ev.who], contact.Event{Type: ev.what, At: at, Attrs: ev.attrs}))
	}
}

// compatStore returns an engine on three contacts, as the answers have them.
func compatStore(t *testing.T) *segment.Engine {
	t.Helper()
	clock := &clock{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	store, err := contact.New(compatSchema(t), &contact.Options{Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	eng, err := segment.New(store, nil)
	require.NoError(t, err)
	ctx := context.Background()
	for _, d := range []segment.Definition{
		{Handle: "vip", Name: "VIP", Filter: filter.MustParse("points > 100")}, {Handle: "regulars", Name: "Regulars"},
		{Handle: "dinner", Name: "Dinner", Filter: filter.MustParse(`owner = "tom"`)},
	} {
		_, err := eng.Create(ctx, d)
		require.NoError(t, err)
	}
	insist := func(errs ...error) {
		for _, err := range errs {
			require.NoError(t, err)
		}
	}
	var ada, bob contact.ID
	insist(store.Update(ctx, func(tx *contact.Tx) (err error) {
		ada, err = tx.Upsert(contact.Values{"email": "ada@example.com"})
		return err
	}))
	clock.now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	insist(store.Update(ctx, func(tx *contact.Tx) (err error) {
		bob, err = tx.Upsert(contact.Values{"email": "bob@example.com"})
		insist(err)
		_, err = tx.Upsert(contact.Values{"email": "eve@mail.example.com"})
		return err
	}))
	insist(store.Update(ctx, func(tx *contact.Tx) error {
		_, err := crm.AddPoints(tx, ada, "", 600)
		insist(err)
		_, err = crm.AddPoints(tx, ada, "loyalty", 12)
		insist(err)
		_, err = crm.AddPoints(tx, bob, "loyalty", 4)
		insist(err,
			tx.Set(ada, contact.Values{"tags": "vip", "stage": "customer", "owner": "anna", "integration_campaigns": "Salesforce::7012"}),
			tx.Set(bob, contact.Values{"tags": "press", "stage": "lead", "owner": "tom", "categories": "news", "push_ids": "x-17"}),
			crm.Join(tx, ada, "spring", time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)),
			crm.Join(tx, bob, "spring", time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)),
			crm.Used(tx, ada, crm.Device{Type: "smartphone", Brand: "Google", OS: "Android", Model: "Pixel 8"}),
			crm.Used(tx, bob, crm.Device{Type: "tablet", Brand: "Apple", OS: "iOS", Model: "iPad"}),
			crm.Came(tx, ada, crm.Visit{Source: "newsletter", Medium: "email", Campaign: "spring", Content: "top"}),
			crm.Came(tx, bob, crm.Visit{Source: "search", Medium: "social", Term: "shoes"}),
			crm.Block(tx, bob, "email", crm.Bounced), crm.Block(tx, bob, "email", crm.Unsubscribed), crm.Block(tx, ada, "sms", crm.Manual),
			tx.Seen(ada, time.Time{}), tx.Seen(bob, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)),
		)
		compatHistory(t, tx, map[string]contact.ID{"a": ada, "b": bob})
		return nil
	}))
	return eng
}

// Every condition on the page finds whom it says; so does its negation everybody else.
func TestCompatAnswers(t *testing.T) {
	eng := compatStore(t)
	who := func(text string) (names string) {
		p, err := eng.Preview(context.Background(), filter.MustParse(text))
		require.NoError(t, err, text)
		for id := range p.Members.All() {
			names += string("abe"[id-1])
		}
		return names
	}
	asked := 0
	for _, r := range compatRows(t) {
		if text := strings.Trim(r.condition, "`"); text != "" {
			want, known := compatAnswers[text]
			require.True(t, known, "no answer for %s", text)
			require.Equal(t, want, who(text), text)
			rest := strings.Map(func(c rune) rune {
				if strings.ContainsRune(want, c) {
					return -1
				}
				return c
			}, "abe")
			require.Equal(t, rest, who("not ("+text+")"), text)
			asked++
		}
	}
	require.GreaterOrEqual(t, asked, len(compatAnswers), "an answer for a condition that is not on the page")
}
