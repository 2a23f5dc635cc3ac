package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// writers lets n processes set different values of one file at once.
func (b *bench) writers(n, rounds int) error {
	file := filepath.Join(b.project, "s.yaml")
	for round := range rounds {
		if err := os.WriteFile(file, []byte(plaintext(n)), 0o600); err != nil {
			return err
		}
		if _, err := b.run("", "encrypt", "-q", "s.yaml"); err != nil {
			return err
		}
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				_, errs[i] = b.run(fmt.Sprintf("%s-%d-%d\n", canary, round, i), "set", "-q", "s.yaml", fmt.Sprintf("key%d", i))
			})
		}
		wg.Wait()
		for i, err := range errs {
			if err != nil {
				return fmt.Errorf("writer %d: %w", i, err)
			}
		}
		for i := range n {
			got, err := b.run("", "get", "s.yaml", fmt.Sprintf("key%d", i))
			if err != nil {
				return err
			}
			if want := fmt.Sprintf("%s-%d-%d", canary, round, i); got != want && got != want+"\n" {
				return fmt.Errorf("the update of writer %d was lost", i)
			}
		}
		if left, err := b.leftovers(); err != nil || left > 0 {
			return fmt.Errorf("%d files are left behind (%v)", left, err)
		}
	}
	fmt.Printf("%d processes that set a value of one file at once, %d times: all %d updates are there\n", n, rounds, n*rounds)
	return nil
}
