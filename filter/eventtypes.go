package filter

import (
	"errors"
	"fmt"
	"iter"

	"github.com/rosterdb/roster/contact"
)

// eventTypes is what has to be known of the events that contacts may have.
type eventTypes interface {
	// Attributes returns the attributes of the events of a type, which are fields of a
	// schema of their own; false if there is no such type.
	Attributes(name string) (*contact.Schema, bool)

	// Names returns an iterator over the names of the types.
	Names() iter.Seq[string]
}

// eventTypesOf returns the types of events of a schema, nil if it has none: no schema
// declares any so far.
func eventTypesOf(*contact.Schema) eventTypes { return nil }

var errNoEvents = errors.New("there are no event types here")

const onlyAttributes = `inside "where" there are only conditions on attributes of the event`

// behaviour checks a term on behaviour: the types of events, the attributes, and what is
// asked of them.
func (c *checker) behaviour(b Behaviour, path Path) {
	fail := func(errs ...error) {
		for _, err := range errs {
			c.errs = append(c.errs, &ConditionError{path, "", err})
		}
	}
	switch {
	case path.OnEvent():
		fail(errors.New(onlyAttributes))
		return
	case path.OnCompany():
		fail(errors.New(`inside "any company" there are only fields of companies, no behaviour: companies do nothing`))
		return
	case c.events == nil:
		fail(errNoEvents)
		return
	}
	for place, e := range b.places() {
		attributes, ok := c.events.Attributes(e.name)
		if !ok {
			fail(c.unknownType(e.name))
			continue
		}
		inner := *c
		inner.event = attributes
		inner.filter(e.where, path.ofEvent(place))
		c.errs = inner.errs
		if place == 1 && b.about.field != "" {
			fail(checkAttribute(b, attributes)...)
		}
	}
}

// unknownType returns the error for a type of events that there is not.
func (c *checker) unknownType(name string) error {
	if near := contact.Suggest(name, c.events.Names()); near != "" {
		return fmt.Errorf("there is no event type %q, did you mean %q?", clip(name), near)
	}
	return fmt.Errorf("there is no event type %q", clip(name))
}

// onEvent returns what is wrong with a condition on an attribute.
func (c *checker) onEvent(cond Condition) []error {
	if cond.Op().OnSegments() {
		return []error{errors.New(onlyAttributes)}
	}
	f, err := attributeOf(c.event, cond.Field())
	if err != nil {
		return []error{err}
	}
	return checkCondition(cond, f)
}

// attributeOf returns an attribute by its name.
func attributeOf(attributes *contact.Schema, name string) (contact.Field, error) {
	if f, ok := attributes.Readable(name); ok {
		return f, nil
	}
	if err := noDomain(attributes, name); err != nil {
		return contact.Field{}, err
	}
	return contact.Field{}, unknownAttribute{attributes.Unknown(name)}
}

// unknownAttribute is the error for an unknown attribute where the name has been said.
type unknownAttribute struct{ error }

func (e unknownAttribute) Error() string {
	var unknown *contact.UnknownFieldError
	if errors.As(e.error, &unknown) && unknown.Nearest != "" {
		return fmt.Sprintf("there is no such attribute, did you mean %q?", unknown.Nearest)
	}
	return "there is no such attribute"
}

func (e unknownAttribute) Unwrap() error { return e.error }

// checkAttribute returns what is wrong with the attribute that a term asks about, and
// with what it asks.
func checkAttribute(b Behaviour, attributes *contact.Schema) (errs []error) {
	f, err := attributeOf(attributes, b.about.field)
	switch {
	case err != nil:
		errs = []error{err}
	case !f.ForSegments():
		errs = []error{errors.New("the attribute is not available for segments")}
	case b.kind.ofOne():
		errs = checkCondition(b.about, f)
	case b.kind == CountOf, b.kind == DidDifferent && !f.Kind().Multiple():
	case b.kind == DidDifferent:
		errs = []error{fmt.Errorf("a %s attribute has several values at once; different values are counted of one that has a single value", f.Kind())}
	case f.Kind() != contact.KindNumber:
		errs = []error{fmt.Errorf("a %s attribute has no %s; a number has", f.Kind(), behaviourWords[b.kind])}
	}
	for i, err := range errs {
		errs[i] = fmt.Errorf("attribute %q: %w", clip(b.about.field), err)
	}
	return errs
}
