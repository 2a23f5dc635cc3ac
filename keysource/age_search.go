package keysource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"
)

// ageSearch looks for an identity that opens one lock.
type ageSearch struct {
	env      *Env
	lock     ageLock
	problems []error // keys that could not be used
}

// files tries all that neither runs a program nor asks.
func (s *ageSearch) files(ctx context.Context) ([]byte, error) {
	for _, p := range ageFiles(s.env, s.lock.ssh()) {
		ids, err := loadAge(ctx, s.env, p)
		if err != nil && p.flag {
			return nil, err
		}
		key, err := s.lock.open(ready(ids)...)
		if err == nil || !errors.Is(err, ErrNotMine) {
			return key, err
		}
	}
	return nil, ErrNotMine
}

// programs tries what commands print, and the plugin that the recipient names.
func (s *ageSearch) programs(ctx context.Context) ([]byte, error) {
	for _, p := range ageCommands(s.env, s.lock) {
		ids, _ := loadAge(ctx, s.env, p)
		key, err := s.lock.open(ready(ids)...)
		if err == nil || !errors.Is(err, ErrNotMine) {
			return key, err
		}
	}
	return s.tryPlugins(ctx, s.all(ctx), true)
}

// questions tries what needs a passphrase.
func (s *ageSearch) questions(ctx context.Context) ([]byte, error) {
	for _, id := range s.all(ctx) {
		var key []byte
		err := error(ErrNotMine)
		switch {
		case id.ssh != nil && s.lock.ssh():
			key, err = s.trySSH(ctx, id.ssh)
		case id.file != nil && !s.lock.ssh():
			key, err = s.tryFile(ctx, id.file)
		}
		if err == nil || ctx.Err() != nil {
			return key, err
		}
		if !errors.Is(err, ErrNotMine) {
			s.problems = append(s.problems, err)
		}
	}
	return nil, ErrNotMine
}

func (s *ageSearch) trySSH(ctx context.Context, l *lockedSSH) ([]byte, error) {
	defer lockQuestions(s.env)()
	name := "the SSH key of " + shortAge(s.lock.recipient)
	var asking error
	l.ask = func() (p []byte, err error) {
		var text string
		text, asking = s.env.ask(ctx, "passphrase for "+name)
		return []byte(text), asking
	}
	key, err := s.lock.open(l.id)
	if asking != nil {
		return nil, passphraseError(name, asking)
	}
	return key, err
}

func (s *ageSearch) tryFile(ctx context.Context, f *lockedFile) ([]byte, error) {
	ids, err := f.open(ctx, s.env)
	if err != nil {
		return nil, err
	}
	key, err := s.lock.open(ready(ids)...)
	if !errors.Is(err, ErrNotMine) {
		return key, err
	}
	return s.tryPlugins(ctx, ids, true)
}

// plugins tries the plugins that the recipient does not name.
func (s *ageSearch) plugins(ctx context.Context) ([]byte, error) {
	return s.tryPlugins(ctx, s.all(ctx), false)
}

func (s *ageSearch) tryPlugins(ctx context.Context, ids []ageIdentity, fits bool) ([]byte, error) {
	want := ageKind(s.lock.recipient)
	for _, id := range ids {
		if id.plugin == "" {
			continue
		}
		name, _, err := plugin.ParseIdentity(id.plugin)
		if err != nil || (name == want) != fits {
			continue
		}
		key, err := s.tryPlugin(ctx, id.plugin)
		if err == nil || ctx.Err() != nil {
			return key, err
		}
		if !errors.Is(err, ErrNotMine) {
			s.problems = append(s.problems, err)
		}
	}
	return nil, ErrNotMine
}

func (s *ageSearch) tryPlugin(ctx context.Context, text string) ([]byte, error) {
	defer lockQuestions(s.env)()
	id, err := plugin.NewIdentity(text, pluginUI(ctx, s.env))
	if err != nil {
		return nil, ErrNotMine
	}
	return abandonable(ctx, func() ([]byte, error) { return s.lock.open(id) })
}

// all gives every identity of every place; those in files with passphrases only
// if these were opened.
func (s *ageSearch) all(ctx context.Context) []ageIdentity {
	var out []ageIdentity
	for _, p := range s.places() {
		ids, _ := loadAge(ctx, s.env, p)
		for _, id := range ids {
			out = append(out, id)
			if id.file != nil {
				out = append(out, id.file.opened()...)
			}
		}
	}
	return out
}

// places lists where this round may look: commands are not run while files
// might do.
func (s *ageSearch) places() []agePlace {
	out := ageFiles(s.env, s.lock.ssh())
	if s.env.only != effortFiles {
		out = append(out, ageCommands(s.env, s.lock)...)
	}
	return out
}

func ready(ids []ageIdentity) []age.Identity {
	var out []age.Identity
	for _, id := range ids {
		if id.ready != nil {
			out = append(out, id.ready)
		}
	}
	return out
}

// lockQuestions lets only one question at a time be asked, for all calls that
// share a cache.
func lockQuestions(env *Env) (unlock func()) {
	v, _ := env.Cache.Do("questions", func() (any, error) { return new(sync.Mutex), nil })
	mu := v.(*sync.Mutex)
	mu.Lock()
	return mu.Unlock
}

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

// readAgeFile decrypts an age file, armored or not.
func readAgeFile(r *bytes.Reader, id age.Identity) ([]byte, error) {
	head := make([]byte, len("age-encryption.org/"))
	n, _ := io.ReadFull(r, head)
	r.Seek(0, io.SeekStart)
	var in io.Reader = r
	if string(head[:n]) != "age-encryption.org/" {
		in = armor.NewReader(r)
	}
	out, err := age.Decrypt(in, id)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(out)
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
