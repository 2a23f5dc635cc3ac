package main

import (
	"os"
	"syscall"
)

// maxRSS is the peak of a process's resident memory, in megabytes.
func maxRSS(p *os.ProcessState) float64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return float64(u.Maxrss) / 1024 // Linux counts kilobytes
	}
	return 0
}
