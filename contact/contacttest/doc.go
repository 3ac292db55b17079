// Package contacttest makes realistic contacts for tests and benchmarks: any number
// of them, always the same ones for the same seed.
//
// [Rows] is the workload that the project's performance figures are measured on. Its
// shares are fixed, and tests may rely on them to about a tenth of their value:
//
//   - Country, city, first name, last name, domain and tag follow Zipf's law: the
//     second of a vocabulary is half as frequent as the first, the third a third, and so
//     on. The vocabularies ([Countries], [Cities] and so on) are in that order.
//   - FR, the fifth country, has 3.4 % of the contacts; example7.com, the sixteenth
//     domain, 1 %. First names that start with "ma", and those that start with "jo", have
//     .4 % each. One first name in eight has an accent.
//   - Half of the contacts have 500 points or more, 10 % between 2000 and 4000; a million
//     contacts have about 6 800 different numbers of points.
//   - Revenue is missing in 30 %, the last activity in 20 %. Of the others 20 % have
//     a revenue above 500, and 45 % were active in the last 90 days.
//   - 20 % are customers, 3 % must not be contacted, and a contact has three tags on
//     average.
//
// [Companies] and [Employments] are the companies of the workload and who belongs to
// them, in random streams of their own, so that they change no row. [Events] are what
// the contacts did in the year before [Now], ten events for each on average:
//
//   - 30 % are page hits, 20 % e-mails that were read, 1.6 % purchases.
//   - Each has one of 2 000 objects, by Zipf's law: of the e-mails read .7 % are object 17.
//   - The most active tenth of the contacts has 47 % of the events, the most active
//     hundredth 22 %. 30 % of the contacts have a page hit in the last 60 days, and .06 %
//     three purchases in the last 90.
//
// The fields are independent of each other, except that no contact is active before
// it signed up and that the e-mail address is made of the names. So the share of a
// conjunction is the product of the shares.
//
// The rows depend on the seed and the position alone, not on the machine, the Go
// version or the number of rows asked for: the arithmetic behind them is in integers
// throughout.
package contacttest
