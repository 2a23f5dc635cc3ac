package cli

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/example"
	"github.com/encfg/encfg/internal/config"
)

// project is the configuration that is in force for a file.
type project struct {
	file *config.File // nil where there is none
	rule *config.Rule // nil where none matches
	why  config.Decision
}

// wants reports that a rule wants a file of a folder encrypted. Rules that
// match all files do not mean the templates among them.
func (p *project) wants(path string) bool {
	return p.rule != nil && !p.rule.Skip && !isTemplate(p, path)
}

func isTemplate(p *project, path string) bool {
	_, ok := example.FileOf(path, examplePattern(p))
	return ok
}

// project finds the configuration of a file: --config, ENCFG_CONFIG,
// SOPS_CONFIG, else the nearest one upward from the file.
func (a *app) project(c *cli.Context, name string) (*project, error) {
	path := c.String("config")
	for _, v := range []string{"ENCFG_CONFIG", "SOPS_CONFIG"} {
		if path == "" {
			path = a.getenv(v)
		}
	}
	if path == "" {
		found, err := a.configs.Find(name)
		for _, other := range found.Ignored {
			a.warnOnce("%s is not read: the name must be %s or %s", other, config.OwnName, config.SopsName)
		}
		if errors.Is(err, config.ErrNotFound) {
			return &project{}, nil
		}
		if err != nil {
			return nil, configFailure(err)
		}
		path = found.Path
	}
	v, err := a.cache.Do("config\x00"+path, func() (any, error) { return config.Load(path) })
	if err != nil {
		return nil, configFailure(err)
	}
	p := &project{file: v.(*config.File)}
	for _, w := range p.file.Warnings {
		a.warnOnce("%s:%d: %s", path, w.Line, w.Msg)
	}
	if p.why, err = p.file.Explain(name); err != nil {
		return nil, configFailure(err)
	}
	p.rule = p.why.Rule
	return p, nil
}

func configFailure(err error) error {
	f := &failure{code: exitConfig, msg: err.Error(), err: err}
	var ce *config.Error
	if errors.As(err, &ce) {
		f.hint = ce.Hint
	}
	return f
}
