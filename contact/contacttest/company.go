package contacttest

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/rosterdb/roster/contact"
)

// Company is one company as plain values.
//
// A Company must not be used by more than one goroutine at a time.
type Company struct {
	Name         string // unique in a sequence
	Industry     string // one of Industries
	Employees    int    // 1 to 50 000; 0 if HasEmployees is false
	HasEmployees bool
}

// Employment is the companies that a contact belongs to, by their positions.
type Employment struct {
	Primary int // -1 if it belongs to none
	Other   int // a second company, -1 if there is none
}

var industries = []string{"software", "retail", "health", "finance", "education", "construction", "food", "logistics", "media", "energy",
	"steel", "textiles", "tourism", "chemicals", "telecoms", "insurance", "farming", "mining", "law", "arts"}

// Industries returns the industries of companies, the most frequent first; they follow
// Zipf's law.
func Industries() []string { return slices.Clone(industries) }

// employeeSteps are the numbers of employees: 45 % have more than 100, 15 % more than
// 1 000.
var employeeSteps = steps{{2500, 1, 20}, {3000, 20, 101}, {3000, 101, 1001}, {1300, 1001, 10_001}, {200, 10_001, 50_001}}

// mostCompanies is how many companies there are in a workload of a million contacts and
// more.
const mostCompanies = 100_000

// CompaniesOf returns how many companies belong to a workload of n contacts: a tenth,
// at least one and at most 100 000.
func CompaniesOf(n int) int { return min(max(n/10, 1), mostCompanies) }

// The streams of random numbers beside that of the rows.
const (
	companyStream    = 1
	employmentStream = 2
)

// Companies yields n companies made from the seed, with their positions from 0 on, in
// the manner of [Rows]: the rows for the seed do not depend on them.
func Companies(seed uint64, n int) iter.Seq2[int, *Company] {
	return func(yield func(int, *Company) bool) {
		src := rand.NewPCG(seed, companyStream)
		industry := newZipf(len(industries))
		var c Company
		for i := range n {
			c.Name = "Company " + strconv.Itoa(i+1)
			c.Industry = industries[industry.draw(src)]
			c.Employees = int(employeeSteps.draw(src))
			if c.HasEmployees = chance(src, 950); !c.HasEmployees {
				c.Employees = 0
			}
			if !yield(i, &c) {
				return
			}
		}
	}
}

// Employments yields for each of n contacts, by position, the companies of [CompaniesOf]
// n that it belongs to. 90 % have a primary company, 10 % of these a second one. How many
// contacts a company has follows Zipf's law: the first has some 10 % of all.
func Employments(seed uint64, n int) iter.Seq2[int, Employment] {
	return func(yield func(int, Employment) bool) {
		src := rand.NewPCG(seed, employmentStream)
		company := newZipf(CompaniesOf(n))
		for i := range n {
			e := Employment{-1, -1}
			if chance(src, 900) {
				e.Primary = company.draw(src)
				if other := company.draw(src); chance(src, 100) && other != e.Primary {
					e.Other = other
				}
			}
			if !yield(i, e) {
				return
			}
		}
	}
}

// CompaniesPart returns the part of a schema for the companies of the workload.
func CompaniesPart() contact.Part {
	return contact.Companies(
		contact.Text("name").Unique().Label("Name"),
		contact.Select("industry", industries...).Label("Industry"),
		contact.Number("employees").Label("Employees"),
	)
}

// LoadCompanies adds the companies of the workload to a store that [Load] has put the
// first n rows into, in transactions of batch companies or contacts. The company at
// position i becomes company i+1.
func LoadCompanies(ctx context.Context, store *contact.Store, seed uint64, n, batch int) error {
	err := store.Update(ctx, func(tx *contact.Tx) error { return tx.Schema().Add(CompaniesPart()) })
	if err != nil {
		return err
	}
	var fields [3]contact.Field
	for i, name := range []string{"name", "industry", "employees"} {
		fields[i], _ = store.Schema().Companies().Field(name)
	}
	companies, stop := iter.Pull2(Companies(seed, CompaniesOf(n)))
	defer stop()
	err = inBatches(ctx, store, CompaniesOf(n), batch, func(tx *contact.Tx, _ int) error {
		_, c, _ := companies()
		row := tx.Companies().Row().Text(fields[0], c.Name).Text(fields[1], c.Industry)
		if c.HasEmployees {
			row.Number(fields[2], float64(c.Employees))
		}
		_, err := row.Insert()
		return err
	})
	if err != nil {
		return err
	}
	employments, stopThem := iter.Pull2(Employments(seed, n))
	defer stopThem()
	return inBatches(ctx, store, n, batch, func(tx *contact.Tx, i int) error {
		_, e, _ := employments()
		for _, company := range []int{e.Primary, e.Other} {
			if company >= 0 {
				if err := tx.Companies().Associate(contact.ID(i+1), contact.CompanyID(company+1)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// inBatches calls do for the positions below n, in transactions of batch of them.
func inBatches(ctx context.Context, store *contact.Store, n, batch int, do func(tx *contact.Tx, i int) error) error {
	for done := 0; done < n; {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			for range min(batch, n-done) {
				if err := do(tx, done); err != nil {
					return fmt.Errorf("row %d: %w", done, err)
				}
				done++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
