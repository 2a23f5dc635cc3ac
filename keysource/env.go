package keysource

import (
	"context"
	"path/filepath"
	"time"
)

// Env is what a source may use of the world around it. The command line fills
// it in; tests make their own.
type Env struct {
	Getenv func(string) string
	// Home and ConfigDir are the user's folders (os.UserHomeDir,
	// os.UserConfigDir); "" where there is none.
	Home, ConfigDir string
	// Prompt asks the user for a secret; nil where nobody can be asked.
	Prompt func(ctx context.Context, message string) (string, error)
	// Notify shows a message, such as "touch your security key".
	Notify func(message string)
	// IdentityFiles are named by the user with --identity.
	IdentityFiles []string
	// Order names the sources to be tried first when unwrapping; nil means
	// the variables, then DefaultOrder.
	Order []string
	// KeyServices are the addresses of sops key services that wrap and unwrap,
	// too; with NoLocal nothing else does.
	KeyServices []string
	NoLocal     bool
	// Cache keeps what was read or connected once; shared by all calls.
	Cache *Cache

	// only limits Unwrap to one kind of effort; zero means all.
	only effort
	// patience replaces callTimeout in tests.
	patience time.Duration
}

// effort says how much finding a key may cost the user. Unlock tries all local
// stanzas with one effort before it goes on to the next, so that nobody is
// asked for a passphrase while another stanza opens by itself.
type effort int

const (
	effortFiles     effort = iota + 1 // read variables and files
	effortPrograms                    // run programs which the stanza or the user names
	effortQuestions                   // ask
	effortAll                         // run what is unlikely to help
)

// allows reports whether this round of Unlock is for such an effort.
func (e *Env) allows(x effort) bool { return e.only == 0 || e.only == x }

// limited is the environment for one round of Unlock.
func (e *Env) limited(x effort) *Env {
	c := *e
	c.only = x
	return &c
}

// variable looks a setting up as ENCFG_name, then SOPS_name, and says by which
// variable it was found. An empty variable counts as unset.
func (e *Env) variable(name string) (variable, value string) {
	for _, prefix := range []string{"ENCFG_", "SOPS_"} {
		if v := e.getenv(prefix + name); v != "" {
			return prefix + name, v
		}
	}
	return "SOPS_" + name, ""
}

func (e *Env) getenv(name string) string {
	if e.Getenv == nil {
		return ""
	}
	return e.Getenv(name)
}

// config is a file in the user's configuration folder, "" where there is none.
func (e *Env) config(elem ...string) string { return under(e.ConfigDir, elem) }

// home is a file in the user's home folder, "" where there is none.
func (e *Env) home(elem ...string) string { return under(e.Home, elem) }

func under(dir string, elem []string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(append([]string{dir}, elem...)...)
}

// ask prompts for a secret; errNobodyToAsk where that is impossible.
func (e *Env) ask(ctx context.Context, message string) (string, error) {
	if e.Prompt == nil {
		return "", errNobodyToAsk
	}
	return e.Prompt(ctx, message)
}

func (e *Env) notify(message string) {
	if e.Notify != nil {
		e.Notify(message)
	}
}
