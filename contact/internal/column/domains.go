package column

import (
	"context"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rosterdb/roster/contact/internal/idset"
	"github.com/rosterdb/roster/contact/internal/version"
)

// domains is the index of a [Text] whose texts are e-mail addresses: the distinct
// tails, which are what stands behind the last @, and the rows of each. A domain is a
// tail without one dot at its end; a tail that is nothing but that is none.
//
// The tail of a row is read from its text, so that a change costs two look-ups and
// nothing is kept for each text.
type domains struct {
	dict    dict
	posts   postings
	present *idset.Set // rows that have a domain
}

// IndexDomains makes the column keep an index of domains from now on. It costs a pass
// over the rows.
func (t *Text) IndexDomains(e *version.Epochs) {
	x := &domains{dict: newDict(t.dict.fold)}
	t.domains = x
	var lists [][]uint32 // of the rows of each tail
	var present []uint32
	tails := make([]uint32, t.dict.n+1) // by code; one more than that of the tail, 1 if it has none
	for row := range t.present.All() {
		code := t.Code(row)
		if tails[code] == 0 {
			tails[code] = 1
			if tail, ok := x.tail(t.dict.written(code)); ok {
				tails[code] = x.dict.add(e, tail) + 1
			}
		}
		at := int(tails[code]) - 1
		if at == 0 {
			continue
		}
		for len(lists) < at {
			lists = append(lists, nil)
		}
		lists[at-1] = append(lists[at-1], row)
		if domainOf(x.dict.written(uint32(at))) != "" {
			present = append(present, row)
		}
	}
	x.present = idset.FromIDs(present...)
	for i, rows := range lists {
		x.posts.fill(e, uint32(i+1), rows)
	}
}

// DropDomains ends what IndexDomains began.
func (t *Text) DropDomains() { t.domains = nil }

// HasDomains reports whether the column keeps an index of domains.
func (t *Text) HasDomains() bool { return t.domains != nil }

// clone returns a copy of the header, as Text.Writable makes one.
func (x *domains) clone() *domains {
	if x == nil {
		return nil
	}
	c := *x
	return &c
}

// tail returns what is behind the last @ of a text, and whether there is one. What
// the column folds to @ is one, so that the tail of the folded text is the folded tail.
func (x *domains) tail(text string) (string, bool) {
	at := strings.LastIndexByte(text, '@')
	tail := text[at+1:]
	for i := range len(tail) {
		if tail[i] >= utf8.RuneSelf {
			return x.foldedTail(tail, at >= 0)
		}
	}
	return tail, at >= 0
}

// foldedTail is tail for a text without a plain @.
func (x *domains) foldedTail(text string, found bool) (string, bool) {
	from := 0
	for i, r := range text {
		if r >= utf8.RuneSelf && x.dict.fold(string(r)) == "@" {
			from, found = i+utf8.RuneLen(r), true
		}
	}
	return text[from:], found
}

// domainOf returns the domain that a tail is, "" if it is none.
func domainOf(tail string) string { return strings.TrimSuffix(tail, ".") }

// move gives a row another text; had and has say whether there is an old and a new
// one.
func (x *domains) move(e *version.Epochs, row uint32, old string, had bool, text string, has bool) {
	from, hadTail := x.tail(old)
	to, hasTail := x.tail(text)
	hadTail, hasTail = hadTail && had, hasTail && has
	if hadTail && hasTail && from == to {
		return
	}
	if hadTail {
		x.posts.remove(e, x.dict.code(from), row)
	}
	if hasTail {
		x.posts.add(e, x.dict.add(e, to), row)
	}
	switch before, after := hadTail && domainOf(from) != "", hasTail && domainOf(to) != ""; {
	case before && !after:
		x.present, _ = x.present.Remove(e, row)
	case after && !before:
		x.present, _ = x.present.Add(e, row)
	}
}

func (x *domains) bytes() int {
	if x == nil {
		return 0
	}
	return x.dict.bytes() + x.posts.bytes() + x.present.Bytes()
}

// cut returns the domain of a tail as written and folded.
func cut(written, folded string) (string, string) {
	if domain := domainOf(written); len(domain) < len(written) {
		return domain, domainOf(folded)
	}
	return written, folded
}

// Domain returns the domain of a row's text as written and folded, and whether it has
// one.
func (t *Text) Domain(row uint32) (written, folded string, ok bool) {
	x := t.domains
	code := t.Code(row)
	if x == nil || code == 0 {
		return "", "", false
	}
	text, whole := t.dict.record(code)
	tail, ok := x.tail(text)
	if written = domainOf(tail); !ok || written == "" {
		return "", "", false
	}
	folded = whole[strings.LastIndexByte(whole, '@')+1:]
	if len(written) < len(tail) {
		folded = domainOf(folded)
	}
	return written, folded, true
}

// WithDomain returns the rows whose text has a domain.
func (t *Text) WithDomain() *idset.Set {
	if t.domains == nil {
		return nil
	}
	return t.domains.present
}

// DomainOneOf returns the test for a domain equal to one of the given ones, which are
// folded as the column folds.
func (t *Text) DomainOneOf(folded []string) Test {
	x := t.domains
	if x == nil {
		return In(nil)
	}
	var codes []uint32
	for _, f := range folded {
		for _, tail := range []string{f, f + "."} {
			x.dict.find(tail, func(code uint32) bool {
				if w, d := cut(x.dict.record(code)); w != "" && d == f {
					codes = append(codes, code)
				}
				return true
			})
		}
	}
	slices.Sort(codes)
	return x.having(slices.Compact(codes))
}

// DomainMatching returns the test for a domain that a predicate accepts, as
// [Text.Matching] does for the whole text.
func (t *Text) DomainMatching(ctx context.Context, memo *Memo, accept func(written, folded string) bool) (Test, error) {
	x := t.domains
	if x == nil {
		return In(nil), nil
	}
	yes, err := memo.upTo(ctx, &x.dict, func(written, folded string) bool {
		w, f := cut(written, folded)
		return w != "" && accept(w, f)
	})
	if err != nil {
		return nil, err
	}
	var codes []uint32
	for i, w := range yes {
		for ; w != 0; w &= w - 1 {
			codes = append(codes, uint32(i*64+bits.TrailingZeros64(w)))
		}
	}
	return x.having(codes), nil
}

// Ending returns the test for a text whose folded form ends with the given one, if the
// index of domains tells that: if it begins with @ and has no other @.
func (t *Text) Ending(folded string) (Test, bool) {
	x := t.domains
	if x == nil || strings.LastIndexByte(folded, '@') != 0 {
		return nil, false
	}
	var codes []uint32
	x.dict.find(folded[1:], func(code uint32) bool {
		codes = append(codes, code)
		return true
	})
	return x.having(codes), true
}

// having returns the test for a tail of one of the numbers, which are distinct.
func (x *domains) having(codes []uint32) Test {
	const few = 8
	n, total := 0, 0
	for _, code := range codes {
		if rows := x.posts.len(code); rows > 0 {
			codes[n] = code
			n, total = n+1, total+rows
		}
	}
	if codes = codes[:n]; n > few {
		return In(x.posts.union(codes, total, x.present.Blocks()))
	}
	sets := make([]*idset.Set, n)
	for i, code := range codes {
		sets[i] = x.posts.set(code)
	}
	return Any(sets, true)
}
