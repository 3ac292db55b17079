package segment_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rosterdb/roster/contact"
	"github.com/rosterdb/roster/internal/testflags"
)

// TestModel plays random histories to an engine and to a model of plain maps, and
// compares everything after each transaction. What fails is shrunk and printed in
// the form that [replay] takes.
func TestModel(t *testing.T) {
	seed := testflags.Seed(t)
	steps := testflags.Steps(300)
	const length = 150 // of a history
	for n := uint64(0); n*length < uint64(steps); n++ {
		rng := rand.New(rand.NewPCG(seed, n))
		history, err := wander(rng, min(length, steps-int(n)*length))
		if err != nil {
			history = shrink(history, 20*time.Second)
			t.Fatalf("%v\n\nmade short: %v\n\nreplay(t, `\n%s`)", err, play(history), script(history))
		}
	}
}

// TestModelFound plays the histories that once failed.
func TestModelFound(t *testing.T) {
	// A definition under which all of many members leave is taken back.
	replay(t, `
{"do":[{"op":"create","handle":"h","name":"Three","filter":"points between 1 and 4"}]}
{"do":[{"op":"many","n":486,"seed":535,"name":"insert"}]}
{"do":[{"op":"many","n":512,"seed":627,"name":"insert"}]}
{"end":"crash","do":[{"op":"change","handle":"h","name":"Three","filter":"points > 100"}]}
{"end":"veto","do":[{"op":"drop","handle":"h"},{"op":"create","handle":"h","name":"Three"}]}
{"do":[{"op":"many","n":400,"seed":1,"name":"set"}]}
`)
	// A definition is wrong in two ways at once.
	replay(t, `
{"do":[{"op":"create","handle":"f","name":"Three","filter":"points = 1"}]}
{"do":[{"op":"create","handle":"c","name":"Two","filter":"in segment f"}]}
{"do":[{"op":"change","handle":"f","name":"Two","hidden":true,"filter":"in any segment (c, d)"}]}
`)
}

// wander plays a random history and returns it, with what went wrong.
func wander(rng *rand.Rand, n int) (history []txStep, err error) {
	var p *player
	g := &wanderer{Rand: rng}
	g.kind = g.oneOf("", "recorded", "disk")
	if err := attempt(func() { p = newPlayer(g.kind) }); err != nil {
		return nil, err
	}
	defer p.close()
	g.p = p
	for range n {
		s := g.step()
		history = append(history, s)
		if err := attempt(func() { p.step(s) }); err != nil {
			return history, err
		}
	}
	return history, attempt(p.finish)
}

