package filter

// Op is the operator of a [Condition], always in its positive form: `!=` is
// [Equal] in a negated condition, `lacks any` is [HasAll] in one.
type Op uint8

// The operators. A comment gives the spelling in the filter text and, after a
// dash, that of the negated condition where the text has a word for it.
const (
	Equal         Op = iota + 1 // = – !=
	Less                        // <
	LessEqual                   // <=
	Greater                     // >
	GreaterEqual                // >=
	Between                     // between … and …, both ends included – not between
	In                          // in (…) – not in
	Like                        // like, with the wildcards of LikePattern – not like
	Contains                    // contains – not contains
	StartsWith                  // starts with – not starts with
	EndsWith                    // ends with – not ends with
	Matches                     // matches, a regular expression – not matches
	Empty                       // is empty – is not empty
	HasAny                      // has any (…) – has none
	HasAll                      // has all (…) – lacks any
	Within                      // within the last …, within the next … – not within
	Anniversary                 // is today, is in the next 7 days … – is not
	InSegment                   // in segment …
	InAnySegment                // in any segment (…)
	InAllSegments               // in all segments (…)
)

// arity is the number of operands that an operator takes.
type arity uint8

const (
	noValue arity = iota
	oneValue
	twoValues
	manyValues // one or more
)

// operandKind is what an operator takes as operands.
type operandKind uint8

const (
	anyValue   operandKind = iota
	textOnly               // text, and in the filter text nothing else parses
	segmentRef             // references to segments, kept as text; such an operator has no field
	windowOnly             // a window
	celebrated             // a relative day or a window of days
)

// opInfo is what the printer, the parsers and the constructors know about an
// operator.
type opInfo struct {
	words    string // spelling in text and in JSON
	negation string // spelling of the negated condition, "" if there is none
	arity    arity
	operand  operandKind
}

// opTable is indexed by Op. It is never written to.
var opTable = [...]opInfo{
	Equal:         {"=", "!=", oneValue, anyValue},
	Less:          {"<", "", oneValue, anyValue},
	LessEqual:     {"<=", "", oneValue, anyValue},
	Greater:       {">", "", oneValue, anyValue},
	GreaterEqual:  {">=", "", oneValue, anyValue},
	Between:       {"between", "not between", twoValues, anyValue},
	In:            {"in", "not in", manyValues, anyValue},
	Like:          {"like", "not like", oneValue, textOnly},
	Contains:      {"contains", "not contains", oneValue, textOnly},
	StartsWith:    {"starts with", "not starts with", oneValue, textOnly},
	EndsWith:      {"ends with", "not ends with", oneValue, textOnly},
	Matches:       {"matches", "not matches", oneValue, textOnly},
	Empty:         {"is empty", "is not empty", noValue, anyValue},
	HasAny:        {"has any", "has none", manyValues, anyValue},
	HasAll:        {"has all", "lacks any", manyValues, anyValue},
	Within:        {"within", "not within", oneValue, windowOnly},
	Anniversary:   {"is", "is not", oneValue, celebrated},
	InSegment:     {"in segment", "", oneValue, segmentRef},
	InAnySegment:  {"in any segment", "", manyValues, segmentRef},
	InAllSegments: {"in all segments", "", manyValues, segmentRef},
}

// valid reports whether op is one of the operators.
func (op Op) valid() bool { return op >= Equal && int(op) < len(opTable) }

// info returns the row of op, which must be valid.
func (op Op) info() *opInfo { return &opTable[op] }

// OnSegments reports whether op asks for membership: its operands are references
// to segments and its condition has no field.
func (op Op) OnSegments() bool { return op.valid() && op.info().operand == segmentRef }

// String returns the words of op in the filter text.
func (op Op) String() string {
	if !op.valid() {
		return "invalid operator"
	}
	return op.info().words
}

// opWords finds an operator by its spelling: words are in lower case and one
// space apart.
func opWords(words string) (op Op, not, ok bool) {
	for i := range opTable {
		switch row := &opTable[i]; {
		case row.words == "":
			// Index 0 is no operator.
		case row.words == words:
			return Op(i), false, true
		case row.negation == words:
			return Op(i), true, true
		}
	}
	return 0, false, false
}
