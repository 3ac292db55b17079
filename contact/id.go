package contact

import "math"

// ID is the number of a contact in its store, from 1; 0 is no contact. Ids are
// dense, given once and never reused, so that sets of them are small bitmaps.
type ID uint32

const lastID = ID(math.MaxUint32)
