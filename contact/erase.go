package contact

import (
	"context"
	"maps"
	"time"

	"github.com/rosterdb/roster/contact/internal/behaviour"
	"github.com/rosterdb/roster/contact/internal/boltfile"
)

// A Receipt says what [Store.Erase] has removed, and where. It holds no value
// itself.
type Receipt struct {
	Contact    ID
	Commit     uint64 // number of the commit that erased the contact
	Time       time.Time
	Values     int // fields of the contact that had a value
	Companies  int // that it belonged to
	Events     int // of it
	Words      int // tags that nobody has any more, taken out of the dictionaries
	LogRecords int // kept log records that told values of the contact
	LogValues  int // fields in them, changes of the companies it belonged to, and events
}

// Erase deletes a contact, if that has not been done before, and forgets its values: also where the log tells old ones,
// and in the dictionaries of tags, words that nobody has any more. What stays is its id, when it was made, changed and
// erased, and by which changes it came into segments and left them.
//
// From the return on no value of the contact can be read through the store. The file
// of a store that is kept on disk may still hold them in parts that are not used any
// more, until [Store.Compact] has returned; after it no byte of them is in any file of
// the directory. Names and reasons given to [Tx.By], idempotency keys and definitions
// of segments are not values of a contact.
//
// It is durable when it returns, whatever [Options.Sync] says, and costs a pass over
// the log that is kept. An error after the contact was erased comes with the part of
// the receipt that is known.
func (s *Store) Erase(ctx context.Context, id ID) (Receipt, error) {
	receipt := Receipt{Contact: id}
	err := s.Update(ctx, func(tx *Tx) error {
		for _, d := range tx.schema.fields {
			switch {
			case !tx.contacts.exists(id) || tx.contacts.read(d, id).Missing():
			case d.kind == kindCompanies:
				receipt.Companies = len(tx.contacts.read(d, id).companies(nil))
			case d.kind != kindPrimary:
				receipt.Values++
			}
		}
		for _, h := range tx.base.events {
			receipt.Events += h.Count(uint32(id), behaviour.Always)
		}
		tx.SetCause(CauseErase)
		c := tx.noted()
		c.receipt = &receipt
		c.erased = append(c.erased, id)
		if id > 0 && id <= tx.base.given && !tx.contacts.exists(id) {
			return nil // deleted before: the log may tell of it
		}
		return tx.Delete(id)
	})
	if err != nil {
		return Receipt{}, err
	}
	if s.durable == nil {
		receipt.LogRecords, receipt.LogValues = s.log.redact(id, receipt.Commit)
		return receipt, nil
	}
	if err := s.Sync(ctx); err != nil {
		return receipt, err
	}
	return receipt, s.durable.countErased(ctx, &receipt)
}

// countErased counts what the log tells of an erased contact.
func (d *durable) countErased(ctx context.Context, receipt *Receipt) error {
	d.mu.Lock()
	from := d.kept.first
	d.mu.Unlock()
	schema := d.schema.Load()
	is := func(id ID) bool { return id == receipt.Contact }
	for from < receipt.Commit {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		err := d.view(func(tx *boltfile.Tx) error {
			h, err := unmarshalHeader(tx.Header())
			if err != nil {
				return err
			}
			from = max(from, h.first) // trimmed meanwhile
			for n := 0; n < batchRecords && from < receipt.Commit; n++ {
				r, err := d.record(tx, from, schema, nil)
				if err != nil {
					return err
				}
				if hit := r.redact(is); hit > 0 {
					receipt.LogRecords++
					receipt.LogValues += hit
				}
				from++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetErased takes the values of contacts that the commit erases out of its
// record, and the tags that nobody else has out of the dictionaries. Nothing can
// refuse the commit any more.
func (c *Commit) forgetErased() {
	if len(c.tx.erased) == 0 {
		return
	}
	gone := make(map[ID]uint64, len(c.tx.erased))
	for _, id := range c.tx.erased {
		gone[id] = c.record.Number
	}
	words := 0
	for _, d := range c.st.schema.fields {
		n, part := c.st.forgetWords(&c.store.epochs, d, 0)
		if words += n; n > 0 && c.store.durable != nil {
			c.names = append(c.names, c.store.durable.rewritten(&c.st.tables()[0], d, part)...)
		}
	}
	c.record.redact(erasedAt(gone, c.record.Number))
	if r := c.tx.receipt; r != nil {
		r.Commit, r.Time, r.Words = c.record.Number, c.record.Time, words
	}
	if d := c.store.durable; d != nil {
		d.mu.Lock()
		all := maps.Clone(d.erased) // readers may hold the one before
		maps.Copy(all, gone)
		d.erased = all
		d.mu.Unlock()
	}
}
