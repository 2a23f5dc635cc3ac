package merge3

import (
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	lines := func(s string) []byte { return []byte(strings.ReplaceAll(s, " ", "\n")) }
	for _, c := range []struct {
		base, ours, theirs, want string
		conflicts                int
	}{
		{"a b c ", "a b c ", "a b c ", "a b c ", 0},
		{"a b c ", "a X c ", "a b c ", "a X c ", 0},
		{"a b c ", "a b c ", "a X c ", "a X c ", 0},
		{"a b c ", "X b c ", "a b Y ", "X b Y ", 0},
		{"a b c ", "a X c ", "a X c ", "a X c ", 0},
		{"a b c ", "a b c n ", "m a b c ", "m a b c n ", 0},
		{"a b c ", "a c ", "a b c d ", "a c d ", 0},
		{"a b c", "a b c d", "x b c", "x b c d", 0},
		{"", "a ", "", "a ", 0},
		{"a b c ", "a X c ", "a Y c ", "a <<<<<<<_mine X ======= Y >>>>>>>_other c ", 1},
		{"a b", "a X", "a Y", "a <<<<<<<_mine X ======= Y >>>>>>>_other ", 1},
	} {
		got, n := Merge(lines(c.base), lines(c.ours), lines(c.theirs), Labels{"mine", "other"})
		want := strings.ReplaceAll(string(lines(c.want)), "_", " ")
		if string(got) != want || n != c.conflicts {
			t.Errorf("%q, %q, %q: %q, %d; want %q, %d", c.base, c.ours, c.theirs, got, n, want, c.conflicts)
		}
		if HasMarks(got) != (n > 0) {
			t.Errorf("%q: wrong about the marks", got)
		}
	}
}

// Of two texts one of which is the base, the other one comes out.
func FuzzMerge(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nX\nc")
	f.Add("", "\n\n")
	f.Fuzz(func(t *testing.T, base, other string) {
		for _, texts := range [][3]string{{base, other, base}, {base, base, other}, {base, other, other}} {
			got, n := Merge([]byte(texts[0]), []byte(texts[1]), []byte(texts[2]), Labels{})
			if string(got) != other || n != 0 {
				t.Fatalf("%q: %q, %d", texts, got, n)
			}
		}
	})
}
