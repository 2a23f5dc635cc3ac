package hugepage

import (
	"bytes"
	"errors"
	"testing"
	"testing/iotest"
)

func TestMake(t *testing.T) {
	type leaf struct {
		next *leaf
		n    int
	}
	for _, n := range []int{0, 1, worthwhile / 16, worthwhile/16 + 1, 1 << 20} {
		s := Make[leaf](n)
		if len(s) != 0 || cap(s) < n {
			t.Fatalf("Make(%d): length %d, capacity %d", n, len(s), cap(s))
		}
		s = s[:n]
		for i := range s {
			s[i] = leaf{&s[n-1-i], i}
		}
		for i := range s {
			if s[i].next.n != n-1-i {
				t.Fatalf("Make(%d): leaf %d points to leaf %d", n, i, s[i].next.n)
			}
		}
	}
}

func TestReadAll(t *testing.T) {
	text := bytes.Repeat([]byte("line\n"), 1<<20)
	for _, size := range []int{0, 1, len(text) - 1, len(text), len(text) + 1} {
		got, err := ReadAll(bytes.NewReader(text), int64(size))
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("expecting %d bytes: %d bytes, %v", size, len(got), err)
		}
	}
	broken := errors.New("broken")
	if _, err := ReadAll(iotest.ErrReader(broken), 10); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
