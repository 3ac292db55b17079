package crm

import (
	"slices"
	"strings"

	"github.com/rosterdb/roster/contact"
)

// A field of several values that are also looked at by pattern has a twin of text, with a
// value on each line: tags have no patterns, and text has no values.
const twin = "_text"

// A Device is what somebody used. What is empty is not known.
type Device struct {
	Type  string // desktop, smartphone …
	Brand string
	OS    string
	Model string
}

// Devices returns the fields device_type, device_brand, device_os and device_model, each
// with all that somebody used, and device_model_text with a model on each line, for
// patterns.
func Devices() []contact.Part {
	return []contact.Part{
		contact.Tags("device_type").Label("Types of devices"),
		contact.Tags("device_brand").Label("Brands of devices"),
		contact.Tags("device_os").Label("Operating systems"),
		contact.Tags("device_model").Label("Models of devices"),
		contact.Text("device_model" + twin).Label("Models of devices, as text"),
	}
}

// Used adds a device to those of a contact.
func Used(tx *contact.Tx, id contact.ID, d Device) error {
	return addWords(tx, id, [][2]string{{"device_type", d.Type}, {"device_brand", d.Brand}, {"device_os", d.OS}, {"device_model", d.Model}})
}

// A Visit is where somebody came from: the UTM parameters of a link. What is empty was
// not in the link.
type Visit struct {
	Source, Medium, Campaign, Content, Term string
}

// UTM returns the fields utm_source, utm_medium, utm_campaign, utm_content and utm_term,
// each with all that links had by which somebody came, and with _text behind the name the
// same as text with a value on each line, for patterns.
func UTM() []contact.Part {
	var parts []contact.Part
	for _, name := range []string{"source", "medium", "campaign", "content", "term"} {
		parts = append(parts, contact.Tags("utm_"+name).Label("UTM "+name), contact.Text("utm_"+name+twin).Label("UTM "+name+", as text"))
	}
	return parts
}

// Came adds the parameters of a link to those by which a contact came.
func Came(tx *contact.Tx, id contact.ID, v Visit) error {
	return addWords(tx, id, [][2]string{
		{"utm_source", v.Source}, {"utm_medium", v.Medium}, {"utm_campaign", v.Campaign}, {"utm_content", v.Content}, {"utm_term", v.Term},
	})
}

// addWords adds words to fields of a contact, all or none. Empty ones are left out.
func addWords(tx *contact.Tx, id contact.ID, words [][2]string) error {
	values := contact.Values{}
	for _, w := range words {
		if err := addWord(tx, id, values, w[0], w[1]); err != nil {
			return err
		}
	}
	return tx.Set(id, values)
}

// oneLine returns a word as it is kept: a line of a twin is a value.
func oneLine(word string) string { return strings.Join(strings.Fields(word), " ") }

// addWord adds a word to what a contact has in a field, and to its twin if it has one,
// and puts the result into values if it is another one.
func addWord(tx *contact.Tx, id contact.ID, values contact.Values, field, word string) error {
	has, err := tx.Value(id, field)
	if err != nil {
		return err
	}
	word = oneLine(word)
	if word == "" || slices.ContainsFunc(has.List(), func(w string) bool { return contact.Fold(w) == contact.Fold(word) }) {
		return nil
	}
	all := append(has.List(), word)
	values[field] = all
	if _, declared := tx.Schema().Current().Field(field + twin); declared {
		values[field+twin] = strings.Join(all, "\n")
	}
	return nil
}
