package secure

import (
	"bytes"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"
)

func TestKey(t *testing.T) {
	a, b := Key(32), Key(32)
	if len(a) != 32 || cap(a) != 32 || !bytes.Equal(a, make([]byte, 32)) {
		t.Fatalf("%d bytes, room for %d: %x", len(a), cap(a), a)
	}
	for i := range a {
		a[i] = 0xff
	}
	if !bytes.Equal(b, make([]byte, 32)) {
		t.Error("keys overlap")
	}
	seen := map[*byte]bool{&a[0]: true, &b[0]: true}
	for range 1000 {
		k := Key(32)
		if seen[&k[0]] || !bytes.Equal(k, make([]byte, 32)) {
			t.Fatal("a key's memory was given out again")
		}
		seen[&k[0]] = true
	}
	if big := Key(3 * keyPage); len(big) != 3*keyPage {
		t.Error(len(big))
	}
}

func TestKeyIsLocked(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("locked memory is counted in /proc of Linux")
	}
	if Lock(make([]byte, 1)) != nil {
		t.Skip("no memory can be locked here: raise ulimit -l")
	}
	before := locked(t)
	for range keyPage/32 + 1 {
		Key(32)
	}
	if after := locked(t); after <= before {
		t.Errorf("%d KiB are locked, %d before", after, before)
	}
}

// locked is the memory of the process that is locked, in KiB.
func locked(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmLck:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		t.Fatal("no VmLck")
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
