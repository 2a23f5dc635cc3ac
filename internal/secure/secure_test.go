package secure

import (
	"bytes"
	"testing"
)

func TestWipe(t *testing.T) {
	b := bytes.Repeat([]byte{7}, 100)
	Wipe(b[10:90])
	for i, c := range b {
		if inside := i >= 10 && i < 90; (c == 0) != inside {
			t.Fatalf("byte %d is %d", i, c)
		}
	}
	Wipe(nil)
}

func TestLock(t *testing.T) {
	b := make([]byte, 32)
	if err := Lock(b); err != nil {
		t.Skipf("no memory can be locked here: %v", err)
	}
	if err := Unlock(b); err != nil {
		t.Error(err)
	}
	if err := Lock(nil); err != nil {
		t.Errorf("nothing cannot be locked: %v", err)
	}
}
