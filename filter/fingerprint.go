package filter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
)

// Fingerprint is a value that filters have in common which are the same but for
// their order, their nesting and what is said twice: it is made from the normal
// form. It is the same on every machine and in every process, and may be stored: it
// changes with [FingerprintVersion] only. Two filters that differ have the same one
// by no more than chance, one in 2¹²⁸.
//
// The zero Fingerprint is that of the zero [Filter].
type Fingerprint [16]byte

// FingerprintVersion is part of every [Fingerprint]. It is raised when the normal
// form of a filter changes, and with it the fingerprint.
const FingerprintVersion = 1

// String returns the fingerprint as 32 digits of hexadecimal.
func (p Fingerprint) String() string { return hex.EncodeToString(p[:]) }

// MarshalText returns the text of [Fingerprint.String].
func (p Fingerprint) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the text of [Fingerprint.String]. On error p stays as it was.
func (p *Fingerprint) UnmarshalText(text []byte) error {
	var read Fingerprint
	if n, err := hex.Decode(read[:], text[:min(len(text), 2*len(read))]); err != nil || 2*n != len(text) || n != len(read) {
		return fmt.Errorf("filter: a fingerprint is 32 digits of hexadecimal, not %q", clip(string(text)))
	}
	*p = read
	return nil
}

// Fingerprint returns the fingerprint of c. That of its negation is another one.
// The order of a list and values that are in it twice make no difference, nor does
// it whether a single value stands in a list.
func (c Condition) Fingerprint() Fingerprint { return fingerprintOf(c.tidied()) }

// fingerprintOf is Fingerprint of a tidied condition.
func fingerprintOf(c Condition) Fingerprint {
	h := newHash("condition")
	h.Write(appendCondition(nil, c))
	return h.sum()
}

// Fingerprint returns the fingerprint of f: that of its normal form, see
// [Filter.Normal]. Filters whose normal form is too large are compared as they are
// nested, with negations moved inwards, and without regard to order and to what is
// said twice in one place. It costs what the normal form costs.
func (f Filter) Fingerprint() Fingerprint {
	switch {
	case f.IsZero():
		return Fingerprint{}
	case f.zone.IsZero():
		return f.meaning()
	}
	p := f.meaning()
	h := newHash("zoned")
	h.Write(p[:])
	fmt.Fprintf(h, "%q %q", f.zone.Name, f.zone.Field)
	return h.sum()
}

// meaning is the fingerprint without regard to the zone.
func (f Filter) meaning() Fingerprint {
	p := tidy(f, false)
	n, err := newNormalizer(p)
	if err != nil {
		return nestedFingerprint(p)
	}
	return n.fingerprint(n.expand(p))
}

// nestedFingerprint is the fingerprint of a filter whose normal form is too large.
func nestedFingerprint(p *part) Fingerprint {
	h := newHash("nested")
	h.Write(p.key[:])
	return h.sum()
}

// fingerprint returns the fingerprint of groups.
func (n *normalizer) fingerprint(groups [][]int32) Fingerprint {
	keys := make([][]byte, len(groups))
	for i, g := range groups {
		own := make([]Fingerprint, len(g))
		for j, l := range g {
			own[j] = n.leaves[l].key
		}
		slices.SortFunc(own, func(a, b Fingerprint) int { return bytes.Compare(a[:], b[:]) })
		h := newHash("group")
		for _, key := range own {
			h.Write(key[:])
		}
		sum := h.sum()
		keys[i] = sum[:]
	}
	slices.SortFunc(keys, bytes.Compare)
	h := newHash("filter")
	for _, key := range keys {
		h.Write(key)
	}
	return h.sum()
}

// hasher makes fingerprints of bytes.
type hasher struct{ hash.Hash }

// newHash returns a hasher for fingerprints of one sort of thing.
func newHash(sort string) hasher {
	h := hasher{sha256.New()}
	fmt.Fprintf(h, "roster %s %d\n", sort, FingerprintVersion)
	return h
}

func (h hasher) sum() (p Fingerprint) {
	copy(p[:], h.Sum(nil))
	return p
}
