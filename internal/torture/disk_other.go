//go:build !linux

package main

import "fmt"

// fullDisks is tried on Linux, where a small file system can be mounted.
func (b *bench) fullDisks(int) error {
	fmt.Println("full disk: tried on Linux only")
	return nil
}
