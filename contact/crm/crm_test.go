package crm_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/contact/crm"
	_ "github.com/rosterdb/roster/internal/testflags"
)

// compatSchema has a name of everything that a host names.
func compatSchema(t *testing.T) *contact.Schema {
	t.Helper()
	schema, err := crm.Schema(&crm.Options{Stages: []string{"lead", "customer"}, PointGroups: []string{"loyalty"}, Campaigns: []string{"spring", "autumn"}})
	require.NoError(t, err)
	return schema
}

type clock struct{ now time.Time }

func (c *clock) Now() time.Time                                   { return c.now }
func (*clock) AfterFunc(time.Duration, func()) (stop func() bool) { return func() bool { return true } }

// desk is a store of the schema of the compatibility page with one contact.
type desk struct {
	*testing.T
	store *contact.Store
	id    contact.ID
}

func newDesk(t *testing.T) *desk {
	store, err := contact.New(compatSchema(t), &contact.Options{Clock: &clock{time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	d := &desk{t, store, 0}
	d.update(func(tx *contact.Tx) (err error) {
		d.id, err = tx.Insert(nil)
		return err
	})
	return d
}

func (d *desk) update(fn func(tx *contact.Tx) error) {
	d.Helper()
	require.NoError(d, d.store.Update(context.Background(), fn))
}

func (d *desk) has(field string) any {
	d.Helper()
	v, err := d.store.View().Value(d.id, field)
	require.NoError(d, err)
	return v.Any()
}

func TestSchema(t *testing.T) {
	plain, err := crm.Schema(nil)
	require.NoError(t, err)
	_, staged := plain.Field("stage")
	require.False(t, staged)
	f, ok := plain.Field("do_not_contact")
	require.True(t, ok)
	require.Len(t, f.Options(), 6)
	s, err := crm.Schema(&crm.Options{Channels: []string{"post"}}, contact.Text("nick"), contact.Calendar{Zone: "Europe/Zurich"})
	require.NoError(t, err)
	require.Equal(t, "Europe/Zurich", s.Calendar().Zone)
	_, ok = s.Field("nick")
	require.True(t, ok)
	_, err = crm.Schema(nil, contact.Text("email"))
	require.ErrorAs(t, err, new(*contact.SchemaError))
	_, err = contact.NewSchema(append(crm.Person(), crm.DoNotContact("email"))...)
	require.NoError(t, err)
	for f := range plain.Fields() {
		require.NotEmpty(t, f.Label())
	}
}

func TestAddPoints(t *testing.T) {
	d := newDesk(t)
	d.update(func(tx *contact.Tx) error {
		total, err := crm.AddPoints(tx, d.id, "", 5)
		require.NoError(t, err)
		require.Equal(t, 5.0, total)
		total, err = crm.AddPoints(tx, d.id, "", -7)
		require.NoError(t, err)
		require.Equal(t, -2.0, total)
		_, err = crm.AddPoints(tx, d.id, "nobody", 1)
		require.ErrorAs(t, err, new(*contact.UnknownFieldError))
		_, err = crm.AddPoints(tx, d.id+1, "", 1)
		require.ErrorIs(t, err, contact.ErrNotFound)
		return nil
	})
	require.Equal(t, -2.0, d.has("points"))
	require.Equal(t, 0.0, d.has("points_group.loyalty"))
}

func TestBlock(t *testing.T) {
	d := newDesk(t)
	d.update(func(tx *contact.Tx) error {
		require.NoError(t, crm.Block(tx, d.id, "email", crm.Bounced))
		require.NoError(t, crm.Block(tx, d.id, "email", crm.Manual))
		require.NoError(t, crm.Block(tx, d.id, "sms", crm.Manual))
		require.ErrorAs(t, crm.Block(tx, d.id, "post", crm.Manual), new(*contact.FieldError))
		require.ErrorAs(t, crm.Block(tx, d.id, "email", "mood"), new(*contact.FieldError))
		return nil
	})
	require.Equal(t, []string{"email:bounced", "email:manual", "sms:manual"}, d.has("do_not_contact"))
	d.update(func(tx *contact.Tx) error { return crm.Unblock(tx, d.id, "email", crm.Bounced, crm.Unsubscribed) })
	require.Equal(t, []string{"email:manual", "sms:manual"}, d.has("do_not_contact"))
	d.update(func(tx *contact.Tx) error { return crm.Unblock(tx, d.id, "email") })
	require.Equal(t, []string{"sms:manual"}, d.has("do_not_contact"))
}

func TestCampaigns(t *testing.T) {
	d := newDesk(t)
	first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	d.update(func(tx *contact.Tx) error {
		require.NoError(t, crm.Join(tx, d.id, "spring", first))
		require.NoError(t, crm.Join(tx, d.id, "SPRING", first.AddDate(0, 1, 0)))
		require.NoError(t, crm.Join(tx, d.id, "autumn", time.Time{}))
		return crm.Join(tx, d.id, "no date", first)
	})
	require.Equal(t, []string{"spring", "autumn", "no date"}, d.has("campaigns"))
	require.Equal(t, first, d.has("campaign_since.spring"))
	require.Equal(t, time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), d.has("campaign_since.autumn"))
	d.update(func(tx *contact.Tx) error {
		require.NoError(t, crm.Leave(tx, d.id, "winter"))
		require.NoError(t, crm.Leave(tx, d.id, " no  date"))
		require.NoError(t, crm.Leave(tx, d.id, "spring"))
		var wrong *contact.FieldError
		require.ErrorAs(t, crm.Join(tx, d.id, "spring", time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)), &wrong)
		require.Equal(t, "campaign_since.spring", wrong.Field)
		return nil
	})
	require.Equal(t, []string{"autumn"}, d.has("campaigns"), "who could not join is not in it")
	require.Nil(t, d.has("campaign_since.spring"))
	d.update(func(tx *contact.Tx) error { return crm.Join(tx, d.id, "spring", first.AddDate(0, 2, 0)) })
	require.Equal(t, first.AddDate(0, 2, 0), d.has("campaign_since.spring"))
}

func TestDevicesAndVisits(t *testing.T) {
	d := newDesk(t)
	d.update(func(tx *contact.Tx) error {
		require.NoError(t, crm.Used(tx, d.id, crm.Device{Type: "smartphone", Model: "Pixel 8"}))
		require.NoError(t, crm.Used(tx, d.id, crm.Device{Type: "Smartphone", OS: "iOS", Model: "iPhone\n15 "}))
		require.NoError(t, crm.Used(tx, d.id, crm.Device{Model: "pixel 8"}))
		require.NoError(t, crm.Used(tx, d.id, crm.Device{}))
		require.NoError(t, crm.Came(tx, d.id, crm.Visit{Source: "news", Medium: " "}))
		return crm.Came(tx, d.id, crm.Visit{Source: "search"})
	})
	require.Equal(t, []string{"smartphone"}, d.has("device_type"))
	require.Equal(t, []string{"Pixel 8", "iPhone 15"}, d.has("device_model"))
	require.Equal(t, "Pixel 8\niPhone 15", d.has("device_model_text"))
	require.Equal(t, "news\nsearch", d.has("utm_source_text"))
	require.Nil(t, d.has("utm_medium"))
	require.Nil(t, d.has("device_brand"))
}
