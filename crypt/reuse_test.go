package crypt

import (
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/formats"
)

// The values of a list that did not change keep their lines, equal ones too.
func TestReuseInLists(t *testing.T) {
	list := func(items ...string) []byte { return []byte("l:\n  - " + strings.Join(items, "\n  - ") + "\n") }
	k := newKeyring(t)
	old := list("a", "b", "b", "b", "c")
	for name, c := range map[string]struct {
		plain   []byte
		changed int // lines of the list that are new
	}{
		"one in the middle": {list("a", "b", "x", "b", "c"), 1},
		"the first":         {list("x", "b", "b", "b", "c"), 1},
		"one removed":       {list("a", "b", "b", "c"), 0},
		"one more":          {list("a", "b", "b", "b", "b", "c"), 1},
		"one in front":      {list("x", "a", "b", "b", "b", "c"), 1},
		"all but the ends":  {list("a", "x", "y", "z", "c"), 3},
		"turned round":      {list("c", "b", "b", "b", "a"), 0},
		"the same":          {old, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := k.open(t, formats.YAML{}, k.encrypt(t, formats.YAML{}, string(old), Rules{}))
			defer f.Close()
			sealed, err := f.Update(c.plain, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			before := map[string]int{}
			for line := range strings.Lines(string(f.enc)) {
				before[line]++
			}
			changed := 0
			for line := range strings.Lines(string(sealed.Text)) {
				if strings.HasPrefix(line, "  - ENC[") {
					if before[line]--; before[line] < 0 {
						changed++
					}
				}
			}
			if changed != c.changed {
				t.Errorf("%d lines are new, want %d\n%s", changed, c.changed, sealed.Text)
			}
		})
	}
}
