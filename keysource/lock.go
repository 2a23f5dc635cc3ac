package keysource

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// maxCalls is how many wrappings or unwrappings run at a time.
const maxCalls = 16

// Lock wraps a data key for every recipient of every group. With several
// groups each gets a share, and threshold of them (0 means all) give the key
// back. It is all or nothing: an error names the first recipient that could not
// be wrapped for. The stanzas come in the order of the recipients.
func Lock(ctx context.Context, env *Env, groups [][]Recipient, threshold int, dataKey []byte) ([][]Stanza, error) {
	if err := checkGroups(groups, threshold); err != nil {
		return nil, err
	}
	services, err := keyServices(env)
	if err != nil {
		return nil, err
	}
	parts, err := split(dataKey, len(groups), threshold)
	if err != nil {
		return nil, err
	}
	defer wipeAll(parts)
	out := make([][]Stanza, len(groups))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxCalls)
	for i, group := range groups {
		out[i] = make([]Stanza, len(group))
		for j, r := range group {
			g.Go(func() (err error) {
				out[i][j], err = wrap(ctx, env, services, r, parts[i])
				return err
			})
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// wrap locks a part for one recipient: by the source itself, else by the first
// key service that can.
func wrap(ctx context.Context, env *Env, services []keyService, r Recipient, part []byte) (Stanza, error) {
	var first error
	if src := ByName(r.Source); src == nil {
		first = &Error{Recipient: r.ID, Reason: fmt.Sprintf("encfg has no key source %q", r.Source)}
	} else if !env.NoLocal {
		s, err := limitCall(ctx, env, r.ID, src.Local(), func(ctx context.Context) (Stanza, error) {
			return src.Wrap(ctx, env, r, part)
		})
		if err == nil {
			return s, nil
		}
		first = err
	}
	for _, service := range services {
		s, err := limitCall(ctx, env, r.ID, false, func(ctx context.Context) (Stanza, error) {
			return service.Wrap(ctx, r, part)
		})
		if err == nil {
			return s, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = errNoService
	}
	var named *Error
	if !errors.As(first, &named) && ctx.Err() == nil {
		first = &Error{Recipient: r.ID, Reason: first.Error(), Err: first}
	}
	return Stanza{}, first
}

var errNoService = &Error{Reason: "no key service is named, and the local one is switched off", Hint: "name one with --keyservice"}

// checkGroups refuses what would lock the owner out or be no lock at all.
func checkGroups[T any](groups [][]T, threshold int) error {
	if len(groups) == 0 {
		return &Error{Reason: "there is no recipient", Hint: "name one, for example with --age"}
	}
	for i, group := range groups {
		if len(group) == 0 && len(groups) == 1 {
			return &Error{Reason: "there is no recipient", Hint: "name one, for example with --age"}
		}
		if len(group) == 0 {
			return &Error{Reason: fmt.Sprintf("key group %d has no recipient", i+1)}
		}
	}
	switch {
	case threshold < 0, threshold == 1 && len(groups) > 1:
		return &Error{Reason: fmt.Sprintf("a threshold of %d is not possible with several key groups", threshold),
			Hint: "at least 2 of them must be needed; for 1, put all recipients into one group"}
	case threshold > len(groups):
		return &Error{Reason: fmt.Sprintf("the threshold is %d, but there are only %d key groups", threshold, len(groups))}
	case len(groups) > 255:
		return &Error{Reason: "there are more than 255 key groups"}
	}
	return nil
}

func wipeAll(parts [][]byte) {
	for _, p := range parts {
		wipe(p)
	}
}
