//go:build unix && !linux && !darwin

package atomicfile

import "os"

// keepAttributes is not done here.
func keepAttributes(*os.File, string) error { return nil }
