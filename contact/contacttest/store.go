package contacttest

import (
	"context"
	"fmt"
	"iter"

	"github.com/rosterdb/roster/contact"
)

// Schema returns the schema of the workload, one field for each field of a [Row].
func Schema() *contact.Schema {
	return contact.MustSchema(
		contact.Text("email").Email().Unique().Label("E-mail"),
		contact.Text("first_name").Label("First name"),
		contact.Text("last_name").Label("Last name"),
		contact.Text("country").Label("Country"),
		contact.Text("city").Label("City"),
		contact.Number("points").Label("Points"),
		contact.Number("revenue").Label("Revenue"),
		contact.DateTime("signup").Label("Signed up"),
		contact.DateTime("last_active").Label("Last active"),
		contact.Date("birthday").Label("Birthday"),
		contact.Bool("is_customer").Label("Customer"),
		contact.Select("plan", Plans()...).Label("Plan"),
		contact.Tags("tags").Label("Tags"),
		contact.Bool("dnc").Label("Do not contact"),
	)
}

// Load inserts the first n rows of the workload into an empty store of [Schema],
// in transactions of batch contacts. Row i becomes contact i+1.
func Load(ctx context.Context, store *contact.Store, seed uint64, n, batch int) error {
	w, err := newWriter(store.Schema())
	if err != nil {
		return err
	}
	next, stop := iter.Pull2(Rows(seed, n))
	defer stop()
	for done := 0; done < n; {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			for range min(batch, n-done) {
				_, row, _ := next()
				if _, err := w.fill(tx.Row(), row).Insert(); err != nil {
					return fmt.Errorf("row %d: %w", done, err)
				}
				done++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// NewStore returns a store in memory with the first n rows of the workload.
func NewStore(seed uint64, n int) (*contact.Store, error) {
	store, err := contact.New(Schema(), &contact.Options{KeepLog: -1})
	if err != nil {
		return nil, err
	}
	return store, Load(context.Background(), store, seed, n, 10_000)
}

// OpenStore returns a new store on disk, in a directory, with the first n rows of the
// workload. The options may be nil.
func OpenStore(dir string, opts *contact.Options, seed uint64, n int) (*contact.Store, error) {
	store, err := contact.Open(dir, Schema(), opts)
	if err != nil {
		return nil, err
	}
	return store, Load(context.Background(), store, seed, n, 10_000)
}

// A writer fills rows by field handles.
type writer struct {
	email, first, last, country, city, points, revenue, signup, active,
	birthday, customer, plan, tags, dnc contact.Field
}

func newWriter(schema *contact.Schema) (*writer, error) {
	w := new(writer)
	for _, f := range []struct {
		name string
		to   *contact.Field
	}{
		{"email", &w.email}, {"first_name", &w.first}, {"last_name", &w.last},
		{"country", &w.country}, {"city", &w.city}, {"points", &w.points},
		{"revenue", &w.revenue}, {"signup", &w.signup}, {"last_active", &w.active},
		{"birthday", &w.birthday}, {"is_customer", &w.customer}, {"plan", &w.plan},
		{"tags", &w.tags}, {"dnc", &w.dnc},
	} {
		var ok bool
		if *f.to, ok = schema.Field(f.name); !ok {
			return nil, schema.Unknown(f.name)
		}
	}
	return w, nil
}

func (w *writer) fill(r *contact.Row, row *Row) *contact.Row {
	r.Text(w.email, row.Email).Text(w.first, row.First).Text(w.last, row.Last).
		Text(w.country, row.Country).Text(w.city, row.City).
		Number(w.points, float64(row.Points)).Millis(w.signup, row.Signup).
		Day(w.birthday, contact.Day(row.Birthday)).Bool(w.customer, row.IsCustomer).
		Text(w.plan, row.Plan).List(w.tags, row.Tags...).Bool(w.dnc, row.DNC)
	if row.HasRevenue {
		r.Number(w.revenue, row.Revenue)
	}
	if row.HasLastActive {
		r.Millis(w.active, row.LastActive)
	}
	return r
}
