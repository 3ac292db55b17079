package boltfile

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Backup writes a copy of the newest commit to w, while writing goes on. The copy is a
// file that Open accepts; it has the size of the pages in use. An error of w or ctx
// comes back wrapped; the copy is then incomplete. The pages are copied unchecked:
// opening the copy checks them.
func (f *File) Backup(ctx context.Context, w io.Writer) error {
	return f.View(func(tx *Tx) error {
		out := &metaFixer{ctx: ctx, w: w, txid: tx.ID()}
		err := guarded(func() error {
			_, err := tx.tx.WriteTo(out)
			return err
		})
		if out.err != nil { // bbolt does not always wrap it
			err = out.err
		} else if errors.Is(err, io.EOF) {
			return f.damaged(-1, "the file ends before its last page")
		}
		if err != nil {
			return fmt.Errorf("boltfile: backup: %w", err)
		}
		return nil
	})
}

// metaFixer passes on what bbolt's WriteTo writes. bbolt writes the meta of the
// transaction first and one with the number before it second, whatever their numbers:
// each of them has to go to the page that its number belongs to.
type metaFixer struct {
	ctx  context.Context
	w    io.Writer
	txid uint64
	done int    // bytes received
	meta []byte // the first two pages, until they are complete
	err  error  // the first error
}

// Write takes a piece of the copy.
func (x *metaFixer) Write(b []byte) (n int, err error) {
	n, err = x.write(b)
	if x.err == nil {
		x.err = err
	}
	return n, err
}

func (x *metaFixer) write(b []byte) (int, error) {
	if err := context.Cause(x.ctx); err != nil {
		return 0, err
	}
	if x.done >= 2*pageSize {
		return x.w.Write(b)
	}
	x.done += len(b)
	x.meta = append(x.meta, b...)
	if x.done < 2*pageSize {
		return len(b), nil
	}
	m, _, wrong := decodeMeta(x.meta)
	if wrong != "" || m.txid != x.txid {
		return 0, errors.New("bbolt has not written the meta page")
	}
	pages := [2][]byte{}
	for _, m := range []meta{m, m.before()} {
		pages[m.slot()] = encodeMeta(m)
	}
	for _, page := range append(pages[:], x.meta[2*pageSize:]) {
		if _, err := x.w.Write(page); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
