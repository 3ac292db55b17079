package testdir

import "syscall"

// room returns how many bytes can be written below a directory, 0 if that is not known.
func room(dir string) uint64 {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil || st.Bsize < 0 {
		return 0
	}
	return st.Bavail * uint64(st.Bsize)
}
