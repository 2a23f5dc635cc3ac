//go:build unix && !linux && !darwin

package atomicfile

import "errors"

// renameNew cannot be done in one step here.
func renameNew(_, _ string) error { return errors.ErrUnsupported }
