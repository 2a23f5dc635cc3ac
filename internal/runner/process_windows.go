package runner

import (
	"errors"
	"os"
	"syscall"
)

// caught: the console sends Ctrl-C to the program as well.
func caught() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func forwards(os.Signal) bool { return false }

func exitCode(s *os.ProcessState) int { return s.ExitCode() }

func isTooLong(err error) bool { return errors.Is(err, syscall.Errno(206)) }

func replace(string, []string, []string) error { return errors.ErrUnsupported }
