//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// foreign reports whether everybody may write to the folder and the file is
// neither root's nor ours.
func foreign(dir, file fs.FileInfo) bool {
	stat, ok := file.Sys().(*syscall.Stat_t)
	if !ok || dir.Mode().Perm()&0o002 == 0 {
		return false
	}
	return stat.Uid != 0 && int(stat.Uid) != os.Getuid()
}
