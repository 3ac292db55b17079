package contact_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// A numberCheck compares the numbers of words with the words themselves.
type numberCheck struct {
	numbers map[string]*contact.WordNumbers // by field
	given   map[string]map[string]uint32
}

// set gives a word of a field a number in both.
func (n *numberCheck) set(field, word string, number uint32) {
	if n.numbers[field] == nil {
		n.numbers[field], n.given[field] = &contact.WordNumbers{}, map[string]uint32{}
	}
	n.numbers[field].Set(word, number)
	n.given[field][word] = number
}

func (n *numberCheck) of(field string, words []string) (numbers []uint32) {
	for _, w := range words {
		if number := n.given[field][w]; number != 0 {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

func (n *numberCheck) check(c *contact.Commit) error {
	for i := range c.Contacts() {
		t := &c.Contacts()[i]
		for k, index := range t.Fields {
			for name, w := range n.numbers {
				f, _ := c.View().Schema().Field(name)
				if f.Index() != int(index) {
					continue
				}
				words := c.View().AppendWords(nil, t.ID, f)
				if got, count := c.View().AppendNumbers(nil, t.ID, f, w); count != len(words) || !slices.Equal(got, n.of(name, words)) {
					return fmt.Errorf("contact %d has %q in %s: numbers %v of %d words, want %v", t.ID, words, name, got, count, n.of(name, words))
				}
				words = c.OldWords(t, k)
				if got, count := c.AppendOldNumbers(nil, t, k, w); count != len(words) || !slices.Equal(got, n.of(name, words)) {
					return fmt.Errorf("contact %d had %q in %s: numbers %v of %d words, want %v", t.ID, words, name, got, count, n.of(name, words))
				}
			}
		}
	}
	return nil
}

// What a contact has is the same by numbers as by words, whatever comes and goes: words,
// numbers, tags of a transaction that was vetoed, and the texts of a column that is made
// anew because most are dead.
func TestWordNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(testflags.Seed(t), 1))
	store := newStore(t, contact.Text("name"), contact.Text("code").Exact(), contact.Select("plan", "free", "Pro"), contact.MultiSelect("likes", "a", "B", "c"), contact.Tags("tags"), contact.Number("points"))
	n := &numberCheck{map[string]*contact.WordNumbers{}, map[string]map[string]uint32{}}
	veto := errors.New("veto")
	refuse := false
	require.NoError(t, store.Attach("floor", &testFloor{prepare: func(c *contact.Commit) error {
		if err := n.check(c); err != nil || !refuse {
			return err
		}
		return veto
	}}, nil))
	word := func() string { return []string{"", "a", "B", "c", "Éa", fmt.Sprint("T", rng.IntN(40))}[rng.IntN(6)] }
	value := func() contact.Values {
		return []contact.Values{
			{"name": word()}, {"code": word()}, {"plan": []string{"free", "Pro"}[rng.IntN(2)]}, {"plan": nil},
			{"likes": []string{"a", "B", "c"}[rng.IntN(3):]}, {"tags": []string{"x" + word(), "y" + word(), "z"}[rng.IntN(3):]}, {"tags": nil}, {"points": rng.IntN(9)},
		}[rng.IntN(8)]
	}
	for round := range 600 {
		for range rng.IntN(2) {
			field := []string{"name", "code", "plan", "likes", "tags", "points"}[rng.IntN(6)]
			n.set(field, contact.Fold([]string{word(), "x" + word(), "pro", "free"}[rng.IntN(4)]), uint32(rng.IntN(4)))
		}
		refuse = rng.IntN(4) == 0
		err := store.Update(ctx, func(tx *contact.Tx) error {
			if round < 50 {
				_, err := tx.Insert(value())
				return err
			}
			for range 1 + rng.IntN(6) {
				if err := tx.Set(contact.ID(1+rng.IntN(30)), value()); err != nil {
					return err
				}
			}
			return nil
		})
		require.True(t, err == nil || refuse && errors.Is(err, veto) || errors.Is(err, contact.ErrNotFound), "round %d: %v", round, err)
		if round%100 != 99 {
			continue
		}
		refuse = false
		require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error { // many texts that die at once
			for i := range 5000 {
				if _, err := tx.Insert(contact.Values{"name": fmt.Sprint("dead ", round, i)}); err != nil {
					return err
				}
			}
			return nil
		}))
		require.NoError(t, store.Update(ctx, func(tx *contact.Tx) error {
			for id := range store.View().Live().All() {
				if v, err := tx.Value(id, "name"); err == nil && len(v.Text()) > 8 {
					if err := tx.Set(id, contact.Values{"name": word()}); err != nil {
						return err
					}
				}
			}
			return nil
		}))
	}
}
