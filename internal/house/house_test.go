package house_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/rosterdb/roster/internal/testflags"
)

// check applies a rule to the project.
func check(t *testing.T, rule func([]*source) []string) {
	t.Helper()
	list, err := sources(os.DirFS("../.."))
	require.NoError(t, err)
	require.NotEmpty(t, list, "no source found")
	for _, offence := range rule(list) {
		t.Error(offence)
	}
}

// Imports point only downwards, contact ← filter ← segment ← trigger, importer ←
// examples, and what lies under the root's internal folder is for tests.
func TestLayers(t *testing.T) { check(t, layers) }

// The root of the module is not a package.
func TestNoRootPackage(t *testing.T) { check(t, rootPackage) }

// Packages whose name ends in "test" are for tests, for each other and for examples.
func TestTestSupportStaysInTests(t *testing.T) { check(t, testSupport) }

// Every package's tests know the project's flags, so that these can be given to all
// of them at once.
func TestFlagsInEveryTest(t *testing.T) { check(t, testFlags) }

// Files have at most 500 lines, tests 800.
func TestFileLength(t *testing.T) { check(t, fileLength) }

// Functions have at most 60 lines, except in tests.
func TestFuncLength(t *testing.T) { check(t, funcLength) }

// Every exported name has a comment.
func TestExportedNamesAreDocumented(t *testing.T) { check(t, docComments) }

// Every package has a comment.
func TestPackagesAreDocumented(t *testing.T) { check(t, packageComments) }

// The lower floors know no other clock than the store's.
func TestClock(t *testing.T) { check(t, systemClock) }

// Nothing is left for later in a file; what is to do belongs into an issue.
func TestNothingLeftToDo(t *testing.T) {
	offences, err := leftovers(os.DirFS("../.."))
	require.NoError(t, err)
	require.Empty(t, offences)
}
