package runner

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// The limits of execve(2): one string, and all of them with their pointers,
// which may take a quarter of the stack, but never more than 6 MiB.
const (
	maxString = 32 * 4096
	leastAll  = 32 * 4096
	mostAll   = 6 << 20
)

// checkSize refuses what the kernel would refuse without saying why.
func checkSize(args, env []string) error {
	if name, size := largest(env); size+1 > maxString {
		return &Error{1, fmt.Sprintf("the variable %s has %d bytes, and this system takes %d for one", name, size, maxString-1), hintFile, nil}
	}
	total := 0
	for _, list := range [][]string{args, env} {
		for _, s := range list {
			total += len(s) + 1 + 8
		}
	}
	if total > allowed() {
		return tooLong(args, env)
	}
	return nil
}

func allowed() int {
	var stack unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_STACK, &stack); err != nil {
		return mostAll
	}
	return int(min(max(stack.Cur/4, leastAll), mostAll))
}
