package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// table collects the lines of the result.
type table struct {
	rows   []string
	passed int
}

// atLeast adds a line whose ratio of medians, a/b, should reach the target.
func (t *table) atLeast(name string, a, b []sampleRun, of func(sampleRun) float64, target float64) {
	t.add(name, a, b, of, fmt.Sprintf("≥ %.4g", target), func(r float64) bool { return r >= target })
}

// atMost adds a line whose ratio of medians, a/b, should not pass the target.
func (t *table) atMost(name string, a, b []sampleRun, of func(sampleRun) float64, target float64) {
	t.add(name, a, b, of, fmt.Sprintf("≤ %.3g", target), func(r float64) bool { return r <= target })
}

func (t *table) add(name string, a, b []sampleRun, of func(sampleRun) float64, target string, ok func(float64) bool) {
	x, y := median(a, of), median(b, of)
	if x == 0 || y == 0 {
		t.rows = append(t.rows, fmt.Sprintf("%s\t\t\t\t%s\tnot measured here", name, target))
		return
	}
	verdict := "MISSED"
	if ok(x / y) {
		verdict = "ok"
		t.passed++
	}
	t.rows = append(t.rows, fmt.Sprintf("%s\t%s\t%s\t%.3g\t%s\t%s", name, quantity(x), quantity(y), x/y, target, verdict))
}

// quantity shows seconds or megabytes; what it is says the name of the line.
func quantity(x float64) string { return fmt.Sprintf("%.4g", x) }

func (t *table) text() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what (s, or MB for memory)\ta\tb\ta/b\ttarget\t")
	for _, r := range t.rows {
		fmt.Fprintln(w, r)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d of %d targets reached\n", t.passed, len(t.rows))
	return b.String()
}
