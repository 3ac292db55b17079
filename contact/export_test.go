package contact

// Quiet returns when everything is written that waits, a checkpoint on its way included. No
// transaction may come meanwhile.
func (s *Store) Quiet() error { return s.durable.quiet() }

// Frozen calls fn while the file is not written to, perhaps in the middle of a
// checkpoint.
func (s *Store) Frozen(fn func()) {
	s.durable.fileMu.Lock()
	defer s.durable.fileMu.Unlock()
	fn()
}
