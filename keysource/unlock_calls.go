package keysource

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

// calls bounds the remote calls of a command and makes equal ones only once.
type calls struct {
	slots chan struct{}
	mu    sync.Mutex
	known map[[sha256.Size]byte]*call
}

type call struct {
	done chan struct{}
	part []byte
	err  error
}

func callsOf(env *Env) *calls {
	v, _ := env.Cache.Do("calls", func() (any, error) {
		return &calls{slots: make(chan struct{}, maxCalls), known: map[[sha256.Size]byte]*call{}}, nil
	})
	return v.(*calls)
}

// do runs f unless the same wrapped key was unwrapped before, or is being
// unwrapped. A call that was cancelled does not count.
func (c *calls) do(ctx context.Context, t task, f func(context.Context) ([]byte, error)) ([]byte, error) {
	id := fingerprint(t)
	for {
		c.mu.Lock()
		k := c.known[id]
		if k == nil {
			k = &call{done: make(chan struct{})}
			c.known[id] = k
			c.mu.Unlock()
			c.run(ctx, id, k, f)
			return bytes.Clone(k.part), k.err
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-k.done:
			if !k.cancelled() {
				return bytes.Clone(k.part), k.err
			}
		}
	}
}

func (c *calls) run(ctx context.Context, id [sha256.Size]byte, k *call, f func(context.Context) ([]byte, error)) {
	defer close(k.done)
	select {
	case <-ctx.Done():
		k.err = ctx.Err()
	case c.slots <- struct{}{}:
		k.part, k.err = f(ctx)
		<-c.slots
	}
	if k.err != nil && ctx.Err() != nil {
		k.err = ctx.Err()
		c.mu.Lock()
		delete(c.known, id)
		c.mu.Unlock()
	}
}

func (k *call) cancelled() bool {
	return k.err == context.Canceled || k.err == context.DeadlineExceeded
}

// fingerprint tells wrapped keys and services apart.
func fingerprint(t task) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q", t.service, t.stanza.Source, t.stanza.Fields))
}

// callTimeout bounds one remote call, with its retries.
const callTimeout = 30 * time.Second

// limitCall makes a call within callTimeout; local ones may take as long as the
// user does.
func limitCall[T any](ctx context.Context, env *Env, recipient string, local bool, f func(context.Context) (T, error)) (T, error) {
	if local {
		return f(ctx)
	}
	patience := cmp.Or(env.patience, callTimeout)
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v, err := f(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		err = &Error{Recipient: recipient, Reason: "no answer in " + patience.String(), Err: err,
			Hint: "check the network and the address of the service"}
	}
	return v, err
}
