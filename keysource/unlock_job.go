package keysource

import (
	"bytes"
	"context"
	"errors"
	"sync"
)

// job is the state of one Unlock.
type job struct {
	env    *Env
	groups [][]Stanza
	needed int

	mu    sync.Mutex
	parts map[int][]byte // by group
	errs  map[attemptAt]error
}

// attemptAt tells attempts apart.
type attemptAt struct {
	group, index int
	service      string
}

func newJob(env *Env, groups [][]Stanza, threshold int) *job {
	if threshold == 0 || len(groups) == 1 {
		threshold = len(groups)
	}
	return &job{env: env, groups: groups, needed: threshold, parts: map[int][]byte{}, errs: map[attemptAt]error{}}
}

// done reports that enough groups are open.
func (j *job) done() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.parts) >= j.needed
}

func (j *job) open(group int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.parts[group] != nil
}

// finish records the result of a task.
func (j *job) finish(t task, part []byte, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil && len(part) == 0 {
		err = &Error{Recipient: t.opener.Recipient(t.stanza).ID, Reason: "the wrapped key is empty"}
	}
	if err == nil {
		if j.parts[t.group] == nil {
			j.parts[t.group] = part
		}
		return
	}
	at := attemptAt{t.group, t.index, t.service}
	if old := j.errs[at]; old == nil || errors.Is(old, ErrNotMine) || !errors.Is(err, ErrNotMine) {
		j.errs[at] = err
	}
}

// local tries stanzas one after the other, all with little effort before one
// with more.
func (j *job) local(ctx context.Context, tasks []task) {
	for e := effortFiles; e <= effortAll; e++ {
		env := j.env.limited(e)
		for _, t := range tasks {
			if j.done() || ctx.Err() != nil {
				return
			}
			if j.open(t.group) {
				continue
			}
			part, err := t.opener.Unwrap(ctx, env, t.stanza)
			j.finish(t, part, err)
		}
	}
}

// remote tries stanzas at the same time. The first success of a group cancels
// the others of that group.
func (j *job) remote(ctx context.Context, tasks []task) {
	ctx, cancelAll := context.WithCancel(ctx)
	defer cancelAll()
	type scope struct {
		ctx    context.Context
		cancel context.CancelFunc
	}
	scopes := map[int]scope{}
	var wg sync.WaitGroup
	for _, t := range tasks {
		if j.open(t.group) {
			continue
		}
		sc, ok := scopes[t.group]
		if !ok {
			sc.ctx, sc.cancel = context.WithCancel(ctx)
			scopes[t.group] = sc
		}
		wg.Go(func() {
			part, err := j.call(sc.ctx, t)
			if err != nil && sc.ctx.Err() != nil {
				return
			}
			j.finish(t, part, err)
			if err == nil {
				sc.cancel()
			}
			if j.done() {
				cancelAll()
			}
		})
	}
	wg.Wait()
	for _, sc := range scopes {
		sc.cancel()
	}
}

// call unwraps with a time limit, for the same wrapped key only once.
func (j *job) call(ctx context.Context, t task) ([]byte, error) {
	return callsOf(j.env).do(ctx, t, func(ctx context.Context) ([]byte, error) {
		return limitCall(ctx, j.env, t.opener.Recipient(t.stanza).ID, false, func(ctx context.Context) ([]byte, error) {
			return t.opener.Unwrap(ctx, j.env, t.stanza)
		})
	})
}

// dataKey puts the open parts together.
func (j *job) dataKey() ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var key []byte
	if len(j.groups) == 1 {
		key = bytes.Clone(j.parts[0])
	} else {
		var parts [][]byte
		for i := range j.groups {
			if p := j.parts[i]; p != nil {
				parts = append(parts, p)
			}
		}
		var err error
		if key, err = combine(parts); err != nil {
			return nil, err
		}
	}
	if len(key) != DataKeySize {
		wipe(key)
		return nil, &Error{Reason: "the unwrapped data key has the wrong length"}
	}
	return key, nil
}

func (j *job) wipe() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, p := range j.parts {
		wipe(p)
	}
}

func (j *job) failure() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := &UnlockError{Groups: len(j.groups), Needed: j.needed, Got: len(j.parts)}
	for g, group := range j.groups {
		for i, s := range group {
			e.Attempts = append(e.Attempts, j.attempts(g, i, s)...)
		}
	}
	return e
}

// attempts tells what was tried with one stanza, the source itself first.
func (j *job) attempts(group, index int, s Stanza) []Attempt {
	a := Attempt{Group: group + 1, Source: s.Source, Recipient: shortAge(keyService{}.Recipient(s).ID)}
	var out []Attempt
	if a.Err = j.errs[attemptAt{group, index, ""}]; a.Err != nil {
		out = append(out, a)
	}
	if ByName(s.Source) == nil && !j.env.NoLocal {
		a.Err = &Error{Reason: "encfg does not know this kind of recipient", Hint: "use sops, or a newer encfg"}
		out = append(out, a)
	}
	for _, url := range j.env.KeyServices {
		if a.Err = j.errs[attemptAt{group, index, url}]; a.Err != nil {
			out = append(out, a)
		}
	}
	return out
}
