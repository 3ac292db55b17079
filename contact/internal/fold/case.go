package fold

// Case returns the form of s in which identities compare: composed (NFC) and case
// folded, with accents and compatibility forms kept apart. It is idempotent and
// safe for concurrent use. ASCII text without capital letters is returned as it
// is, without allocating. The cost is proportional to the length of s.
func Case(s string) string {
	upper, ascii := scanASCII(s)
	if ascii {
		return lowerASCII(s, upper)
	}
	// Composing first gives all encodings of one text the same folding; composing
	// again mends what folding took apart.
	return string(compose(foldCase(compose([]byte(valid(s))))))
}
