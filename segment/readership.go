package segment

import (
	"slices"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/filter"
)

// A readership is the segments that have a limit. If it is one of events, some of them
// read only events that have one of some words in an attribute.
type readership struct {
	all   []ID
	attrs []wordReaders
}

// wordReaders are segments by the words that they read in an attribute.
type wordReaders struct {
	field  contact.Field
	byWord map[string]*wordReader
}

// A wordReader is the segments that read a word, and contacts that have it.
type wordReader struct {
	users []ID
	who   []contact.ID
}

// add adds a segment that reads some of the events.
func (r *readership) add(id ID, reads filter.EventRead) {
	if reads.Attribute.IsZero() {
		r.all = append(r.all, id)
		return
	}
	i := slices.IndexFunc(r.attrs, func(w wordReaders) bool { return w.field.Index() == reads.Attribute.Index() })
	if i < 0 {
		i = len(r.attrs)
		r.attrs = append(r.attrs, wordReaders{reads.Attribute, make(map[string]*wordReader)})
	}
	for _, word := range reads.Words {
		if r.attrs[i].byWord[word] == nil {
			r.attrs[i].byWord[word] = &wordReader{}
		}
		w := r.attrs[i].byWord[word]
		w.users = append(w.users, id)
	}
}

// ofAll returns contacts with all segments.
func (r *readership) ofAll(who []contact.ID) []comingItem {
	if len(who) == 0 || len(r.all) == 0 {
		return nil
	}
	return []comingItem{{r.all, who}}
}

// ofEvents returns the contacts of events, by contact, with the segments that read these.
func (r *readership) ofEvents(events contact.EventView, passed []pass) []comingItem {
	var who []contact.ID
	var found []*wordReader
	for _, p := range passed {
		who = append(who, p.row)
		if len(r.attrs) == 0 {
			continue
		}
		at := int64(p.value)
		for w := events.Ascend(p.row, contact.EventWindow{After: at - 1, To: at}); w.Next(); {
			for _, a := range r.attrs {
				reader := a.byWord[filter.AttributeWord(a.field, events.Value(a.field, w.Value(a.field.Index())))]
				if reader == nil {
					continue
				}
				if reader.who == nil {
					found = append(found, reader)
				}
				reader.who = append(reader.who, p.row)
			}
		}
	}
	items := r.ofAll(slices.Compact(who))
	for _, reader := range found {
		items = append(items, comingItem{reader.users, slices.Compact(reader.who)})
		reader.who = nil
	}
	return items
}
