package keysource

import (
	"fmt"
	"slices"
	"strings"
)

// DefaultOrder is the order of sops: what needs no network comes first.
var DefaultOrder = []string{"age", "pgp"}

// stage is a set of stanzas that are tried together.
type stage struct {
	remote bool
	tasks  []task
}

// plan sorts the stanzas into stages. An order that the user gave makes one
// stage for each source in it; what it leaves out follows, local ones first.
func plan(env *Env, groups [][]Stanza) ([]stage, error) {
	order, err := decryptionOrder(env)
	if err != nil {
		return nil, err
	}
	var stages []stage
	for _, name := range order {
		stages = append(stages, stageOf(groups, func(src Source) bool { return src.Name() == name }, !ByName(name).Local()))
	}
	rest := func(src Source) bool { return !slices.Contains(order, src.Name()) }
	if env.NoLocal {
		stages, rest = nil, func(Source) bool { return false }
	}
	local := stageOf(groups, func(src Source) bool { return rest(src) && src.Local() }, false)
	slices.SortStableFunc(local.tasks, func(a, b task) int { return rank(a) - rank(b) })
	remote := stageOf(groups, func(src Source) bool { return rest(src) && !src.Local() }, true)
	services, err := keyServices(env)
	if err != nil {
		return nil, err
	}
	for _, k := range services {
		for g, group := range groups {
			for i, s := range group {
				remote.tasks = append(remote.tasks, task{g, i, s, k, k.url})
			}
		}
	}
	return append(stages, local, remote), nil
}

// rank is a local stanza's place in the default order.
func rank(t task) int {
	if i := slices.Index(DefaultOrder, t.stanza.Source); i >= 0 {
		return i
	}
	return len(DefaultOrder)
}

func stageOf(groups [][]Stanza, fits func(Source) bool, remote bool) stage {
	st := stage{remote: remote}
	for g, group := range groups {
		for i, s := range group {
			if src := ByName(s.Source); src != nil && fits(src) {
				st.tasks = append(st.tasks, task{g, i, s, src, ""})
			}
		}
	}
	return st
}

// decryptionOrder is what the user asked for; nil if nothing.
func decryptionOrder(env *Env) ([]string, error) {
	order, label := env.Order, "--decryption-order"
	if order == nil {
		variable, value := env.variable("DECRYPTION_ORDER")
		if value == "" {
			return nil, nil
		}
		order, label = strings.Split(value, ","), variable
	}
	var out []string
	for _, name := range order {
		name = strings.TrimSpace(name)
		if slices.Contains(foreign, name) {
			continue
		}
		if ByName(name) == nil {
			return nil, &Error{Reason: fmt.Sprintf("%s: there is no key source %q", label, name), Hint: "the names are " + strings.Join(names(), ", ")}
		}
		if slices.Contains(out, name) {
			return nil, &Error{Reason: fmt.Sprintf("%s: %q stands there twice", label, name)}
		}
		out = append(out, name)
	}
	return out, nil
}

// foreign are the sources of sops that encfg does not have (their vendor's SDK
// costs more start-up time than all others together are allowed to). They may
// stand in an order.
var foreign = []string{"hckms"}

func names() []string {
	var out []string
	for _, s := range All() {
		out = append(out, s.Name())
	}
	return out
}
