package contact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/internal/testflags"
)

// TestLogModel compares a log with a plain list: records of all lengths, schemas and
// marks, read from every number, trimmed and redacted, while readers hold what they had.
func TestLogModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 11))
	schemas := []*Schema{MustSchema(Text("name")), MustSchema(Text("name"), Number("points"))}
	for range testflags.Cases(20) {
		l := &log{keep: []int{1, 10, 300, 1_000_000}[rng.IntN(4)]}
		m := logModel{t: t, log: l}
		schema := schemas[0]
		for range 1 + rng.IntN(600) {
			if rng.IntN(50) == 0 {
				schema = schemas[rng.IntN(2)]
			}
			m.append(randomLogRecord(rng, l.last+1, schema))
			if rng.IntN(40) == 0 {
				m.check(rng)
			}
			if rng.IntN(100) == 0 {
				m.redact(ID(1+rng.IntN(5)), 1+rng.Uint64N(l.last+1))
			}
		}
		m.check(rng)
	}
}

// A logModel is the same as a log, as a list.
type logModel struct {
	t    *testing.T
	log  *log
	list []*Record
	sum  int
}

func randomLogRecord(rng *rand.Rand, number uint64, schema *Schema) *Record {
	r := &Record{Number: number, Time: instant(rng.Int64N(1 << 40)), Cause: CauseManual, Actor: "eve", schema: schema}
	for range rng.IntN(4) {
		text := fmt.Sprint("text ", rng.IntN(1000))
		switch rng.IntN(20) {
		case 0:
			text = strings.Repeat(text, 2_000)
		case 1:
			text = strings.Repeat(text, 1_000)
		}
		r.data = appendField(appendChange(r.data, ID(1+rng.IntN(5)), Updated, 1), 0, Value{}, TextValue(text))
		r.contacts++
	}
	if rng.IntN(3) == 0 {
		r.marks = append(r.marks, mark{"floor", number * 10})
	}
	if rng.IntN(3) == 0 {
		r.floors = append(r.floors, floorRecord{"floor", []byte{byte(number)}})
	}
	if rng.IntN(20) == 0 {
		r.Key = fmt.Sprint("key ", number)
	}
	return r
}

func (m *logModel) append(r *Record) {
	was := *r
	was.own()
	if kept := m.log.append(r, true); !kept {
		clear(r.data) // it is used again
	}
	m.list = append(m.list, &was)
	for m.sum += was.weight(); m.sum > m.log.keep && len(m.list) > 1; m.list = m.list[1:] {
		m.sum -= m.list[0].weight()
	}
}

func (m *logModel) redact(id ID, before uint64) {
	held, err := m.log.since(m.log.oldest())
	require.NoError(m.t, err)
	want := tell(held)
	hits, values := 0, 0
	for i, r := range m.list {
		blind := *r
		if n := blind.redact(func(x ID) bool { return x == id }); n > 0 && r.Number < before {
			hits++
			values += n
			m.list[i] = &blind
		}
	}
	gotHits, gotValues := m.log.redact(id, before)
	require.Equal(m.t, []int{hits, values}, []int{gotHits, gotValues})
	require.Equal(m.t, want, tell(held), "what a reader holds stays")
}

func tell(pages []logPage) (list []string) {
	for _, p := range pages {
		for i := range p.len() {
			list = append(list, tellRecord(p.record(i)))
		}
	}
	return list
}

func tellRecord(r *Record) string {
	return fmt.Sprint(r.Number, r.Time, r.Cause, r.Actor, r.Key, r.schema.Len(), r.contacts, r.data, r.marks, r.floors)
}

func (m *logModel) check(rng *rand.Rand) {
	require.Equal(m.t, m.list[0].Number, m.log.oldest())
	_, err := m.log.since(m.log.oldest() - 1)
	require.ErrorIs(m.t, err, ErrTrimmed)
	from := rng.IntN(len(m.list))
	pages, err := m.log.since(m.list[from].Number)
	require.NoError(m.t, err)
	for _, p := range pages {
		for i := range p.len() {
			if number := p.first + uint64(i); number >= m.list[from].Number {
				require.Equal(m.t, tellRecord(m.list[from]), tellRecord(p.record(i)))
				from++
			}
		}
	}
	require.Len(m.t, m.list, from)
	keys := 0
	for _, r := range m.list {
		if r.Key != "" {
			keys++
			require.Equal(m.t, r.Number, m.log.committed(r.Key))
		}
	}
	require.Len(m.t, m.log.keys, keys)
	n := rng.Uint64N(m.log.last*10 + 20)
	want := uint64(0)
	for _, r := range m.list {
		if mark, has := r.Mark("floor"); has && mark >= n && want == 0 {
			want = r.Number
		}
	}
	got, ok, err := m.log.findMark("floor", n)
	require.NoError(m.t, err)
	require.Equal(m.t, want, got)
	require.Equal(m.t, want > 0, ok)
}
