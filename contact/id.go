package contact

import "math"

// ID is the number of a contact in its store, from 1; 0 is no contact. Ids are
// dense, given once and never reused, so that sets of them are small bitmaps.
type ID uint32

// CompanyID is the number of a company in its store, from 1; 0 is no company. They are
// given like those of contacts and have nothing to do with them.
type CompanyID uint32

const lastID = ID(math.MaxUint32)
