package keysource

import (
	"context"
	"errors"
	"fmt"
)

// Unlock gives the data key back, DataKeySize bytes, from the key groups of a
// file; with several groups, threshold of them are needed (0 means all).
//
// Local sources come first, cheap ways before those that ask the user; then all
// remote ones are tried at once, and the first success ends the others. An
// order that the user gave is followed strictly. The error is an *UnlockError.
func Unlock(ctx context.Context, env *Env, groups [][]Stanza, threshold int) ([]byte, error) {
	stages, err := plan(env, groups)
	if err != nil {
		return nil, err
	}
	j := newJob(env, groups, threshold)
	defer j.wipe()
	for _, st := range stages {
		if j.done() {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if st.remote {
			j.remote(ctx, st.tasks)
		} else {
			j.local(ctx, st.tasks)
		}
	}
	if j.done() {
		return j.dataKey()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, j.failure()
}

// opener unwraps stanzas: a Source, or a key service.
type opener interface {
	Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error)
	Recipient(s Stanza) Recipient
}

// task is one stanza that may be unwrapped, and by whom.
type task struct {
	group, index int
	stanza       Stanza
	opener       opener
	service      string // the address of a key service; "" for a Source
}

// UnlockError tells what was tried in vain.
type UnlockError struct {
	Attempts []Attempt // in the order of the file
	Groups   int       // number of key groups
	Needed   int       // of them, how many are needed
	Got      int       // and how many could be opened
}

// Attempt is one recipient for whom the data key is wrapped, and why that does
// not help.
type Attempt struct {
	Group     int    // from 1
	Source    string // "age", "kms", …
	Recipient string
	Err       error
}

// Hint gives what to try, or "".
func (a Attempt) Hint() string {
	var e *Error
	if errors.As(a.Err, &e) {
		return e.Hint
	}
	return ""
}

// Reason gives the cause without the recipient's name.
func (a Attempt) Reason() string {
	var e *Error
	if errors.As(a.Err, &e) {
		return e.Reason
	}
	var no *NoIdentityError
	if errors.As(a.Err, &no) {
		return "no secret key for it was found"
	}
	return a.Err.Error()
}

func (e *UnlockError) Error() string {
	if e.Groups > 1 {
		return fmt.Sprintf("the data key cannot be unlocked: %d of %d key groups opened, %d are needed", e.Got, e.Groups, e.Needed)
	}
	missing := true
	for _, a := range e.Attempts {
		missing = missing && errors.Is(a.Err, ErrNotMine)
	}
	switch n := len(e.Attempts); {
	case n == 1 && missing:
		return "the data key cannot be unlocked: it is locked for one recipient, whose key is not at hand"
	case n == 1:
		return "the data key cannot be unlocked: it is locked for one recipient, whose key could not be used"
	case missing:
		return fmt.Sprintf("the data key cannot be unlocked: it is locked for %d recipients, and none of their keys is at hand", n)
	default:
		return fmt.Sprintf("the data key cannot be unlocked: it was tried in %d ways", n)
	}
}
