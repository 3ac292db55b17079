//go:build !linux

package faulttest

import (
	"errors"
	"os"
)

// canSwap reports whether swap works here.
const canSwap = false

// swap is not there.
func swap(*os.File, string) (restore func() error, err error) {
	return nil, errors.ErrUnsupported
}
