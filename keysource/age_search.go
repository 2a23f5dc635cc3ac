package keysource

import (
	"context"
	"errors"
	"sync"

	"filippo.io/age"
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
