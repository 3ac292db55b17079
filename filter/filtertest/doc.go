// Package filtertest is for testing what evaluates filters.
//
// [Match] is the oracle: what a filter means for one contact, in plain Go, slow
// on purpose. It shares no code with the engine: it has its own folding, its own
// `like` and its own arithmetic of dates. A [Generator] makes random schemas,
// contacts, edits and filters that fit each other, all from the choices of a
// [Chooser], so that a fuzzer can edit them. A [Case] is a filter and contacts on
// which an evaluator failed; [Case.Shrink] makes it small and [Case.Source]
// writes it as a test.
package filtertest
