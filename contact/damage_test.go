package contact_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// A file that was cut anywhere opens as it was, or not at all.
func TestCut(t *testing.T) {
	inChild(t, func(t *testing.T, seed uint64) {
		d := newDamaged(t, seed)
		for n := 0; n < len(d.image); n += testflags.Every() {
			d.open(d.image[:n], fmt.Sprintf("cut to %d bytes", n))
			if d.intact > 20 { // the rest is not in use
				n += 7 * testflags.Every()
			}
		}
		d.report()
	})
}

// A file in which a bit has flipped opens as it was, or not at all.
func TestFlip(t *testing.T) {
	inChild(t, func(t *testing.T, seed uint64) {
		d := newDamaged(t, seed)
		r := rand.New(rand.NewPCG(seed, 2))
		image := append([]byte(nil), d.image...)
		for at := r.IntN(testflags.Every()); at < len(image); at += testflags.Every() {
			bit := byte(1) << r.IntN(8)
			image[at] ^= bit
			d.open(image, fmt.Sprintf("byte %d with bit %08b flipped", at, bit))
			image[at] ^= bit
		}
		d.report()
	})
}

// damaged is a file that is opened again and again, with something wrong in it.
type damaged struct {
	t                         *testing.T
	twin                      *twin
	image                     []byte
	dir                       string
	last                      uint64
	intact, refused, salvaged int
}

func newDamaged(t *testing.T, seed uint64) *damaged {
	w, image := twinImage(t, seed, 14)
	require.LessOrEqual(t, len(image), 256<<10)
	d := &damaged{t: t, twin: w, image: image, dir: memoryDir(t), last: w.store.View().Number()}
	d.open(image, "nothing")
	require.Equal(t, 2, d.intact)
	return d
}

// open opens a file as everybody does, and with leave to go back if it is refused, and
// now and then if it is not.
func (d *damaged) open(image []byte, what string) {
	if d.openOnce(image, what, false) || d.intact%8 == 1 {
		d.openOnce(image, what, true)
	}
}

func (d *damaged) openOnce(image []byte, what string, salvage bool) (refused bool) {
	t := d.t
	require.NoError(t, os.WriteFile(filePath(d.dir), image, 0o600))
	store, err := contact.Open(d.dir, nil, &contact.Options{Clock: d.twin.clock, Salvage: salvage})
	if err != nil {
		requireDamage(t, err, what)
		d.refused++
		return true
	}
	number, yes := store.Salvaged()
	if yes {
		require.True(t, salvage, what)
		require.Equal(t, store.View().Number(), number, what)
		require.Contains(t, []uint64{d.last - 1, d.last}, number, what)
		d.salvaged++
	} else {
		require.Zero(t, number, what)
		require.Equal(t, d.last, store.View().Number(), what)
		d.intact++
	}
	attachLedger(t, store)
	if err := d.twin.compare(store); err != nil {
		requireDamage(t, err, what)
	}
	require.NoError(t, store.Close(), what)
	return false
}

// requireDamage checks that an error is the one about damage.
func requireDamage(t *testing.T, err error, what string) {
	t.Helper()
	var corrupt *contact.CorruptError
	var notOurs *contact.NotOursError
	require.True(t, errors.As(err, &corrupt) || errors.As(err, &notOurs), "%s: %v", what, err)
}

func (d *damaged) report() {
	require.Positive(d.t, d.refused)
	fmt.Printf("cases on a file of %d bytes: %d openings as it was, %d refused, %d salvaged\n", len(d.image), d.intact, d.refused, d.salvaged)
}
