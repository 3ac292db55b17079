package contact_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/rosterdb/roster/contact"
)

// A store on disk is used exactly as one in memory. Opened again without a schema, it
// has the one it was made with.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "roster")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	schema := contact.MustSchema(contact.Text("email").Unique(), contact.Number("points"))
	store, err := contact.Open(dir, schema, nil)
	if err != nil {
		log.Fatal(err)
	}
	err = store.Update(context.Background(), func(tx *contact.Tx) error {
		_, err := tx.Upsert(contact.Values{"email": "ada@example.com", "points": 510})
		return err // when Update returns nil, it is on disk
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = contact.Open(dir, nil, nil)
	var locked *contact.LockedError
	fmt.Println("a second time at once:", errors.As(err, &locked))
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	store, err = contact.Open(dir, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	v := store.View()
	id, _, err := v.Lookup("email", "ADA@example.com")
	if err != nil {
		log.Fatal(err)
	}
	points, err := v.Value(id, "points")
	fmt.Println(id, points, err)
	// Output:
	// a second time at once: true
	// 1 510 <nil>
}

// A backup is a file that opens.
func ExampleStore_Backup() {
	dir, err := os.MkdirTemp("", "roster")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := contact.Open(filepath.Join(dir, "data"), contact.MustSchema(contact.Text("email").Unique()), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	ctx := context.Background()
	add := func(email string) {
		err := store.Update(ctx, func(tx *contact.Tx) error {
			_, err := tx.Upsert(contact.Values{"email": email})
			return err
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	add("ada@example.com")

	copied := filepath.Join(dir, "copy")
	if err := os.Mkdir(copied, 0o700); err != nil {
		log.Fatal(err)
	}
	f, err := os.Create(filepath.Join(copied, contact.FileName))
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(store.Backup(ctx, f), f.Sync(), f.Close()); err != nil {
		log.Fatal(err)
	}
	add("alan@example.com") // after the backup

	backup, err := contact.Open(copied, nil, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer backup.Close()
	fmt.Println(store.View().Len(), backup.View().Len())
	// Output: 2 1
}

// Erasing forgets what was known of somebody, in the log too; compaction takes it out
// of the file.
func ExampleStore_Erase() {
	dir, err := os.MkdirTemp("", "roster")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store, err := contact.Open(dir, contact.MustSchema(contact.Text("email").Unique(), contact.Tags("tags")), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	ctx := context.Background()
	var ada contact.ID
	for _, email := range []string{"ada@example.com", "countess@example.com"} {
		err = store.Update(ctx, func(tx *contact.Tx) (err error) {
			if ada == 0 {
				ada, err = tx.Insert(contact.Values{"email": email, "tags": []string{"mathematician"}})
				return err
			}
			return tx.Set(ada, contact.Values{"email": email})
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	receipt, err := store.Erase(ctx, ada)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d values, %d tag, %d in %d records of the log\n", receipt.Values, receipt.Words, receipt.LogValues, receipt.LogRecords)
	if err := store.Compact(ctx); err != nil {
		log.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, contact.FileName))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("in the file:", bytes.Contains(b, []byte("ada@example.com")), bytes.Contains(b, []byte("countess")), bytes.Contains(b, []byte("mathematician")))
	// Output:
	// 2 values, 1 tag, 3 in 2 records of the log
	// in the file: false false false
}
