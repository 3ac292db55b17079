package faulttest

import (
	"os"
	"syscall"
)

// canSwap reports whether swap works here.
const canSwap = true

// swap puts another file under the descriptor of f.
func swap(f *os.File, path string) (restore func() error, err error) {
	fd := int(f.Fd())
	saved, err := syscall.Dup(fd)
	if err != nil {
		return nil, err
	}
	other, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		_ = syscall.Close(saved)
		return nil, err
	}
	defer other.Close()
	if err := syscall.Dup3(int(other.Fd()), fd, syscall.O_CLOEXEC); err != nil {
		_ = syscall.Close(saved)
		return nil, err
	}
	return func() error {
		defer syscall.Close(saved)
		return syscall.Dup3(saved, fd, syscall.O_CLOEXEC)
	}, nil
}
