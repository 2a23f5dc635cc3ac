//go:build unix

package handover

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// watchIgnores would end the watcher before its work is done.
var watchIgnores = []os.Signal{
	syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE,
	syscall.SIGTSTP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM,
}

// detached gives the watcher a session of its own: signals of the terminal
// and kills of the process group pass it by.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// inheritable lets a descriptor live through an exec.
func inheritable(f *os.File) error {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETFD, 0)
	return err
}
