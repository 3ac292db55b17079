package boltfile

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

// panicError is a panic out of bbolt, a memory fault among them.
type panicError struct{ value any }

// Error says what bbolt said.
func (e *panicError) Error() string { return fmt.Sprintf("bbolt failed: %v", e.value) }

// abortError is a commit that the logger has ended.
type abortError struct{ err error }

// Error says why.
func (e *abortError) Error() string { return e.err.Error() }

// Unwrap returns why.
func (e *abortError) Unwrap() error { return e.err }

// guarded calls fn, which uses bbolt and runs no code of the caller's. A panic or a
// memory fault in it comes back as a *panicError, the end of a commit by [logger] as
// an *abortError.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *abortError:
			err = r
		default:
			err = &panicError{r}
		}
	}()
	return fn()
}

// region is the part of the map that a transaction can see.
type region struct{ start, size uintptr }

// shielded calls the caller's fn, which may read values in the region. A memory fault
// there comes back as a *panicError; any other panic goes on.
func (g region) shielded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		fault, ok := r.(interface {
			runtime.Error
			Addr() uintptr
		})
		if !ok || fault.Addr()-g.start >= g.size { // below start it wraps around
			panic(r)
		}
		err = &panicError{r}
	}()
	return fn()
}

// logger ends a commit that fails. bbolt would otherwise roll it back by walking all
// pages of the file on a goroutine of its own, where a fault
// ends the process; but before it does so, it logs the error.
type logger struct{ armed atomic.Bool }

// Errorf panics with the error among args while a commit is under way.
func (l *logger) Errorf(format string, args ...any) {
	if !l.armed.Load() {
		return
	}
	for _, a := range args {
		if err, ok := a.(error); ok {
			panic(&abortError{err})
		}
	}
	panic(&abortError{fmt.Errorf(format, args...)})
}

// Error is Errorf without a format.
func (l *logger) Error(args ...any) { l.Errorf("%s", fmt.Sprint(args...)) }

// The other methods of bbolt's Logger say nothing.

func (*logger) Debug(...any)            {}
func (*logger) Debugf(string, ...any)   {}
func (*logger) Info(...any)             {}
func (*logger) Infof(string, ...any)    {}
func (*logger) Warning(...any)          {}
func (*logger) Warningf(string, ...any) {}
func (*logger) Fatal(...any)            {}
func (*logger) Fatalf(string, ...any)   {}
func (*logger) Panic(...any)            {}
func (*logger) Panicf(string, ...any)   {}
