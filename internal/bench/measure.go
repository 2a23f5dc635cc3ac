package main

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// sampleRun is one run of a program.
type sampleRun struct {
	seconds   float64
	megabytes float64 // peak of the resident memory; 0 where it is not known
}

func seconds(s sampleRun) float64   { return s.seconds }
func megabytes(s sampleRun) float64 { return s.megabytes }

// median of one of the two quantities.
func median(runs []sampleRun, of func(sampleRun) float64) float64 {
	var list []float64
	for _, r := range runs {
		list = append(list, of(r))
	}
	slices.Sort(list)
	n := len(list)
	if n == 0 {
		return 0
	}
	return (list[n/2] + list[(n-1)/2]) / 2
}

func (b *bench) repeat(n int, f func(i int) error) error {
	for i := range n {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}

// run runs a program, whose output goes nowhere, and takes the time.
func (b *bench) run(out io.Writer, program string, args ...string) (sampleRun, error) {
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Dir, cmd.Stdout = b.env, b.dir, out
	var errs bytes.Buffer
	cmd.Stderr = &errs
	begin := time.Now()
	err := cmd.Run()
	r := sampleRun{seconds: time.Since(begin).Seconds()}
	if err != nil {
		return r, fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(args, " "), err, errs.String())
	}
	r.megabytes = maxRSS(cmd.ProcessState)
	return r, nil
}

// measure runs a program and adds the result to a list.
func (b *bench) measure(into *[]sampleRun, program string, args ...string) error {
	r, err := b.run(nil, program, args...)
	*into = append(*into, r)
	return err
}
