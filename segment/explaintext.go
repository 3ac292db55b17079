package segment

import (
	"fmt"
	"strings"
	"time"
)

// String returns the explanation as text: a line that says whether the contact is
// in the segment and by which layer, a line since when and why, and what the filter
// says, see [filter.Explanation.Tree]; then the same of the other segments.
func (x *Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "contact %d %s\n%s\n", x.Contact, x.standing(), x.since())
	if x.Filter != nil && x.Exists {
		b.WriteString(x.Filter.Tree())
	}
	for _, other := range x.Segments {
		b.WriteString("\n" + other.String())
	}
	return b.String()
}

// standing says how the contact stands to the segment and by which layer.
func (x *Explanation) standing() string {
	in := fmt.Sprintf("is in segment %q", x.Segment)
	if !x.Member {
		in = fmt.Sprintf("is not in segment %q", x.Segment)
	}
	filter := ""
	if x.Filter != nil {
		filter = ", and the filter " + x.Filter.Summary()
		if x.Matched != x.Member {
			filter = ", though the filter " + x.Filter.Summary()
		}
	}
	if x.Broken != "" {
		filter = ", and its definition is broken: " + x.Broken
	}
	switch {
	case !x.Exists:
		return in + ": it does not exist"
	case x.Removed:
		return in + ": it was removed by hand" + filter
	case x.Added:
		return in + ": it was added by hand" + filter
	case x.Broken != "":
		return in + ": its members stay as they were, because its definition is broken: " + x.Broken
	case x.Filter == nil:
		return in + ": nobody has added it by hand"
	}
	return in + ": the filter " + x.Filter.Summary()
}

// since says when the contact became what it is, and why.
func (x *Explanation) since() string {
	switch s := x.Since; {
	case s == nil && x.Whole:
		return "it never was in it"
	case s == nil:
		return "since when is not kept"
	default:
		text := fmt.Sprintf("since %s, cause %s", s.Time.UTC().Format(time.RFC3339), s.Cause)
		if s.Via != "" {
			text += fmt.Sprintf(" %q", s.Via)
		}
		if s.Actor != "" {
			text += ", by " + s.Actor
		}
		return text + fmt.Sprintf(" (change %d)", s.Change)
	}
}
