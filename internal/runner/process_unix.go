//go:build unix

package runner

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// caught are the signals that would end this process, or that the program
// wants to know of. Those that are ignored stay so, as nohup wants it. The
// signals of job control are left alone: a stop stops both processes.
func caught() []os.Signal {
	var list []os.Signal
	for _, s := range []os.Signal{
		syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2,
		syscall.SIGALRM, syscall.SIGVTALRM, syscall.SIGPROF, syscall.SIGWINCH, syscall.SIGPIPE, syscall.SIGXCPU, syscall.SIGXFSZ,
	} {
		if !signal.Ignored(s) {
			list = append(list, s)
		}
	}
	return list
}

// forwards reports that the program is to get a signal from this process. It
// gets those of the keyboard and of the window from the terminal itself; a
// broken pipe is ours.
func forwards(s os.Signal) bool {
	switch s {
	case syscall.SIGPIPE:
		return false
	case syscall.SIGINT, syscall.SIGQUIT, syscall.SIGWINCH:
		return !foreground()
	}
	return true
}

// foreground reports that the terminal sends its signals to this process group.
func foreground() bool {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func exitCode(s *os.ProcessState) int {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}

func isTooLong(err error) bool { return errors.Is(err, syscall.E2BIG) }

func replace(path string, args, env []string) error { return syscall.Exec(path, args, env) }
