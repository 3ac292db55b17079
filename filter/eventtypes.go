package filter

import (
	"errors"
	"fmt"

	"github.com/rosterdb/roster/contact"
)

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
	case !c.hasEvents():
		fail(errors.New("there are no event types here"))
		return
	}
	for place, e := range b.places() {
		of, ok := c.schema.EventType(e.name)
		if !ok {
			fail(c.unknownType(e.name))
			continue
		}
		attributes := of.Attributes()
		inner := *c
		inner.event = attributes
		inner.filter(e.where, path.ofEvent(place))
		c.errs = inner.errs
		if place == 1 && b.about.field != "" {
			fail(checkAttribute(b, attributes)...)
		}
	}
}

// hasEvents reports whether the schema has a type of event.
func (c *checker) hasEvents() bool {
	for range c.schema.EventTypes() {
		return true
	}
	return false
}

// unknownType returns the error for a type of events that there is not.
func (c *checker) unknownType(name string) error {
	err := c.schema.UnknownEvent(name)
	var unknown *contact.UnknownEventError
	if errors.As(err, &unknown) && unknown.Nearest != "" {
		return fmt.Errorf("there is no event type %q, did you mean %q?", clip(name), unknown.Nearest)
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
	names := func(yield func(string) bool) {
		attributes.Fields()(func(f contact.Field) bool { return yield(f.Name()) })
	}
	return contact.Field{}, unknownAttribute{attributes.Unknown(name), contact.Suggest(name, names)}
}

// unknownAttribute is the error for an unknown attribute where the name has been said.
type unknownAttribute struct {
	error
	nearest string // by its name alone
}

func (e unknownAttribute) Error() string {
	if e.nearest != "" {
		return fmt.Sprintf("there is no such attribute, did you mean %q?", e.nearest)
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
