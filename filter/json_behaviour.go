package filter

import (
	"encoding/json"
	"slices"
	"strconv"
)

// behaviourKeys are the keys that only a term on behaviour has. They are never written
// to.
var behaviourKeys = []string{keyDid, keyFirst, keyLast, keyOf, keyAggregate, keyWhere, keyWhen, keyAtLeast, keyAtMost, keyExactly,
	keyDays, keyDifferent, keyThen, keyWithin, keyWithout}

// appendJSONBehaviour appends the object of b.
func appendJSONBehaviour(text []byte, b Behaviour) []byte {
	not := b.not
	text = append(text, '{')
	if b.about.op != 0 {
		c := b.about
		c.not = b.not
		text, not = appendJSONOperation(text, c)
		text = append(text, ',')
	}
	key := behaviourWords[b.kind]
	if b.kind.aggregated() {
		text = append(append(append(text, `"aggregate":"`...), key...), `",`...)
		key = keyOf
	}
	text = appendJSONEvents(text, key, b.events)
	if c := b.events.period.when; c.op != 0 {
		text, _ = appendJSONOperation(append(text, `,"when":{`...), c)
		text = append(text, '}')
	}
	switch {
	case b.kind.counted():
		text, not = b.appendJSONQuantity(text)
	case b.kind == DidThen:
		text = append(appendJSONEvents(append(text, `,"then":{`...), keyEvent, *b.then), '}')
		if b.gap != (gap{}) {
			text = append(b.gap.appendTo(append(text, `,"within":"`...)), '"')
		}
		if b.without != nil {
			text = append(appendJSONEvents(append(text, `,"without":{`...), keyEvent, *b.without), '}')
		}
	}
	return appendJSONEnd(text, not)
}

// appendJSONEvents appends the type of events and their filter.
func appendJSONEvents(text []byte, key string, e Events) []byte {
	text = append(append(append(text, '"'), key...), `":`...)
	text = appendJSONString(text, e.name)
	if !e.where.IsZero() {
		text = append(appendJSON(append(text, `,"where":`...), e.where), '}')
	}
	return text
}

// appendJSONQuantity appends what is counted and how much of it, and returns whether
// "not" is still to be added.
func (b Behaviour) appendJSONQuantity(text []byte) (more []byte, not bool) {
	switch b.kind {
	case DidOnDays:
		text = append(text, `,"days":true`...)
	case DidDifferent:
		text = appendJSONString(append(text, `,"different":`...), b.about.field)
	}
	key, n := keyAtLeast, b.quantity.n
	not = b.not
	switch {
	case b.quantity.exactly:
		key = keyExactly
	case b.kind == DidTimes && n == 1:
		return text, not
	case not:
		key, n, not = keyAtMost, n-1, false
	}
	text = append(append(append(text, `,"`...), key...), `":`...)
	return strconv.AppendInt(text, n, 10), not
}

// onBehaviour reports whether the object is a term on behaviour.
func (t *jsonTerm) onBehaviour() bool {
	return t.has(keyDid) || t.has(keyFirst) || t.has(keyLast) || t.has(keyOf)
}

// behaviourMember reads the value of one key that only a term on behaviour has. Which
// may stand together is looked at when the object has ended.
func (d *decoder) behaviourMember(b *Behaviour, key string) (err error) {
	switch key {
	case keyDid, keyFirst, keyLast, keyOf:
		b.events.name, err = d.name(expectEvents)
	case keyWhere:
		b.events.where, err = d.overAttributes()
	case keyWhen:
		b.events.period, err = d.period()
	case keyAggregate:
		word, err := d.name(expectAggregate)
		if i := slices.Index(aggregates, word); i >= 0 {
			b.kind = SumOf + BehaviourKind(i)
		} else if err == nil {
			err = d.errorHere(expectAggregate, "the text "+quoteJSON(word), meant(word, aggregates))
		}
		return err
	case keyAtLeast:
		err = d.quantity(b, AtLeast, 1, maxTimes)
	case keyAtMost:
		err = d.quantity(b, AtMost, 0, maxTimes-1)
	case keyExactly:
		err = d.quantity(b, Exactly, 0, maxTimes)
	case keyDays:
		if d.tok != true {
			err = d.unexpected("true")
		}
	case keyDifferent:
		b.about.field, err = d.name("an attribute")
	case keyThen:
		b.then, err = d.step()
	case keyWithout:
		b.without, err = d.step()
	case keyWithin:
		text, err := d.name("a gap such as \"7 days\"")
		if err != nil {
			return err
		}
		if b.gap, err = parseGap(text); err != nil {
			return d.errorHere("a gap such as \"7 days\"", quoteJSON(text), err.Error())
		}
	}
	return err
}

const expectAggregate = `"sum", "average", "min", "max" or "count"`

// overAttributes reads the filter in "where".
func (d *decoder) overAttributes() (f Filter, err error) {
	var gs groups
	err = d.object(`an object with "or"`, func(key string) error {
		if key != keyOr {
			return d.unknownKey(`the key "or"`, key)
		}
		gs, err = d.nested()
		return err
	})
	switch {
	case err != nil:
		return f, err
	case gs.n == 0:
		return f, d.errorHere(`the key "or"`, "none", "")
	}
	return gs.filter(), nil
}

// step reads the events of a later step of a sequence.
func (d *decoder) step() (*Events, error) {
	var e Events
	err := d.object(`an object with "event"`, func(key string) (err error) {
		switch key {
		case keyEvent:
			e.name, err = d.name(expectEvents)
		case keyWhere:
			e.where, err = d.overAttributes()
		default:
			err = d.unknownKey(`the key "event" or "where"`, key)
		}
		return err
	})
	if err == nil && e.name == "" {
		err = d.errorHere(`the key "event"`, "none", "")
	}
	return &e, err
}

