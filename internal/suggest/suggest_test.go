package suggest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"encrypted_regex", "encrypted_suffix", "unencrypted_regex", "age", "kms", "vaultUrl"}
	for _, c := range []struct{ word, want string }{
		{"encrypted_regx", "encrypted_regex"},
		{"Encrypted-Regex", "encrypted_regex"},
		{"unencrypted_regexp", "unencrypted_regex"},
		{"aeg", ""}, // two slips in three letters
		{"agee", "age"},
		{"vaulturl", "vaultUrl"},
		{"colour", ""},
		{"", ""},
		{strings.Repeat("a", 1<<20), ""},
	} {
		if got := Nearest(c.word, known); got != c.want {
			t.Errorf("Nearest(%.20q) = %q, want %q", c.word, got, c.want)
		}
	}
}
