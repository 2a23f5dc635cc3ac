//go:build unix && !linux

package secure

// undumpable has no counterpart here.
func undumpable() error { return nil }

// noDump has none either.
func noDump([]byte) {}
