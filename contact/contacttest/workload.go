package contacttest

import "sync"

// The shares of the workload. The numbers are chosen so that the queries the
// performance figures are made of match about as many contacts as they do there.
var (
	pointSteps = steps{
		{1500, 0, 100}, {1700, 100, 250}, {1800, 250, 500}, {2000, 500, 1000}, {1840, 1000, 2000},
		{700, 2000, 3000}, {300, 3000, 4001}, {120, 4001, 5000}, {30, 5000, 6000}, {6, 6000, 7000},
		{4, 7000, 10_001},
	}

	// revenueSteps are in cents.
	revenueSteps = steps{
		{2500, 0, 50_00}, {2500, 50_00, 150_00}, {1700, 150_00, 300_00}, {1300, 300_00, 500_01},
		{1200, 500_01, 1000_00}, {600, 1000_00, 2000_00}, {200, 2000_00, 5000_01},
	}

	// activeSteps are the seconds since the last activity.
	activeSteps = steps{
		{2500, 1, 30 * secondsPerDay}, {2000, 30 * secondsPerDay, 90 * secondsPerDay},
		{3500, 90 * secondsPerDay, 365 * secondsPerDay}, {2000, 365 * secondsPerDay, 730*secondsPerDay + 1},
	}

	// ageSteps are in days: 16, 25, 40, 60, 75 and 90 years of 365.25 days.
	ageSteps = steps{
		{1700, 5844, 9131}, {3200, 9131, 14_610}, {3200, 14_610, 21_915}, {1400, 21_915, 27_394},
		{500, 27_394, 32_873},
	}

	plans     = []string{"free", "starter", "team", "business", "enterprise", "partner"}
	planSteps = steps{{4500, 0, 1}, {2500, 1, 2}, {1500, 2, 3}, {900, 3, 4}, {400, 4, 5}, {200, 5, 6}}

	// tagSteps are the number of tags, three on average.
	tagSteps = steps{{600, 0, 1}, {1250, 1, 2}, {1900, 2, 3}, {2500, 3, 4}, {1900, 4, 5}, {1250, 5, 6}, {600, 6, 7}}
)

// maxTags is the largest number of tags a contact has.
const maxTags = 6

// workload holds the vocabularies and their tables.
type workload struct {
	firstNames, lastNames            []name
	countries, cities, tags, domains []string

	first, last, country, city, tag, domain zipf
}

// theWorkload returns the one workload there is. Making it takes some ten
// milliseconds, the first time.
var theWorkload = sync.OnceValue(func() *workload {
	w := &workload{
		firstNames: makeFirstNames(),
		lastNames:  makeLastNames(),
		countries:  makeCountries(),
		cities:     makeCities(),
		tags:       makeTags(),
		domains:    makeDomains(),
	}
	w.first, w.last = newZipf(len(w.firstNames)), newZipf(len(w.lastNames))
	w.country, w.city = newZipf(len(w.countries)), newZipf(len(w.cities))
	w.tag, w.domain = newZipf(len(w.tags)), newZipf(len(w.domains))
	return w
})
