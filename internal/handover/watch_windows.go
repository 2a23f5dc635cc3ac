package handover

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

var watchIgnores = []os.Signal{os.Interrupt}

// detached gives the watcher no console: Ctrl-C passes it by.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS}
}

// inheritable: this system cannot replace a process.
func inheritable(*os.File) error { return errors.ErrUnsupported }
