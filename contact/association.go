package contact

import (
	"encoding/binary"
	"slices"
)

// Associations are the companies that a contact belongs to.
type Associations struct {
	Companies []CompanyID // ascending
	Primary   CompanyID   // one of them, 0 if none is
}

// packCompanies returns the value of the place for companies; ids ascend. Without one
// it is missing.
func packCompanies(ids []uint32) Value {
	if len(ids) == 0 {
		return Value{}
	}
	b := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		b = binary.BigEndian.AppendUint32(b, id)
	}
	return Value{kind: kindCompanies, text: string(b)}
}

// companies appends the companies of such a value; none if it is of another kind.
func (v Value) companies(dst []uint32) []uint32 {
	if v.kind != kindCompanies {
		return dst
	}
	for i := 0; i+4 <= len(v.text); i += 4 {
		dst = append(dst, uint32(v.text[i])<<24|uint32(v.text[i+1])<<16|uint32(v.text[i+2])<<8|uint32(v.text[i+3]))
	}
	return dst
}

// primaryValue returns the value of the place for the primary company, 0 being none.
func primaryValue(id ID) Value {
	if id == 0 {
		return Value{}
	}
	return Value{kind: kindPrimary, num: float64(id)}
}

func associations(companies, primary Value) (a Associations) {
	for _, id := range companies.companies(nil) {
		a.Companies = append(a.Companies, CompanyID(id))
	}
	a.Primary = CompanyID(primary.num)
	return a
}

// An AssociationChange is what a commit did to a contact's companies.
type AssociationChange struct {
	Added, Removed         []CompanyID // ascending
	OldPrimary, NewPrimary CompanyID   // both 0 if the primary company is the one it was
}

// associationChange makes one of the changes of the two places, either of which may
// be zero.
func associationChange(companies, primary FieldChange) *AssociationChange {
	old, now := associations(companies.Old, primary.Old), associations(companies.New, primary.New)
	c := &AssociationChange{OldPrimary: old.Primary, NewPrimary: now.Primary}
	without := func(list, other []CompanyID) (rest []CompanyID) {
		for _, id := range list {
			if _, found := slices.BinarySearch(other, id); !found {
				rest = append(rest, id)
			}
		}
		return rest
	}
	c.Added, c.Removed = without(now.Companies, old.Companies), without(old.Companies, now.Companies)
	return c
}
