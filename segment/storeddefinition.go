package segment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/rosterdb/roster/filter"
)

// A storedDefinition is one version of a definition as JSON. The filter is in its
// text form, from which it comes back exactly.
type storedDefinition struct {
	ID          ID       `json:"id"`
	Version     int      `json:"version"`
	Handle      string   `json:"handle"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Labels      []string `json:"labels,omitempty"`
	Public      bool     `json:"public,omitempty"`
	Unpublished bool     `json:"unpublished,omitempty"`
	Filter      string   `json:"filter,omitempty"`
	Created     int64    `json:"created"` // milliseconds since 1970
	Changed     int64    `json:"changed"`
	Actor       string   `json:"actor,omitempty"`
	ActorBytes  []byte   `json:"actorBytes,omitempty"` // instead of Actor, if that is not valid UTF-8
}

// marshal returns the definition as it is stored.
func (d *defined) marshal() ([]byte, error) {
	s := storedDefinition{
		ID: d.ID, Version: d.Version, Handle: d.Handle, Name: d.Name, Description: d.Description, Labels: d.Labels,
		Public: d.Public, Unpublished: d.Unpublished, Created: d.Created.UnixMilli(), Changed: d.Changed.UnixMilli(), Actor: d.Actor,
	}
	if !utf8.ValidString(d.Actor) {
		s.Actor, s.ActorBytes = "", []byte(d.Actor)
	}
	if s.Filter = d.raw; !d.Filter.IsZero() {
		s.Filter = d.Filter.String()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&s); err != nil {
		return nil, fmt.Errorf("segment %q: %w", d.Handle, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// storedLimits bounds what is read of a filter that was accepted once.
var storedLimits = filter.Limits{Text: math.MaxInt, Nesting: 2000}

// unmarshalDefinition is the inverse of marshal: a definition that is neither
// compiled nor linked, broken if this program can't read its filter. What is none is
// [ErrDamaged].
func unmarshalDefinition(data []byte) (*defined, error) {
	var s storedDefinition
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%w: definition: %w", ErrDamaged, err)
	}
	d := &defined{Segment: Segment{
		Definition: Definition{Handle: s.Handle, Name: s.Name, Description: s.Description, Labels: s.Labels,
			Public: s.Public, Unpublished: s.Unpublished},
		ID: s.ID, Version: s.Version, Created: time.UnixMilli(s.Created).UTC(), Changed: time.UnixMilli(s.Changed).UTC(), Actor: s.Actor,
	}}
	if s.ActorBytes != nil {
		d.Actor = string(s.ActorBytes)
	}
	if s.Filter != "" {
		var err error
		if d.Filter, err = storedLimits.Parse(s.Filter); err != nil {
			d.raw, d.Broken = s.Filter, &DefinitionError{s.Handle, err}
		}
	}
	if s.ID == 0 || s.Version < 1 || s.Handle == "" {
		return nil, fmt.Errorf("%w: definition %d of segment %d, %q", ErrDamaged, s.Version, s.ID, s.Handle)
	}
	return d, nil
}
