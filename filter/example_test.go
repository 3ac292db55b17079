package filter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/rosterdb/roster/filter"
)

func ExampleParse() {
	f, err := filter.Parse(`
		not (country = "FR") and (points >= 5e2 and joined > 2026-01-31)
		or tags HAS ANY ('vip', 'friend')`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f)
	for path, c := range f.Conditions() {
		fmt.Println(path, "reads", c.Field())
	}
	// Output:
	// country != "FR" and points >= 500 and joined > 2026-01-31 or tags has any ("vip", "friend")
	// or[0].and[0] reads country
	// or[0].and[1] reads points
	// or[0].and[2] reads joined
	// or[1].and[0] reads tags
}

func ExampleParseError() {
	_, err := filter.Parse("country = 'FR'\nand points >= and tags is empty")
	fmt.Println(err)

	var pe *filter.ParseError
	if errors.As(err, &pe) {
		fmt.Println(pe.Offset, pe.Line, pe.Column, pe.Expected)
	}
	// Output:
	// filter: line 2, column 15: expected a value, found "and"
	// 29 2 15 a value
}

func ExampleNew() {
	f, err := filter.New(filter.Or(
		filter.And(
			filter.Field("country").In("FR", "DE"),
			filter.Field("points").AtLeast(500),
		),
		filter.Not(filter.MemberOf("newsletter")),
	))
	fmt.Println(f, err)

	_, err = filter.New(filter.And(
		filter.Field("country").In(),
		filter.Field("name").Equals(""),
	))
	fmt.Println(err)
	// Output:
	// country in ("FR", "DE") and points >= 500 or not in segment newsletter <nil>
	// filter: or[0].and[0]: field "country": "in" needs a list of at least one value
	// filter: or[0].and[1]: field "name": the text is empty; contacts without a value are found by `is empty`
}

func ExampleFilter_Equal() {
	a := filter.MustParse(`not (not (a = 1)) and ((b = 2))`)
	b := filter.MustParse(`a = 1 and b = 2`)
	c := filter.MustParse(`b = 2 and a = 1`)
	fmt.Println(a.Equal(b), a.Equal(c))
	// Output:
	// true false
}

func ExampleFilter_MarshalJSON() {
	f := filter.MustParse(`country not in ("FR", "DE") and points >= 500 or not in segment vip and born = 1990-05-17`)
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false) // keeps >= readable
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {
	//   "or": [
	//     {
	//       "and": [
	//         {
	//           "field": "country",
	//           "op": "not in",
	//           "values": [
	//             "FR",
	//             "DE"
	//           ]
	//         },
	//         {
	//           "field": "points",
	//           "op": ">=",
	//           "value": 500
	//         }
	//       ]
	//     },
	//     {
	//       "and": [
	//         {
	//           "op": "in segment",
	//           "segments": [
	//             "vip"
	//           ],
	//           "not": true
	//         },
	//         {
	//           "field": "born",
	//           "op": "=",
	//           "value": {
	//             "date": "1990-05-17"
	//           }
	//         }
	//       ]
	//     }
	//   ]
	// }
}

func ExampleFilter_UnmarshalJSON() {
	var f filter.Filter
	err := json.Unmarshal([]byte(`{"or": [
		{"and": [{"field": "country", "op": "in", "values": ["FR", "DE"]}]},
		{"and": [{"field": "points", "op": ">=", "value": null}]}
	]}`), &f)
	fmt.Println(err)
	// Output:
	// filter: or[1].and[0].value: expected a value, found null
}

func ExampleCompileLike() {
	p := filter.CompileLike(`%@example._om`, nil)
	fmt.Println(p.Match("ada@example.com"), p.Match("ada@example.org"))
	// Output:
	// true false
}
