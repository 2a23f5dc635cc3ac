package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestBar(t *testing.T) {
	var out bytes.Buffer
	b := &bar{ui: &ui{err: &out}, all: 3, next: time.Now().Add(time.Hour)}
	b.step()
	b.clear()
	if out.Len() > 0 {
		t.Fatalf("it is shown at once: %q", &out)
	}
	b.next = time.Time{}
	b.step()
	want := "\r[" + strings.Repeat("#", 20) + strings.Repeat(" ", 10) + "] 2 of 3"
	if out.String() != want {
		t.Errorf("%q, want %q", &out, want)
	}
	b.step() // too soon to be drawn again
	out.Reset()
	b.clear()
	if want := "\r" + strings.Repeat(" ", len(want)-1) + "\r"; out.String() != want {
		t.Errorf("cleared by %q", &out)
	}
	out.Reset()
	b.clear()
	if out.Len() > 0 {
		t.Errorf("cleared twice: %q", &out)
	}
	(*bar)(nil).step() // nobody looks
	(*bar)(nil).clear()
}
