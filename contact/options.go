package contact

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/rosterdb/roster/contact/internal/seam"
)

// Options configures a [Store]. A nil *Options and every zero field mean the
// documented default. The store keeps a private copy.
type Options struct {
	// Clock tells the time to the store and to every floor above it.
	//
	// Defaults to the system's clock.
	Clock Clock

	// KeepLog is the number of changes (a contact created, changed or deleted, an event)
	// whose log records are kept for [Store.Log]; when there are more, the oldest
	// records are dropped. The special value -1 keeps none. On disk, records that
	// the next opening needs are kept in any case.
	//
	// Defaults to 10 million in memory, and on disk to all.
	KeepLog int

	// Sync says when a commit of a store from [Open] is durable. With 0 each is
	// before Update returns, and nobody sees it before. With a positive duration a
	// commit is seen at once, and written when that much time has passed: a crash may
	// lose the newest commits, those of that time and those being written, whole. With the special value -1
	// the file is never synced: commits survive the end of the process but not that
	// of the machine, after which the file may be refused as damaged.
	//
	// Defaults to 0.
	Sync time.Duration

	// Salvage lets [Open] go back to an earlier commit if the newest one is damaged,
	// which it otherwise refuses with a [*CorruptError]. [Store.Salvaged] says so.
	//
	// Defaults to false.
	Salvage bool

	// Limits bounds the size of what the store accepts.
	Limits Limits

	// Seam is for the tests of this module, which reach it through package
	// contacttest.
	//
	// Defaults to none.
	Seam seam.Seam
}

// keepInMemory is the default of KeepLog in memory.
const keepInMemory = 10_000_000

// Limits bounds the size of what a [Store] accepts. Beyond a limit a call fails
// with a [*LimitError]. Every zero field means the documented default.
type Limits struct {
	// Text is the largest text value, in bytes. Defaults to 1 MiB.
	Text int
	// Options is the largest number of options of a field. Defaults to 65 535.
	Options int
	// Fields is the largest number of fields, at most 65 535, two
	// less with companies; those of companies, the types of events and the attributes of
	// each type are counted apart. Defaults to 4 096.
	Fields int
	// Tags is the largest number of tags or options of one contact in one field.
	// Defaults to 10 000.
	Tags int
	// Companies is the largest number of companies of one contact. Defaults to 1 000.
	Companies int
}

const mostFields = 65535 // an index of a field takes 16 bits

// noLimits is for values that are only looked up: one beyond a limit is nobody's.
var noLimits = Limits{Text: math.MaxInt, Options: math.MaxInt, Fields: mostFields, Tags: math.MaxInt}

func (l Limits) withDefaults() Limits {
	set := func(p *int, def int) {
		if *p == 0 {
			*p = def
		}
	}
	set(&l.Text, 1<<20)
	set(&l.Options, 65535)
	set(&l.Fields, 4096)
	set(&l.Tags, 10000)
	set(&l.Companies, 1000)
	return l
}

// withDefaults returns a private copy of o with every default filled in, or an
// error with everything that is wrong.
func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Clock == nil {
		c.Clock = SystemClock()
	}
	c.Limits = c.Limits.withDefaults()
	if c.Seam.LeastLog == 0 {
		c.Seam.LeastLog, c.Seam.Slice = leastLog, sliceBytes
	}
	var problems []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	check(c.KeepLog >= -1, "KeepLog is %d; give a number of changes or -1 for none", c.KeepLog)
	check(c.Sync >= -1, "Sync is %v; give 0, a duration, or -1 for never", c.Sync)
	check(c.Limits.Text > 0, "Limits.Text is %d; give a positive number of bytes", c.Limits.Text)
	check(c.Limits.Options > 0, "Limits.Options is %d; give a positive number", c.Limits.Options)
	check(c.Limits.Fields > 0 && c.Limits.Fields <= mostFields, "Limits.Fields is %d; give a number from 1 to %d", c.Limits.Fields, mostFields)
	check(c.Limits.Tags > 0, "Limits.Tags is %d; give a positive number", c.Limits.Tags)
	check(c.Limits.Companies > 0, "Limits.Companies is %d; give a positive number", c.Limits.Companies)
	if problems != nil {
		return Options{}, fmt.Errorf("contact: options: %s", strings.Join(problems, "; "))
	}
	return c, nil
}
