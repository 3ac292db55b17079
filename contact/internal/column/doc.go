// Package column keeps the values of one field for all contacts, one type per
// representation: [Numbers] for everything with an order (numbers, dates,
// instants), [Text] for text through a dictionary, [Options] for one or several
// of a few named values, [Bools] for yes and no.
//
// A row is a contact's id; row 0 is never used. Columns are persistent in the
// sense of package version: a column that a snapshot can see is never changed,
// a change makes a header of its own and copies the pages it touches. Every
// changing method therefore belongs to the single writer and is called on a
// column obtained from Writable in the current epoch.
//
// Rows are scanned in blocks of 65 536, the unit of package idset, and copied in
// pages of 1 024.
//
// A column is stored block by block as well: AppendBlock writes the values of a
// block's rows, and a [Loader] makes the column of them again. What is stored are
// the values alone; dictionaries, hash tables and sets are made anew, so that they
// can change without what is stored. The layouts are told beside AppendBlock.
package column
