package contact

// Frozen calls fn while the file is not written to, perhaps in the middle of a
// checkpoint.
func (s *Store) Frozen(fn func()) {
	s.durable.fileMu.Lock()
	defer s.durable.fileMu.Unlock()
	fn()
}
