//go:build !linux

package handover

import (
	"errors"
	"os"
)

const hasMemfd = false

func sealedMemfd([]byte) (*os.File, error) { return nil, errors.ErrUnsupported }
