//go:build !linux

package runner

// checkSize leaves it to the system, which says so when the program starts.
func checkSize([]string, []string) error { return nil }
