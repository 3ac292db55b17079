package contact

import "fmt"

// CompaniesPart describes the companies of a schema to be.
type CompaniesPart struct{ parts []Part }

func (CompaniesPart) isPart() {}

// Companies returns the part of a schema that declares companies, with fields of their
// own: of every kind, with their identity, options and labels. Given again, it adds
// fields. The names are apart from those of contacts; the filter language calls such
// a field company.<name>.
func Companies(fields ...Part) CompaniesPart { return CompaniesPart{fields} }

// companyPrefix stands before the name of a company's field where contacts have theirs.
const companyPrefix = "company."

// CompanyField returns the field of companies that a path of the form company.<name>
// names, and whether the path is of that form. A schema in which a contact's field had
// that name too is refused, so that nothing means both.
func (s *Schema) CompanyField(path string) (f Field, name string, ok bool) {
	if len(path) <= len(companyPrefix) || path[:len(companyPrefix)] != companyPrefix {
		return Field{}, "", false
	}
	name = path[len(companyPrefix):]
	f, _ = s.Companies().Field(name)
	return f, name, true
}

var noCompanies = &Schema{company: true}

// Companies returns the schema of companies: one without a field if there are none.
func (s *Schema) Companies() *Schema {
	if s.companies == nil {
		return noCompanies
	}
	return s.companies
}

// HasCompanies reports whether companies are declared.
func (s *Schema) HasCompanies() bool { return s.companies != nil }

// links is the number of places that are not fields: a contact's companies and its
// primary one lie where the values of fields do, so that they are staged, applied,
// undone, logged, stored and erased like these.
const links = 2

// declareCompanies adds companies to a schema that is being made, or fields to them.
func (s *Schema) declareCompanies(parts []Part, limits Limits, wrong *SchemaError) {
	if s.company {
		wrong.add("companies inside companies", nil)
		return
	}
	next, err := s.Companies().extended(limits, parts...)
	if err != nil {
		wrong.include(err)
		return
	}
	s.linkTo(next)
}

// linkTo makes companies those of a schema that is being made.
func (s *Schema) linkTo(companies *Schema) {
	if s.companies == nil {
		for i, kind := range []Kind{kindCompanies, kindPrimary} {
			s.places[i] = len(s.fields)
			d := fieldDef{name: kind.String(), kind: kind, internal: true, index: len(s.fields), lineage: new(byte)}
			s.fields = append(s.fields, d.sealed())
		}
	}
	s.companies = companies
}

// links returns the places of a contact's companies and of its primary one, nil if no
// companies are declared.
func (s *Schema) links() (companies, primary *fieldDef) {
	if s.companies == nil {
		return nil, nil
	}
	return s.fields[s.places[0]], s.fields[s.places[1]]
}

// checkPaths refuses a contact's field that is called like the path of a company's.
func (s *Schema) checkPaths(wrong *SchemaError) {
	for _, d := range s.Companies().fields {
		i := -1
		for k, f := range s.fields {
			if f.name == companyPrefix+d.name && !f.dropped {
				i = k
			}
		}
		if i >= 0 && !d.dropped {
			wrong.add(fmt.Sprintf("field %q of contacts could not be told from field %q of companies", s.fields[i].name, d.name), nil)
		}
	}
}