// script writes a history down, a transaction a line.
func script(history []txStep) string {
	var b strings.Builder
	for _, s := range history {
		line, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

// replay plays a history that was written down.
func replay(t *testing.T, script string) {
	t.Helper()
	require.NoError(t, play(read(t, script)))
}

func read(t *testing.T, script string) (history []txStep) {
	t.Helper()
	for line := range strings.Lines(strings.TrimSpace(script)) {
		var s txStep
		require.NoError(t, json.Unmarshal([]byte(line), &s), line)
		history = append(history, s)
	}
	return history
}

// shrink leaves out of a failing history what it can do without.
func shrink(history []txStep, patience time.Duration) []txStep {
	end := time.Now().Add(patience)
	fails := func(h []txStep) bool {
		if time.Now().After(end) {
			return false
		}
		err := play(h)
		return err != nil && !strings.Contains(err.Error(), "not a history")
	}
	for again := true; again; {
		again = false
		var smaller bool
		history, smaller = without(history, fails)
		again = again || smaller
		for i := range history {
			with := func(s txStep) []txStep {
				h := append([]txStep{}, history...)
				h[i] = s
				return h
			}
			s := history[i]
			s.Do, smaller = without(s.Do, func(do []action) bool { return fails(with(s.doing(do))) })
			history, again = with(s), again || smaller
			for _, plain := range simpler(s) {
				if fails(with(plain)) {
					history, again = with(plain), true
					break
				}
			}
		}
	}
	return history
}

// doing returns the transaction with other actions.
func (s txStep) doing(do []action) txStep {
	s.Do = do
	return s
}

// simpler returns ways to make a transaction simpler but for leaving out actions.
func simpler(s txStep) (list []txStep) {
	if p := s; s.End != "" {
		p.End = ""
		list = append(list, p)
	}
	if p := s; s.Cause != 0 {
		p.Cause = 0
		list = append(list, p)
	}
	if p := s; s.View != "" {
		p.View = ""
		list = append(list, p)
	}
	if p := s; s.Open != "" {
		p.Open = ""
		list = append(list, p)
	}
	if p := s; s.Turn != 0 {
		p.Turn = 0
		list = append(list, p)
		p.Turn = s.Turn / 2
		list = append(list, p)
	}
	if p := s; s.Wait {
		p.Wait = false
		list = append(list, p)
	}
	for i, a := range s.Do {
		with := func(b action) {
			do := append([]action{}, s.Do...)
			do[i] = b
			list = append(list, s.doing(do))
		}
		if b := a; a.N > 1 {
			b.N /= 2
			with(b)
		}
		if b := a; a.To > a.ID {
			b.To = a.ID + (a.To-a.ID)/2
			with(b)
		}
		for name := range a.Values {
			b := a
			b.Values = contact.Values{}
			for k, v := range a.Values {
				if k != name {
					b.Values[k] = v
				}
			}
			with(b)
		}
	}
	return list
}

// without leaves out of a list what it can do without, large pieces first.
func without[T any](list []T, fails func([]T) bool) (short []T, smaller bool) {
	for size := len(list); size > 0; size /= 2 {
		for at := 0; at+size <= len(list); {
			rest := append(append([]T{}, list[:at]...), list[at+size:]...)
			if fails(rest) {
				list, smaller = rest, true
			} else {
				at += size
			}
		}
	}
	return list, smaller
}

// A wanderer makes steps at random that suit the state of the model.
type wanderer struct {
	*rand.Rand
	p     *player
	kind  string // of the store
	grown int
}

func (g *wanderer) chance(n int) bool { return g.IntN(n) == 0 }

func (g *wanderer) oneOf(list ...string) string { return list[g.IntN(len(list))] }

func (g *wanderer) step() txStep {
	s := txStep{Store: g.kind}
	if g.chance(4) {
		s.End = g.oneOf("error", "panic", "veto", "veto", "veto", "crash")
	}
	if g.chance(10) {
		s.Cause = contact.CauseImport
	}
	switch {
	case g.chance(8):
		s.View = "hold"
	case g.chance(12):
		s.View = "take"
	case g.chance(12):
		s.View = "drop"
	}
	if g.kind == "disk" && g.chance(6) {
		s.Open = g.oneOf("again", "again", "compact")
	}
	if g.chance(2) {
		s.Turn, s.Wait = g.turn(), g.chance(2)
	}
	n := 1
	if g.chance(3) {
		n = 1 + g.IntN(6)
	}
	for range n {
		s.Do = append(s.Do, g.action())
	}
	// The transactions after this one are made for the model as it is now, so what
	// comes out of it must be known first: values go through their written form.
	line, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	s = txStep{}
	if err := json.Unmarshal(line, &s); err != nil {
		panic(err)
	}
	return s
}

func (g *wanderer) action() action {
	live := len(g.p.w.people)
	switch k := g.IntN(100); {
	case k < 3 && live < 900:
		return action{Op: "many", Name: "insert", N: 200 + g.IntN(500), Seed: g.Uint64N(1000)}
	case k < 3 || k < 15 && live > 300:
		return action{Op: "many", Name: "delete", N: live - g.IntN(30)}
	case k < 7:
		return action{Op: "many", Name: "set", N: 1 + g.IntN(live+1), Seed: g.Uint64N(1000)}
	case k < 20:
		return action{Op: "insert", Values: g.values()}
	case k < 25:
		return action{Op: "upsert", Values: g.values()}
	case k < 42:
		return action{Op: "set", ID: g.contact(), Values: g.some(g.values())}
	case k < 48:
		return action{Op: g.oneOf("tag", "untag"), ID: g.contact(), Words: []string{g.oneOf("red", "green", "blue")}}
	case k < 52:
		return action{Op: "delete", ID: g.contact()}
	case k < 57:
		return g.company()
	case k < 64:
		return g.doing()
	case k < 65:
		g.grown++
		return action{Op: "grow", Name: fmt.Sprintf("extra%d", g.IntN(g.grown))}
	case k < 67:
		return action{Op: g.oneOf("use", "use", "release"), Handle: g.handle(), Name: g.oneOf("x: a", "x: b", "y: c")}
	case k < 69:
		return action{Op: "calendar", Name: g.oneOf(modelZones...)}
	case k < 80:
		return g.hand()
	}
	return g.definition()
}

// contact returns the id of a contact that lives, mostly.
func (g *wanderer) contact() contact.ID {
	if live := g.p.w.living(); len(live) > 0 && !g.chance(10) {
		return live[g.IntN(len(live))]
	}
	return contact.ID(1 + g.IntN(int(g.p.w.given)+2))
}

// randomValues returns values for the fields of [modelSchema] but the e-mail address.
func randomValues(rng *rand.Rand) contact.Values {
	oneOf := func(list ...any) any { return list[rng.IntN(len(list))] }
	return contact.Values{
		"country": oneOf("FR", "fr", "DE", "US", "", nil),
		"points":  oneOf(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, -1.5, nil),
		"vip":     oneOf(true, false, nil),
		"plan":    oneOf("free", "pro", nil),
		"day":     randomDay(rng),
		"seen":    randomTime(rng),
		"zone":    oneOf("Europe/Zurich", "Asia/Kolkata", "Pacific/Apia", "nowhere", "", nil),
		"tags":    oneOf([]any{"red"}, []any{"green", "red"}, []any{}, nil),
	}
}

func (g *wanderer) values() contact.Values {
	v := randomValues(g.Rand)
	if !g.chance(3) {
		v["email"] = fmt.Sprintf("c%d@example.com", g.IntN(30))
	}
	for f := range g.p.w.schema.Fields() {
		if strings.HasPrefix(f.Name(), "extra") {
			v[f.Name()] = float64(g.IntN(5))
		}
	}
	return v
}

// some returns a few of the values.
func (g *wanderer) some(v contact.Values) contact.Values {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if !g.chance(3) {
			delete(v, name)
		}
	}
	return v
}

func (g *wanderer) handle() string {
	if known := g.p.w.handles(); len(known) > 0 && !g.chance(20) {
		return known[g.IntN(len(known))]
	}
	return g.oneOf("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
}

func (g *wanderer) hand() action {
	a := action{Op: "hand", ID: g.contact()}
	switch g.IntN(6) {
	case 0:
		a.To = a.ID + contact.ID(g.IntN(10))
	case 1:
		a.To = a.ID + contact.ID(g.IntN(600))
	}
	some := func() (list []string) {
		for range g.IntN(3) {
			list = append(list, g.handle())
		}
		return list
	}
	a.Add, a.Remove, a.Restore = some(), some(), some()
	return a
}

func (g *wanderer) definition() action {
	a := action{Handle: g.handle(), Name: g.oneOf("One", "Two", "Three"), Hidden: g.chance(8)}
	if g.chance(40) {
		a.Name = " "
	}
	if !g.chance(5) {
		a.Filter = g.filter()
	}
	switch k := g.IntN(10); {
	case len(g.p.w.names) < 5 || k < 2:
		a.Op, a.Handle = "create", g.oneOf("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
	case k < 7:
		a.Op = "change"
	case k < 8:
		a.Op, a.Filter, a.Hidden = "rename", "", false
	default:
		return action{Op: "drop", Handle: a.Handle}
	}
	return a
}

func (g *wanderer) filter() string {
	var groups []string
	for range 1 + g.IntN(2) {
		var terms []string
		for range 1 + g.IntN(2) {
			term := g.condition()
			if g.chance(6) {
				term = "not (" + term + " or " + g.condition() + ")"
			}
			terms = append(terms, term)
		}
		groups = append(groups, strings.Join(terms, " and "))
	}
	return strings.Join(groups, " or ") + g.oneOf("", "", ` in zone "America/New_York"`, " in zone of zone", ` in zone of zone else "Australia/Lord_Howe"`)
}

func (g *wanderer) condition() string {
	if len(g.p.w.names) > 0 && g.chance(3) {
		one, both := g.handle(), g.handle()+", "+g.handle()
		return g.oneOf("in segment "+one, "not in segment "+one, "in any segment ("+both+")",
			"not in all segments ("+both+")", "in all segments ("+both+")")
	}
	if g.chance(3) {
		return g.behaviour()
	}
	if g.chance(3) {
		return g.relative()
	}
	if g.grown > 0 && g.chance(6) {
		return fmt.Sprintf("extra%d > %d", g.IntN(g.grown), g.IntN(5))
	}
	if g.chance(3) {
		return g.oneOf(`company.industry = "steel"`, `company.industry != "food"`, `company.employees > 2`, `company.employees is empty`,
			`any company (industry = "food")`, `any company (industry = "STEEL" and employees < 3)`, `no company (employees >= 2)`, `any company (industry is empty)`)
	}
	return g.oneOf(`country = "FR"`, `country != "de"`, `country in ("US", "FR")`, `country is empty`, `country starts with "f"`,
		"points >= 2", "points < 3", "points between 1 and 4", "points is not empty", "points = 0",
		"vip = true", "vip != true", "seen = 2026-01-01", "not seen < 2026-01-01", "seen > 2026-01-01 or points > 3", `plan = "pro"`, `plan not in ("free", "pro")`, "day > 2026-03-01", "not day = 2026-01-01",
		`tags has any ("red")`, `tags has none ("green")`, `tags lacks any ("red", "green")`, `tags has all ("red", "green")`, `email contains "c1"`)
}

// TestShrink leaves of a list what it takes to fail.
func TestShrink(t *testing.T) {
	var list []int
	for i := range 100 {
		list = append(list, i)
	}
	short, smaller := without(list, func(l []int) bool {
		return slices.Contains(l, 3) && slices.Contains(l, 70) && slices.Contains(l, 99)
	})
	require.True(t, smaller)
	require.Equal(t, []int{3, 70, 99}, short)
}

// TestModelReplay checks that a history that was written down plays again: what a
// failure prints can be pasted.
func TestModelReplay(t *testing.T) {
	history, err := wander(rand.New(rand.NewPCG(1, 2)), 40)
	require.NoError(t, err)
	require.Equal(t, script(history), script(read(t, script(history))))
	replay(t, script(history))
}
