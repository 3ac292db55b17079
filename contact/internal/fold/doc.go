// Package fold decides when two texts are the same.
//
// There are two answers, because there are two questions.
//
// [Text] is the form in which filters compare: what a reader takes for the same
// word becomes the same string.
//
//   - Compatibility decomposition (NFKD) first: full-width letters, ligatures,
//     superscripts and the two spellings of an accent (one code point or two)
//     are one word to a reader, and which of them a text holds depends on the
//     keyboard or the file it came from.
//   - Accents go: every nonspacing mark that belongs to no script of its own
//     (script Inherited). These are the accents of Latin, Greek and Cyrillic and
//     the vowel points of Arabic, all of which people leave out when they type.
//     Marks of a script of their own stay, because there they are letters: the
//     vowel signs of Thai and Devanagari, for example. Hebrew points belong to
//     their script and stay too. The voicing marks of kana are Inherited and stay
//     all the same: か and が are different syllables.
//   - Letters with a stroke or without a dot, which Unicode does not decompose,
//     become the letter they are typed as: ø o, ł l, đ d, ħ h, ŧ t, ı i. The
//     letters æ, œ, þ and ð stay: there is no single plain letter for them.
//   - Full case folding, so that ß is ss, ẞ is ss, and final ς is σ. Turkish
//     İ, I, ı and i are all i, since a store does not know the language of a text.
//   - Canonical composition (NFC) last, so that a Hangul syllable is one code
//     point and a pattern's "any one character" matches what a reader counts as one.
//
// Three consequences are worth knowing: й and и are the same, as are ё and е,
// because й is и with an accent; ᾳ is α, because the iota below is a mark, while the
// iota beside the letter, as in ΑΙ, stays; and ≠ is the same as =, because its stroke
// is a mark.
//
// [Case] is the form in which identities compare: only upper and lower case and the
// encoding of the same characters make no difference, accents and full-width forms
// do. Giving two people one identity is worse than giving one person two.
//
// Both forms are idempotent, and both read an invalid UTF-8 sequence as U+FFFD.
package fold
