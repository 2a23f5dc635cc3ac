package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/encfg/encfg/keysource"
)

// lockedHint lists for whom a file is locked, why each of these ways is closed,
// and where identities were looked for.
func lockedHint(e *keysource.UnlockError) string {
	var lines, looked []string
	for _, a := range e.Attempts {
		lines = append(lines, a.Recipient+": "+a.Reason())
		if h := a.Hint(); h != "" {
			lines = append(lines, "  "+h)
		}
		var none *keysource.NoIdentityError
		if errors.As(a.Err, &none) {
			for _, place := range none.Looked {
				if !slices.Contains(looked, place) {
					looked = append(looked, place)
				}
			}
		}
	}
	if len(looked) > 0 {
		lines = append(lines, "looked for identities in:")
		for _, place := range looked {
			lines = append(lines, "  "+place)
		}
		lines = append(lines, "--identity FILE names another one; anybody who can decrypt the file can give you access")
	}
	return strings.Join(lines, "\n")
}

// failureJSON is an error with --json.
type failureJSON struct {
	File     string        `json:"file,omitempty"`
	Message  string        `json:"message"`
	Hint     string        `json:"hint,omitempty"`
	Code     int           `json:"exit_code"`
	Attempts []attemptJSON `json:"attempts,omitempty"`
}

// attemptJSON is one recipient for whom the data key could not be unlocked.
type attemptJSON struct {
	Group     int    `json:"group"`
	Source    string `json:"source"`
	Recipient string `json:"recipient"`
	Reason    string `json:"reason"`
	Hint      string `json:"hint,omitempty"`
}

func jsonFailure(f *failure) failureJSON {
	out := failureJSON{File: f.file, Message: f.msg, Hint: f.hint, Code: f.code}
	var locked *keysource.UnlockError
	if errors.As(f, &locked) {
		for _, a := range locked.Attempts {
			out.Attempts = append(out.Attempts, attemptJSON{a.Group, a.Source, a.Recipient, a.Reason(), a.Hint()})
		}
	}
	return out
}