// period reads the object in "when".
func (d *decoder) period() (Period, error) {
	const expected = `the key "op", "value" or "values"`
	t := jsonTerm{}
	err := d.object(`an object with "op"`, func(key string) error {
		if key != keyOp && key != keyValue && key != keyValues {
			return d.unknownKey(expected, key)
		}
		t.keys = append(t.keys, jsonKey{key, d.start})
		return d.member(&t, key)
	})
	if err != nil {
		return Period{}, err
	}
	op, not, _ := opWords(t.op)
	switch key := op.operandKeyOrNone(); {
	case !isPeriod(op) || not:
		return Period{}, d.errorAt(&t, keyOp, `"within", ">=", ">", "<", "<=", "=" or "between"`, "the text "+quoteJSON(t.op), "")
	case !t.has(key) || len(t.keys) != 2:
		return Period{}, d.errorHere(`the keys "op" and "`+key+`"`, "others", "")
	default:
		p := PeriodOf(op, t.values...)
		if p.when.err != nil {
			found := "a list of " + itoa(len(t.values))
			if len(t.values) == 1 {
				found = "the " + t.values[0].kind.String() + " " + clip(t.values[0].String())
			}
			return p, d.errorAt(&t, key, "what a period takes", found, p.when.err.Error())
		}
		return p, nil
	}
}

// operandKeyOrNone is operandKey for any op.
func (op Op) operandKeyOrNone() string {
	if !op.valid() {
		return ""
	}
	return op.info().operandKey()
}

// quantity reads a whole number.
func (d *decoder) quantity(b *Behaviour, of func(int) Quantity, least, most int) error {
	expected := expectWhole + " from " + itoa(least) + " to " + itoa(most)
	number, ok := d.tok.(json.Number)
	if !ok {
		return d.unexpected(expected)
	}
	n, err := strconv.Atoi(number.String())
	if err != nil || n < least || n > most {
		hint := ""
		if err == nil && n == 0 {
			hint = holdsForAll + "; " + hintNever
		}
		return d.errorHere(expected, "the number "+clip(number.String()), hint)
	}
	b.quantity = of(n)
	return nil
}

// behaviour adds the term on behaviour that an object is.
func (d *decoder) behaviour(ts *terms, t *jsonTerm) error {
	b := t.behaviour
	b.not = t.not
	var need []string
	allowed := []string{keyWhere, keyWhen, keyNot}
	operands := []string{keyField, keyOp, keyValue, keyValues}
	switch {
	case t.has(keyDid) && t.has(keyThen):
		b.kind, need = DidThen, []string{keyDid, keyThen}
		allowed = append(allowed, keyWithin, keyWithout)
	case t.has(keyDid):
		b.kind, need = DidTimes, []string{keyDid}
		allowed = append(allowed, keyAtLeast)
		switch { // one of them, if any
		case t.has(keyAtMost):
			allowed[len(allowed)-1] = keyAtMost
		case t.has(keyExactly):
			allowed[len(allowed)-1] = keyExactly
		}
		switch {
		case t.has(keyDifferent):
			b.kind, need = DidDifferent, append(need, allowed[len(allowed)-1], keyDifferent)
		case t.has(keyDays):
			b.kind, need = DidOnDays, append(need, allowed[len(allowed)-1], keyDays)
		}
	case t.has(keyOf):
		need, allowed = []string{keyOf, keyAggregate, keyField, keyOp}, append(allowed, operands...)
	default:
		need = []string{keyFirst}
		b.kind = FirstTime
		if t.has(keyLast) {
			need[0], b.kind = keyLast, LastTime
		}
		if t.has(keyField) || t.has(keyOp) {
			b.kind += OfFirst - FirstTime
			need, allowed = append(need, keyField, keyOp), append(allowed, operands...)
		} else {
			need = append(need, keyWhen)
		}
	}
	for _, key := range need {
		if !t.has(key) {
			return d.errorHere(`the key "`+key+`" beside "`+need[0]+`"`, "none", "")
		}
	}
	for _, k := range t.keys {
		if !slices.Contains(need, k.name) && !slices.Contains(allowed, k.name) {
			return d.errorHere(`only keys that "`+need[0]+`" takes`, `the key "`+k.name+`"`, "")
		}
	}
	return d.finishBehaviour(ts, t, b)
}

// finishBehaviour adds b, whose keys fit each other.
func (d *decoder) finishBehaviour(ts *terms, t *jsonTerm, b Behaviour) error {
	if b.kind.counted() {
		if b.quantity.n == 0 {
			b.quantity = AtLeast(1)
		}
		b.not = b.not != b.quantity.not
		b.quantity.not = false
	}
	if b.kind.aggregated() || b.kind.ofOne() {
		inner := jsonTerm{field: t.field, op: t.op, values: t.values}
		for _, k := range t.keys {
			if slices.Contains([]string{keyField, keyOp, keyValue, keyValues}, k.name) {
				inner.keys = append(inner.keys, k)
			}
		}
		if op, _, ok := opWords(t.op); ok && op.OnSegments() {
			return d.errorAt(t, keyOp, "an operator on an attribute", quoteJSON(t.op), "")
		}
		c, err := d.condition(&inner)
		if err != nil {
			return err
		}
		b.not, c.not = b.not != c.not, false
		if problem := checkAbout(b.kind, c); problem != nil {
			return d.errorAt(t, keyOp, "a condition that fits", quoteJSON(t.op), problem.Error())
		}
		b.about = c
	}
	ts.push(b)
	return nil
}
