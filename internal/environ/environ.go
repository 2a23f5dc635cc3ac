// Package environ makes environment variables of documents.
//
// FromDocument flattens a YAML, JSON or INI document, FromDotenv takes the
// entries of a .env file as they are; Merge puts the result over an inherited
// environment. Errors name variables and paths, never values.
package environ

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/dotenv"
)

// Var is one variable.
type Var struct {
	Name  string
	Value string
	Path  string // where it comes from, as a person types it: db.hosts[0]
	// Secret is false for a value that stands in the encrypted file as it is.
	Secret bool
}

// Options say which variables there are, and what they are called.
type Options struct {
	Prefix string
	Upper  bool
	// Only and Except are patterns (* ? [a-z]) that a variable's name or path
	// matches; without Only there are all.
	Only, Except []string
	// Canonical gives numbers and dates as sops does, also where the document
	// spells them in another way: for files whose spelling is not the user's.
	Canonical bool
}

// Error is a failure with what to try.
type Error struct {
	Msg  string
	hint string
}

func (e *Error) Error() string { return e.Msg }

// Hint says what to try.
func (e *Error) Hint() string { return e.hint }

// FromDocument makes a variable of every value of a plaintext document. Nulls
// are left out. secret tells of which values the user expects that they are
// hidden; nil means all.
func FromDocument(doc *formats.Document, secret func(*formats.Leaf) bool, o Options) ([]Var, error) {
	var vars []Var
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if l.Type == formats.Comment || l.Type == formats.Null {
			continue
		}
		v := Var{Path: l.At.String(), Value: o.text(doc, l), Secret: secret == nil || secret(l)}
		v.Name = join(l.At)
		vars = append(vars, v)
	}
	vars, err := o.apply(vars)
	if err != nil {
		return nil, err
	}
	return vars, collisions(vars)
}

// FromDotenv takes the assignments of a .env file; of several for one name the
// last counts.
func FromDotenv(entries []dotenv.Entry, secret func(name string) bool, o Options) ([]Var, error) {
	var vars []Var
	for _, e := range entries {
		if !e.Set {
			continue
		}
		v := Var{Name: e.Name, Path: e.Name, Value: e.Value, Secret: secret == nil || secret(e.Name)}
		vars = slices.DeleteFunc(vars, func(old Var) bool { return old.Name == e.Name })
		vars = append(vars, v)
	}
	vars, err := o.apply(vars)
	if err != nil {
		return nil, err
	}
	return vars, collisions(vars)
}

// join makes a name of a place: its steps joined by "_", and "_" for every
// character that no variable can have.
func join(p *formats.Place) string {
	var b strings.Builder
	for i, s := range p.Steps() {
		if i > 0 {
			b.WriteByte('_')
		}
		if s.List {
			fmt.Fprintf(&b, "%d", s.Index)
			continue
		}
		for _, c := range s.Key {
			if c >= 0x80 || !nameByte(byte(c)) {
				c = '_'
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}

func nameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// apply names and chooses the variables.
func (o Options) apply(vars []Var) ([]Var, error) {
	var out []Var
	for _, v := range vars {
		v.Name = o.Prefix + v.Name
		if o.Upper {
			v.Name = strings.ToUpper(v.Name)
		}
		if v.Name == "" || v.Name[0] >= '0' && v.Name[0] <= '9' {
			v.Name = "_" + v.Name
		}
		only, err := v.matches(o.Only)
		if err != nil {
			return nil, err
		}
		except, err := v.matches(o.Except)
		if err != nil {
			return nil, err
		}
		if (only || len(o.Only) == 0) && !except {
			out = append(out, v)
		}
	}
	return out, nil
}

func (v *Var) matches(patterns []string) (bool, error) {
	found := false
	for _, p := range patterns {
		for _, s := range []string{v.Name, v.Path} {
			ok, err := path.Match(p, s)
			if err != nil {
				return false, &Error{Msg: fmt.Sprintf("the pattern %q is wrong", p), hint: "* stands for any text, ? for one character, [a-z] for one of several"}
			}
			found = found || ok
		}
	}
	return found, nil
}

// collisions refuses two values for one name: one of them would be lost.
func collisions(vars []Var) error {
	seen := map[string]string{}
	for _, v := range vars {
		if other, ok := seen[v.Name]; ok {
			return &Error{
				Msg:  fmt.Sprintf("%s and %s both become the variable %s", other, v.Path, v.Name),
				hint: "leave one out with --except, or rename it",
			}
		}
		seen[v.Name] = v.Path
	}
	return nil
}

// Merge puts variables over an inherited environment ("NAME=value"), or, with
// keep, under it. Of variables of one name the later wins.
func Merge(inherited []string, vars []Var, keep bool) []string {
	value := make(map[string]string, len(vars))
	for _, v := range vars {
		value[v.Name] = v.Value
	}
	var out []string
	for _, entry := range inherited {
		name, _, _ := strings.Cut(entry, "=")
		if _, ours := value[name]; ours {
			if !keep {
				continue
			}
			delete(value, name)
		}
		out = append(out, entry)
	}
	for _, v := range vars {
		if text, ok := value[v.Name]; ok {
			out = append(out, v.Name+"="+text)
			delete(value, v.Name)
		}
	}
	return out
}

// Later joins the variables of several files: of one name the later file's
// counts.
func Later(files ...[]Var) []Var {
	at := map[string]int{}
	var out []Var
	for _, vars := range files {
		for _, v := range vars {
			if i, ok := at[v.Name]; ok {
				out[i] = v
				continue
			}
			at[v.Name] = len(out)
			out = append(out, v)
		}
	}
	return out
}

// Check refuses what no environment can hold.
func Check(vars []Var) error {
	for _, v := range vars {
		switch {
		case v.Name == "" || strings.ContainsAny(v.Name, "=\x00"):
			return &Error{Msg: fmt.Sprintf("no environment can hold a variable named %q", v.Name), hint: "rename it, or leave it out with --except"}
		case strings.Contains(v.Value, "\x00"):
			return &Error{Msg: fmt.Sprintf("the value of %s has a NUL byte, which no environment can hold", label(v)), hint: "hand it over as a file: --file"}
		}
	}
	return nil
}

func label(v Var) string {
	if v.Path == v.Name || v.Path == "" {
		return v.Name
	}
	return v.Name + " (" + v.Path + ")"
}
