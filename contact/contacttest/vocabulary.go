package contacttest

import (
	"slices"
	"strconv"
	"strings"
)

// Countries returns the 200 country codes that occur, the most frequent first.
func Countries() []string { return slices.Clone(theWorkload().countries) }

// Cities returns the names of the 20 000 cities, the most frequent first.
func Cities() []string { return slices.Clone(theWorkload().cities) }

// Plans returns the names of the six plans, the most frequent first: 45, 25, 15, 9, 4
// and 2 % of the contacts have them.
func Plans() []string { return slices.Clone(plans) }

// TagNames returns the names of the 500 tags, the most frequent first.
func TagNames() []string { return slices.Clone(theWorkload().tags) }

// FirstNames returns the 5 000 first names, the most frequent first.
func FirstNames() []string { return texts(theWorkload().firstNames) }

// LastNames returns the 5 000 last names, the most frequent first.
func LastNames() []string { return texts(theWorkload().lastNames) }

// Domains returns the 306 domains of the e-mail addresses, the most frequent first.
func Domains() []string { return slices.Clone(theWorkload().domains) }

// texts returns the names as people write them.
func texts(names []name) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n.text
	}
	return out
}

// countryCodes are the codes of countries, in the order of their frequency.
const countryCodes = `
	US IN BR DE FR GB IT ES MX CA PL NL JP AU TR ID AR SE BE CH
	AT PT DK NO FI IE CZ GR RO HU UA ZA CO CL PE VN TH PH MY KR
	CN SG NZ IL EG MA NG KE GH TN DZ SA AE QA KW PK BD LK NP BG
	HR RS SI SK LT LV EE IS LU MT CY AL MK BA ME MD GE AM AZ KZ
	UZ KG TJ TM MN TW HK MO KH LA MM BN TL PG FJ WS TO VU SB KI
	EC BO PY UY VE GY SR CR PA GT HN SV NI CU DO HT JM TT BB BS
	BZ AG DM GD KN LC VC PR GP MQ GF AW CW BM KY TC VG SN CI ML
	BF NE TD CM GA CG CD AO ZM ZW MW MZ BW NA SZ LS MG MU SC KM
	DJ ER ET SO SD SS UG RW BI TZ TG BJ LR SL GN GW GM CV ST GQ
	MR LY JO LB SY IQ YE OM BH AF BT MV AD MC LI SM GI FO GL IM`

func makeCountries() []string { return strings.Fields(countryCodes) }

// makeDomains numbers the domains across their frequencies, so that a number says
// nothing about how frequent its domain is. The sixteenth is example7.com.
func makeDomains() []string {
	const (
		prime  = 307 // one more than there are domains, so that each number comes once
		stride = 58  // 16 × 58 leaves 7
	)
	var domains []string
	for rank := 1; rank < prime; rank++ {
		domains = append(domains, "example"+strconv.Itoa(rank*stride%prime)+".com")
	}
	return domains
}

func makeTags() []string {
	topics := strings.Fields(`coffee running travel cooking music garden cycling films books chess hiking yoga
		wine tennis sailing photo craft gaming fashion pets skiing finance health science art`)
	kinds := strings.Fields(`fan newsletter trial buyer webinar lead partner speaker survey beta event member
		donor referral reader expert student club press wholesale`)
	tags := make([]string, 0, len(topics)*len(kinds))
	for k := range kinds { // neighbours in frequency differ in both words
		for t, topic := range topics {
			tags = append(tags, topic+"-"+kinds[(k+t)%len(kinds)])
		}
	}
	return tags
}
