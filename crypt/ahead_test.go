package crypt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/encfg/encfg/formats"
)

// twoCores makes a test independent of the machine.
func twoCores(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

func squares(b *batch[int], from, to int) {
	for i := from; i < to; i++ {
		b.list[i-from] = i * i
	}
}

func TestAhead(t *testing.T) {
	twoCores(t)
	const n = aheadMin + aheadBatch/2 // the last batch is not full
	a := newAhead(n, squares)
	defer a.stop()
	for i := range n {
		if got := a.get(i); got == nil || *got != i*i {
			t.Fatalf("result %d is %v", i, got)
		}
	}
	if got := a.get(0); got != nil {
		t.Errorf("going back finds %d", *got)
	}
}

func TestAheadSkips(t *testing.T) {
	twoCores(t)
	const n = 100 * aheadBatch
	a := newAhead(n, squares)
	defer a.stop()
	for i := 0; i < n; i += 7 * aheadBatch / 2 {
		if got := a.get(i); got == nil || *got != i*i {
			t.Fatalf("result %d is %v", i, got)
		}
	}
}

func TestAheadNotWorthIt(t *testing.T) {
	twoCores(t)
	a := newAhead(aheadMin-1, squares)
	if a.get(0) != nil {
		t.Error("a small file has results")
	}
	a.stop()
	runtime.GOMAXPROCS(1)
	if newAhead(aheadMin, squares) != nil {
		t.Error("one core works ahead")
	}
}

// TestAheadIsBounded sees that nobody runs far ahead of a user who waits, and
// that stop ends the work before it is done.
func TestAheadIsBounded(t *testing.T) {
	twoCores(t)
	var begun atomic.Int64
	a := newAhead(1000*aheadBatch, func(b *batch[int], from, to int) { begun.Add(1) })
	a.get(0)
	a.stop()
	if n := begun.Load(); n > aheadWindow+2 {
		t.Errorf("%d batches were begun while the user was at the first", n)
	}
}

// TestAheadPanic sees that the user meets a panic, in its own goroutine.
func TestAheadPanic(t *testing.T) {
	twoCores(t)
	a := newAhead(aheadMin, func(b *batch[int], from, to int) {
		if from == aheadBatch {
			panic("broken")
		}
		squares(b, from, to)
	})
	defer a.stop()
	if a.get(0) == nil || a.get(aheadBatch) != nil || a.get(2*aheadBatch) == nil {
		t.Error("only the batch with the panic has no results")
	}
}

// many is a file that is worked on by all cores, with comments, plain values,
// odd spellings, and values of all types.
func many(format string) string {
	var s strings.Builder
	n := aheadMin + 3*aheadBatch
	if format == "json" {
		s.WriteString("{\n")
	}
	for i := range n {
		switch format {
		case "json":
			end := ","
			if i == n-1 {
				end = ""
			}
			value := []string{`"text \u0041"`, `1.50`, `12345`, `true`, `null`, `""`, `"a\\b"`, `[1, "x"]`}[i%8]
			fmt.Fprintf(&s, "  \"key%d\": %s%s\n", i, value, end)
		case "yaml":
			value := []string{`'it''s'`, `1.50`, `0x1F`, `yes`, `~`, `""`, "\"a\\\\b\"", "[1, x]", "|\n  two\n  lines", "plain # note"}[i%10]
			fmt.Fprintf(&s, "# comment %d\nkey%d: %s\n", i, i, value)
		case "dotenv":
			fmt.Fprintf(&s, "# comment %d\nKEY%d=%s\n", i, i, []string{"plain", "", `"in quotes"`, `a\nb`}[i%4])
		case "ini":
			fmt.Fprintf(&s, "; comment %d\n[section%d]\nkey = value %d\n", i, i, i)
		}
	}
	if format == "json" {
		s.WriteString("}\n")
	}
	return s.String()
}

func TestManyValues(t *testing.T) {
	twoCores(t)
	k := newKeyring(t)
	for _, name := range []string{"json", "yaml", "dotenv", "ini"} {
		t.Run(name, func(t *testing.T) {
			f, src := formats.ByName(name), many(name)
			enc := k.encrypt(t, f, src, Rules{UnencryptedSuffix: "7"})
			file := k.open(t, f, enc)
			defer file.Close()
			if string(file.Plain) != src || !file.Exact {
				t.Fatal("it does not come back")
			}
			// The same without the other cores.
			runtime.GOMAXPROCS(1)
			defer runtime.GOMAXPROCS(2)
			alone := k.open(t, f, enc)
			defer alone.Close()
			if !bytes.Equal(alone.Plain, file.Plain) || alone.Counts != file.Counts {
				t.Errorf("one core gives another result: %+v, %+v", alone.Counts, file.Counts)
			}
			if len(file.old.tokens) != len(alone.old.tokens) {
				t.Fatalf("one core keeps %d tokens, two %d", len(alone.old.tokens), len(file.old.tokens))
			}
			for i := range file.old.tokens {
				if file.old.tokens[i] != alone.old.tokens[i] {
					t.Fatalf("token %d is kept otherwise by one core", i)
				}
			}
		})
	}
}

// TestManyValuesTampered changes one byte of a token in the middle.
func TestManyValuesTampered(t *testing.T) {
	twoCores(t)
	k := newKeyring(t)
	for _, name := range []string{"json", "yaml", "dotenv"} {
		f := formats.ByName(name)
		enc := k.encrypt(t, f, many(name), Rules{})
		at := len(enc) / 2
		at += bytes.Index(enc[at:], []byte(",iv:")) + 8
		enc[at] ^= 'A' ^ 'B'
		_, err := Open(context.Background(), k.env, f, enc, OpenOptions{Readonly: true})
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindTree {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := 1 + bytes.Count(enc[:at], []byte("\n")); e.Line != want {
			t.Errorf("%s: the error is in line %d, not %d", name, e.Line, want)
		}
	}
}
