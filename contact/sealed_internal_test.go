package contact

import (
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sealedSchemaForTest() *Schema {
	return MustSchema(Text("email").Unique(), Number("points"), Bool("customer"), Date("born"), Select("plan", "free"), Tags("tags"))
}

// sealedForTest returns a sealed record with all that a record can hold.
func sealedForTest() []byte {
	r := &Record{
		Time: time.UnixMilli(1e12).UTC(), Cause: CauseManual, Actor: "ada", Note: "why", Key: "once", schemaChanged: true, contacts: 3,
		floors:   []floorRecord{{"segment", []byte("made one")}, {"other", nil}},
		calendar: &CalendarChange{Calendar{Zone: "UTC", WeekStart: 1}, Calendar{"Europe/Zurich", 7, true}},
	}
	r.data = appendChange(r.data, 1, Created, 3)
	r.data = appendField(r.data, 0, Value{}, TextValue("ada"))
	r.data = appendField(r.data, 1, NumberValue(-5), NumberValue(0.5))
	r.data = appendField(r.data, 5, TagsValue("a", "b"), Value{})
	r.data = appendChange(r.data, 1<<32-1, Updated, 1)
	r.data = appendField(r.data, 3, DateValue(3), DateValue(-3))
	r.data = appendChange(r.data, 2, Deleted, 0)
	return r.seal(nil, []mark{{"segment", 7}})
}

func TestSeal(t *testing.T) {
	schema := sealedSchemaForTest()
	sealed := sealedForTest()
	r, err := unseal(9, sealed, schema)
	require.NoError(t, err)
	require.Equal(t, uint64(9), r.Number)
	require.Equal(t, []mark{{"segment", 7}}, r.marks)
	require.Equal(t, sealed, r.seal(nil, r.marks))
	change, changed := r.Calendar()
	require.True(t, changed)
	require.Equal(t, CalendarChange{Calendar{Zone: "UTC", WeekStart: 1}, Calendar{"Europe/Zurich", 7, true}}, change)
	for n := range sealed {
		_, err := unseal(9, sealed[:n], schema)
		require.ErrorIs(t, err, errSealed, "%d bytes", n)
	}
	_, err = unseal(9, append(sealed, 0), schema)
	require.ErrorIs(t, err, errSealed)
	_, err = unseal(9, sealed, MustSchema(Text("email")))
	require.ErrorIs(t, err, errSealed, "a field that is not in the schema")
}

// A number of things that is more than the bytes can hold takes no memory for them.
func TestUnsealHugeCount(t *testing.T) {
	schema := sealedSchemaForTest()
	for _, count := range []uint64{1 << 20, 1 << 36, 1 << 63} {
		list := append(appendChange(nil, 1, Updated, 1), 5, sealList)
		list = binary.AppendUvarint(list, count)
		fields := binary.AppendUvarint([]byte{1, byte(Updated)}, count)
		for _, data := range [][]byte{list, fields} {
			sealed := (&Record{contacts: 1, data: data}).seal(nil, nil)
			_, err := unseal(1, sealed, schema)
			require.ErrorIs(t, err, errSealed)
		}
		_, err := unsealNames(binary.AppendUvarint(nil, count))
		require.ErrorIs(t, err, errSealed)
	}
	_, err := unsealNames([]byte{1, 'a', 0x80})
	require.ErrorIs(t, err, errSealed, "a length that goes on")
}

// FuzzUnseal reads any bytes as whatever a file holds: a value or an error, and what was
// read can be used and stored again.
func FuzzUnseal(f *testing.F) {
	schema := sealedSchemaForTest()
	for _, seed := range [][]byte{
		sealedForTest(), schema.marshal(), (&header{number: 3, time: time.UnixMilli(5), given: 7, checkpoint: 2, first: 1, weight: 9}).marshal(),
		appendText(appendText(nil, "a"), "tag"), nil, {0x80}, []byte(`[{"name":"a","kind":"tags","dropped":true},{"name":"a","kind":"select","options":[{"value":"x"}]}]`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := unseal(1, b, schema); err == nil {
			n := 0
			for c := range r.Changes() {
				for _, x := range c.Fields {
					_, _ = x.Old.String(), x.New.Any()
				}
				n++
			}
			require.Equal(t, r.Len(), n)
			for range r.Floor("segment") {
				n++
			}
			_, _ = redact(r.data, schema, func(id ID) bool { return id%2 == 0 })
			again, err := unseal(1, r.seal(nil, r.marks), schema)
			require.NoError(t, err)
			require.Equal(t, r.data, again.data)
			require.Equal(t, r.marks, again.marks)
		}
		if h, err := unmarshalHeader(b); err == nil {
			again, err := unmarshalHeader(h.marshal())
			require.NoError(t, err)
			h.time, again.time = time.Time{}, time.Time{} // there are milliseconds that no time has
			require.Equal(t, h, again)
		}
		if s, err := unmarshalSchema(b); err == nil {
			again, err := unmarshalSchema(s.marshal())
			require.NoError(t, err)
			require.Equal(t, string(s.marshal()), string(again.marshal()))
			_, _ = s.merged(schema, Limits{}.withDefaults())
			_, _ = schema.merged(s, Limits{}.withDefaults())
		}
		if names, err := unsealNames(b); err == nil {
			var again []byte
			for _, name := range names {
				again = appendText(again, name)
			}
			list, err := unsealNames(again)
			require.NoError(t, err)
			require.True(t, reflect.DeepEqual(names, list))
		}
	})
}
