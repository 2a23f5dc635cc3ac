package config

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Decision tells which rule a file has, and why.
type Decision struct {
	Target string // the file's path as the rules see it
	Rule   *Rule  // nil: none matches
	Tried  []Trial
}

// Trial is one rule that was looked at. The rules after the first match are
// not tried.
type Trial struct {
	Rule    *Rule
	Matched bool
	Reason  string
}

// Rule gives the first rule that matches the file; nil if there is none. An
// error means that the file's path could not be made absolute.
func (f *File) Rule(file string) (*Rule, error) {
	d, err := f.Explain(file)
	return d.Rule, err
}

// Explain is Rule with its reasons.
func (f *File) Explain(file string) (Decision, error) {
	target, err := f.Target(file)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Target: target}
	for _, r := range f.Rules {
		t := Trial{Rule: r}
		switch {
		case r.re == nil:
			t.Matched, t.Reason = true, "it has no path_regex, so it matches every file"
		case r.re.MatchString(target):
			t.Matched, t.Reason = true, fmt.Sprintf("path_regex %q matches %q", r.PathRegex, target)
		default:
			t.Reason = fmt.Sprintf("path_regex %q does not match %q", r.PathRegex, target)
		}
		d.Tried = append(d.Tried, t)
		if t.Matched {
			d.Rule = r
			break
		}
	}
	return d, nil
}

// Target is the path that the regular expressions are matched against: from
// the folder of the configuration, with slashes; absolute if the file is
// elsewhere. Symbolic links are not followed, as in sops.
func (f *File) Target(file string) (string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	dir, err := filepath.Abs(filepath.Dir(f.Path))
	if err != nil {
		return "", err
	}
	return filepath.ToSlash(strings.TrimPrefix(abs, dir+string(filepath.Separator))), nil
}

// Applies reports whether the rotation rule is about the file with this path,
// which is a Target.
func (r *Rotation) Applies(target string) bool {
	return r.re == nil || r.re.MatchString(target)
}
