package filter

import (
	"errors"
	"fmt"
)

// The defaults of [Limits].
const (
	defaultText    = 64 << 20
	defaultNesting = 1000
)

// maxNesting is the largest limit of nesting that can be asked for. It bounds the
// depth of every recursion over a filter, and keeps the JSON of each filter within
// the depth that encoding/json accepts: a nested filter adds four levels of the
// 10 000.
const maxNesting = 2000

// Limits bounds what a filter may be made from. The zero Limits means the
// documented defaults; [Parse], [Filter.UnmarshalText], [Filter.UnmarshalJSON]
// and [New] use those.
//
// The number of conditions and the length of a list are bounded by the size of
// the text only.
type Limits struct {
	// Text is the largest size of a filter text or filter JSON, in bytes.
	//
	// Defaults to 64 MiB.
	Text int

	// Nesting is how deep filters may be nested in a filter: in text the
	// parentheses as they are written, needed or not; in JSON the objects with
	// "or" inside the outermost one; in Go what is left when parentheses that
	// change nothing are gone. It must not be above 2 000.
	//
	// Defaults to 1 000.
	Nesting int
}

// withDefaults returns l with every default filled in, or all of its problems.
func (l Limits) withDefaults() (Limits, error) {
	var errs []error
	if l.Text < 0 {
		errs = append(errs, fmt.Errorf("filter: Limits.Text %d: must not be negative", l.Text))
	}
	if l.Nesting < 0 || l.Nesting > maxNesting {
		errs = append(errs, fmt.Errorf("filter: Limits.Nesting %d: must be from 0 to %d", l.Nesting, maxNesting))
	}
	if l.Text == 0 {
		l.Text = defaultText
	}
	if l.Nesting == 0 {
		l.Nesting = defaultNesting
	}
	return l, errors.Join(errs...)
}

// nestingError reports nesting that goes one level beyond the limit.
func (l Limits) nestingError(got int) error {
	return limitError("nesting of filters", l.Nesting, got)
}

// checkSize refuses a text or JSON that is too long.
func (l Limits) checkSize(what string, n int) error {
	if n > l.Text {
		return fmt.Errorf("filter: %w", limitError(what, l.Text, n))
	}
	return nil
}
