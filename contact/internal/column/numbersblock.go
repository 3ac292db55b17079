package column

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/rosterdb/roster/contact/internal/idset"
)

// After the common part (see tagNumbers) a block of Numbers holds
//
//	1 byte    the unit: 0 to 9 says that a whole number k stands for k / 10^unit, and
//	          255 that it stands for the float64 whose bits are k with the top bit
//	          turned over, or with all bits turned over if the top bit of k is not set
//	8 bytes   the smallest whole number, a two's complement
//	8 bytes   the step: the others are a multiple of it larger
//	8 bytes   the largest of these multiples
//	packed    of each row the multiple, as many bits each as the largest needs
//
// Days are counted from 1970-01-01 and instants in milliseconds from 1970 UTC.
const (
	maxDecimals = 9
	unitFloat   = 255
	maxWhole    = 1 << 53 // every whole number up to here is a float64

	numbersHeader = 25
)

// A numbersHead is the head of a stored block of numbers.
type numbersHead struct {
	unit byte
	min  uint64
	step uint64
	top  uint64 // largest multiple of step
}

// AppendBlock appends the stored form of the rows of a block to dst; if none has a
// value, it returns dst as it is. It is safe beside a writer that works on a
// successor of n.
func (n *Numbers) AppendBlock(dst []byte, block int) []byte {
	rows := n.present.BlockLen(block)
	if rows == 0 {
		return dst
	}
	var words [idset.Words]uint64
	n.present.Load(block, &words)
	dst = idset.AppendWords(append(dst, tagNumbers), &words, rows)
	keys := n.keys.gather(block, &words, rows)
	head := n.ladder[n.at].pack(keys)
	dst = append(dst, head.unit)
	dst = binary.LittleEndian.AppendUint64(dst, head.min)
	dst = binary.LittleEndian.AppendUint64(dst, head.step)
	dst = binary.LittleEndian.AppendUint64(dst, head.top)
	return appendPacked(dst, keys, head.bits())
}

// pack turns keys into the multiples that are stored and returns their head.
func (f form) pack(keys []uint64) numbersHead {
	if f.width < 64 { // div is 1 or mul is 1
		head := stepsOf(keys, 0)
		head.min = uint64((int64(head.min) + int64(f.min())) * int64(f.div))
		head.step *= uint64(f.div)
		if f.mul == 100 {
			head.unit = 2
		}
		return head
	}
	whole := make([]uint64, len(keys))
	suspect := 0 // what no unit so far could express
	for unit := range byte(maxDecimals + 1) {
		if _, ok := wholeOf(keys[suspect], unit); !ok {
			continue
		}
		i := 0
		for ok := true; i < len(keys); i++ {
			if whole[i], ok = wholeOf(keys[i], unit); !ok {
				break
			}
		}
		if i == len(keys) {
			head := stepsOf(whole, 1<<63) // makes the order of the signed numbers that of the unsigned
			copy(keys, whole)
			head.min -= 1 << 63
			head.unit = unit
			return head
		}
		suspect = i
	}
	head := stepsOf(keys, 0)
	head.unit = unitFloat
	return head
}

// wholeOf returns the whole number that stands for the float64 of a key, and whether
// there is one.
func wholeOf(key uint64, unit byte) (uint64, bool) {
	x := keyFloat(key)
	k := math.Round(x * pow10[unit])
	if k/pow10[unit] != x || math.Abs(k) > maxWhole {
		return 0, false
	}
	return uint64(int64(k)), true
}

var pow10 = [maxDecimals + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// stepsOf adds bias to the numbers, finds the smallest and the common step, and
// replaces each number by its multiple of the step.
func stepsOf(list []uint64, bias uint64) numbersHead {
	lo, hi := uint64(math.MaxUint64), uint64(0)
	for i := range list {
		list[i] += bias
		lo, hi = min(lo, list[i]), max(hi, list[i])
	}
	step := uint64(0)
	for i := range list {
		list[i] -= lo
		if step != 1 && (step == 0 || list[i]%step != 0) {
			step = gcd(list[i], step)
		}
	}
	if step > 1 {
		for i := range list {
			list[i] /= step
		}
	}
	step = max(step, 1)
	return numbersHead{min: lo, step: step, top: (hi - lo) / step}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// read reads the head at the start of data and checks that what it spans is within
// the numbers there are.
func (h *numbersHead) read(data []byte) error {
	if len(data) < numbersHeader {
		return damaged("no room for the head of the numbers")
	}
	h.unit = data[0]
	h.min = binary.LittleEndian.Uint64(data[1:])
	h.step = binary.LittleEndian.Uint64(data[9:])
	h.top = binary.LittleEndian.Uint64(data[17:])
	high, span := bits.Mul64(h.step, h.top)
	if h.unit == unitFloat {
		// Keys ascend like the numbers, so all are finite if the ends are.
		last, carry := bits.Add64(h.min, span, 0)
		if high != 0 || carry != 0 || !finite(keyFloat(h.min)) || !finite(keyFloat(last)) {
			return damaged("numbers beyond what a float64 holds")
		}
		return nil
	}
	lo := int64(h.min)
	if h.unit > maxDecimals || high != 0 || span > 2*maxWhole || lo < -maxWhole || lo > maxWhole-int64(span) {
		return damaged("numbers of unit %d from %d to %d steps of %d more", h.unit, lo, h.top, h.step)
	}
	return nil
}

// bits returns the bits of a packed multiple.
func (h *numbersHead) bits() uint { return uint(bits.Len64(h.top)) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// affine returns a and b so that a + b*m is the key of the multiple m in this form,
// and false if not every multiple has one.
func (f form) affine(h *numbersHead) (a, b uint64, ok bool) {
	if h.unit == unitFloat || f.width == 64 {
		return 0, 0, false
	}
	// No product overflows: mul is 100 at most, and the numbers are below 2^54.
	mul, div := int64(f.mul), int64(f.div)*int64(pow10[h.unit])
	first, step := int64(h.min)*mul, int64(0)
	if h.top > 0 {
		step = int64(h.step) * mul
	}
	if first%div != 0 || step%div != 0 {
		return 0, 0, false
	}
	first, step = first/div, step/div
	if last := first + step*int64(h.top); first < int64(f.min()) || last > int64(f.max()) {
		return 0, 0, false
	}
	return uint64(first - int64(f.min())), uint64(step), true
}

// negativeZero is what floatKey never makes, but keyFloat would read.
const negativeZero = 1<<63 - 1

// unpacked turns multiples into keys of this form, which holds them.
func (f form) unpacked(h *numbersHead, list []uint64) {
	if a, b, ok := f.affine(h); ok {
		for i, m := range list {
			list[i] = a + b*m
		}
		return
	}
	if h.unit == unitFloat {
		for i, m := range list {
			list[i] = h.min + h.step*m
		}
		return
	}
	for i, m := range list {
		list[i] = floatKey(float64(int64(h.min+h.step*m)) / pow10[h.unit])
	}
}
