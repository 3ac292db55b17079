package crm

import "github.com/rosterdb/roster/contact"

const pointsField = "points"

// groupField returns the field of a group of points, and that of all points for "".
func groupField(group string) string {
	if group == "" {
		return pointsField
	}
	return "points_group." + group
}

// PointGroup returns the field points_group.<name>: a total of its own beside points. Who
// has no score has 0.
func PointGroup(name string) contact.FieldPart {
	return contact.Number(groupField(name)).Default(0).Label("Points, " + name)
}

// AddPoints adds to the points of a contact, or takes away, and returns how many it has
// now. The group is "" for points themselves; both totals are apart, adding to one leaves
// the other. The errors are those of [contact.Tx.Set].
func AddPoints(tx *contact.Tx, id contact.ID, group string, n float64) (total float64, err error) {
	field := groupField(group)
	has, err := tx.Value(id, field)
	if err != nil {
		return 0, err
	}
	total = has.Number() + n
	if err := tx.Set(id, contact.Values{field: total}); err != nil {
		return has.Number(), err
	}
	return total, nil
}
