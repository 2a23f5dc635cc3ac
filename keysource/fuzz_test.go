package keysource

import (
	"strings"
	"testing"
)

// FuzzParse makes sure that no text makes a source panic, that errors are one
// line, and that what was read can be read again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		testARN + "+" + testRole, testGCP, testAzure, "https://vault.example.com:8200/v1/transit/keys/app",
		"85D77543B3D624B63CEA9E6DBC17301B491B3F21!", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
		"ssh-ed25519 AAAA me@home, age1pq1", "AGE-SECRET-KEY-1QQPQQ", "ssh-rsa", "arn:aws:kms:::", "https://a/keys/b/",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, src := range All() {
			all, err := src.Parse(text)
			if err != nil {
				if strings.ContainsAny(err.Error(), "\n\r") {
					t.Errorf("%s: the error has several lines: %q", src.Name(), err)
				}
				if strings.Contains(err.Error(), "AGE-SECRET-KEY-1Q") {
					t.Errorf("%s: the error tells a secret: %q", src.Name(), err)
				}
				continue
			}
			for _, r := range all {
				again, err := src.Parse(r.ID)
				if err != nil || len(again) != 1 || again[0].ID != r.ID {
					t.Errorf("%s: %q is read as %v, %v", src.Name(), r.ID, again, err)
				}
				if got := src.Recipient(Stanza{Source: src.Name(), Fields: r.Fields}); got.ID != r.ID {
					t.Errorf("%s: %q becomes %q in a stanza", src.Name(), r.ID, got.ID)
				}
			}
		}
	})
}
