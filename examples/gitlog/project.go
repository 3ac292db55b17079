package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// batch is how many commits are recorded in a transaction.
const batch = 1 << 14

// project is a store of the authors and what they did.
type project struct {
	store   *contact.Store
	emails  []string              // by id, as git has them
	authors map[string]contact.ID // by e-mail address, as git has it

	commits     int
	first, last time.Time // of the commits

	email, files, added, deleted, weekday, hour contact.Field
	commit                                      contact.EventHandle
}

// newProject returns a project without authors.
func newProject() (*project, error) {
	schema, err := contact.NewSchema(
		contact.Calendar{Zone: "UTC"},
		contact.Text("email").Exact().Label("E-mail"), // not unique: addresses that are no UTF-8 may look the same
		contact.EventType("commit",
			contact.Number("files").Label("Files"), contact.Number("added").Label("Lines added"), contact.Number("deleted").Label("Lines deleted"),
			contact.Text("weekday").Label("Day of the week"), contact.Number("hour").Label("Hour"),
		).Label("Committed"),
	)
	if err != nil {
		return nil, err
	}
	store, err := contact.New(schema, &contact.Options{KeepLog: -1})
	if err != nil {
		return nil, err
	}
	p := &project{store: store, emails: []string{""}, authors: make(map[string]contact.ID)}
	p.email, _ = schema.Field("email")
	p.commit, _ = schema.EventType("commit")
	for name, f := range map[string]*contact.Field{"files": &p.files, "added": &p.added, "deleted": &p.deleted, "weekday": &p.weekday, "hour": &p.hour} {
		*f, _ = p.commit.Attribute(name)
	}
	return p, nil
}

// load records the commits that git log prints, and returns how many of them are left out.
func (p *project) load(ctx context.Context, in io.Reader) (left int, err error) {
	r := newCommitReader(in)
	var c commit
	for !errors.Is(err, io.EOF) {
		failed := p.store.Update(ctx, func(tx *contact.Tx) error {
			for range batch {
				if err = r.next(&c); err != nil {
					break
				}
				if !c.dated {
					left++
					continue
				}
				if err = p.record(tx, &c); err != nil {
					break
				}
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		})
		if failed != nil {
			return left, failed
		}
	}
	return left, nil
}

// record notes a commit of an author, who may be a new one.
func (p *project) record(tx *contact.Tx, c *commit) error {
	id, known := p.authors[string(c.email)]
	if !known {
		email := string(c.email)
		var err error
		if id, err = tx.Row().Text(p.email, strings.ToValidUTF8(email, "\uFFFD")).Insert(); err != nil {
			return err
		}
		p.authors[email] = id
		p.emails = append(p.emails, email)
	}
	if p.commits == 0 || c.at.Before(p.first) {
		p.first = c.at
	}
	if p.commits == 0 || c.at.After(p.last) {
		p.last = c.at
	}
	p.commits++
	return tx.EventRow(p.commit).
		Number(p.files, float64(c.files)).Number(p.added, float64(c.added)).Number(p.deleted, float64(c.deleted)).
		Text(p.weekday, weekdays[c.weekday]).Number(p.hour, float64(c.hour)).
		Record(id, c.at)
}

var weekdays = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// compile makes a filter ready to be asked.
func (p *project) compile(text string) (*filter.Program, error) {
	f, err := filter.Parse(text)
	if err != nil {
		return nil, err
	}
	return filter.Compile(f, p.store.Schema(), nil)
}
