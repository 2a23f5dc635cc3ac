package keysource

import (
	"bytes"

	"github.com/getsops/sops/v3/shamir"
)

// split gives each key group its part of the data key: with one group a copy,
// else Shamir shares of DataKeySize+1 bytes, whose last byte is the share's x
// coordinate. The arithmetic is sops's own package, which is self-contained.
func split(dataKey []byte, groups, threshold int) ([][]byte, error) {
	if groups == 1 {
		return [][]byte{bytes.Clone(dataKey)}, nil
	}
	if threshold == 0 {
		threshold = groups
	}
	return shamir.Split(dataKey, groups, threshold)
}

// combine is the reverse of split for several groups.
func combine(parts [][]byte) ([]byte, error) {
	key, err := shamir.Combine(parts)
	if err != nil {
		return nil, &Error{Reason: "the key groups' shares do not belong together: " + err.Error(), Err: err}
	}
	return key, nil
}
