package cli

import (
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/example"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/config"
)

// ageRule says how old a value may become.
type ageRule struct {
	maxAge, warn time.Duration
	owner, note  string
}

// ageRules are those for one file: the rotation rules of the configuration, and
// the annotations @expires in the file's template. The strictest counts. It is
// nil where there are none.
func (a *app) ageRules(c *cli.Context, p *project, name string, f formats.Format) func(*formats.Leaf) *ageRule {
	var rules []config.Rotation
	if p.file != nil {
		if target, err := p.file.Target(name); err == nil {
			for _, r := range p.file.Rotation {
				if r.Applies(target) {
					rules = append(rules, r)
				}
			}
		}
	}
	expires := a.expiries(c, p, name, f)
	if len(rules) == 0 && len(expires) == 0 {
		return nil
	}
	return func(l *formats.Leaf) *ageRule {
		at := example.PlaceOf(f, l)
		var found *ageRule
		for i := range rules {
			if r := &rules[i]; r.Covers(at) && (found == nil || r.MaxAge < found.maxAge) {
				found = &ageRule{r.MaxAge, r.Warn, r.Owner, r.Note}
			}
		}
		if d := expires[at.String()]; d > 0 && (found == nil || d < found.maxAge) {
			found = &ageRule{maxAge: d}
		}
		return found
	}
}

// expiries reads the annotations @expires of a file's template, by path.
func (a *app) expiries(c *cli.Context, p *project, name string, f formats.Format) map[string]time.Duration {
	path := example.Name(name, examplePattern(p))
	text, err := os.ReadFile(path)
	if err != nil || realPath(path) == realPath(name) {
		return nil
	}
	contract, err := example.ReadContract(f, text, crypt.Rules{})
	if err != nil {
		return nil // check says what is wrong with it
	}
	out := map[string]time.Duration{}
	for i := range contract.Entries {
		if e := &contract.Entries[i]; e.Expires > 0 {
			out[e.At.String()] = e.Expires
		}
	}
	return out
}

// dated tells crypt of which values of a file it records the date of the last
// change; nil for none.
func (a *app) dated(c *cli.Context, name string, f formats.Format) func(*formats.Leaf) bool {
	p, err := a.project(c, name)
	if err != nil {
		return nil
	}
	rules := a.ageRules(c, p, name, f)
	if rules == nil {
		return nil
	}
	return func(l *formats.Leaf) bool { return rules(l) != nil }
}
