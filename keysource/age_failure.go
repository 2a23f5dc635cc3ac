package keysource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/plugin"
)

// failure explains that nothing opened the lock.
func (s *ageSearch) failure(ctx context.Context) error {
	ours := false
	for _, p := range s.places() {
		ids, err := loadAge(ctx, s.env, p)
		if err != nil {
			s.problems = append(s.problems, err)
		}
		ours = ours || belongsTo(ids, s.lock.recipient)
	}
	short := shortAge(s.lock.recipient)
	if ours {
		return &Error{Recipient: short, Reason: "the secret key is here, but does not open the wrapped key, which is damaged",
			Hint: "restore the file's sops block from an earlier version"}
	}
	if len(s.problems) == 0 {
		return &NoIdentityError{Recipient: short, Looked: s.looked(ctx)}
	}
	e := &Error{Recipient: short, Err: errors.Join(s.problems...)}
	var reasons []string
	for _, p := range s.problems {
		reasons = append(reasons, p.Error())
		var inner *Error
		if e.Hint == "" && errors.As(p, &inner) {
			e.Hint = inner.Hint
		}
	}
	e.Reason = strings.Join(reasons, "; ")
	return e
}

// belongsTo reports whether one of the native identities is the recipient's.
func belongsTo(ids []ageIdentity, recipient string) bool {
	for _, id := range ids {
		switch k := id.ready.(type) {
		case *age.X25519Identity:
			if k.Recipient().String() == recipient {
				return true
			}
		case *age.HybridIdentity:
			if k.Recipient().String() == recipient {
				return true
			}
		}
	}
	return false
}

// NoIdentityError says where a secret key was looked for in vain. It wraps
// ErrNotMine.
type NoIdentityError struct {
	Recipient string
	Looked    []string // each "place: what was found there"
}

func (e *NoIdentityError) Error() string { return e.Recipient + ": no secret key for it was found" }

// Unwrap gives ErrNotMine.
func (e *NoIdentityError) Unwrap() error { return ErrNotMine }

// looked lists the places and what is there.
func (s *ageSearch) looked(ctx context.Context) []string {
	var out []string
	for _, p := range s.places() {
		if p.label != "" {
			out = append(out, p.label+": "+p.state(ctx, s.env))
		}
	}
	return out
}

func (p agePlace) state(ctx context.Context, env *Env) string {
	if !p.set && p.named {
		return "not set"
	}
	if !p.set {
		return "not there"
	}
	ids, err := loadAge(ctx, env, p)
	switch {
	case err != nil:
		return "not usable"
	case len(ids) == 0:
		return "no key"
	case len(ids) == 1:
		return "1 key, does not fit"
	}
	return fmt.Sprintf("%d keys, none fits", len(ids))
}

// ageFailure puts the library's errors into our words.
func ageFailure(recipient string, err error) error {
	e := &Error{Recipient: shortAge(recipient), Err: err}
	var missing *plugin.NotFoundError
	switch {
	case errors.As(err, &missing):
		e.Reason = "the program age-plugin-" + missing.Name + " is not installed"
		e.Hint = "install age-plugin-" + missing.Name + " and make sure that it is on the PATH"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	default:
		e.Reason = strings.Join(strings.Fields(err.Error()), " ")
	}
	return e
}
