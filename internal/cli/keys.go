package cli

import (
	"context"
	"errors"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/encfg/encfg/internal/config"
	"github.com/encfg/encfg/keysource"
)

// env is what the key sources may use.
func (a *app) env(c *cli.Context) *keysource.Env {
	e := &keysource.Env{
		Getenv:        a.getenv,
		Home:          homeDir(),
		ConfigDir:     configDir(),
		Notify:        func(m string) { a.line(m) },
		IdentityFiles: c.StringSlice("identity"),
		Order:         splitCommas(c.StringSlice("decryption-order")),
		KeyServices:   c.StringSlice("keyservice"),
		NoLocal:       !c.Bool("enable-local-keyservice"),
		Cache:         &a.cache,
	}
	if len(e.KeyServices) == 0 {
		e.KeyServices = splitCommas([]string{a.getenv("SOPS_KEYSERVICE")})
	}
	if v, err := strconv.ParseBool(a.getenv("SOPS_ENABLE_LOCAL_KEYSERVICE")); err == nil && !c.IsSet("enable-local-keyservice") {
		e.NoLocal = !v
	}
	if a.interactive() {
		e.Prompt = a.secret
	}
	return e
}

// keyFlags are the flags of the root that say how data keys are unlocked.
func keyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "identity", Usage: "age or SSH identity `FILE` to decrypt with (repeatable)"},
		&cli.StringSliceFlag{Name: "decryption-order", Usage: "try these `KINDS` of recipients first, such as age,pgp"},
		&cli.StringSliceFlag{Name: "keyservice", Usage: "also ask the sops key service at this `ADDRESS`, tcp://… or unix://… (repeatable)"},
		&cli.BoolFlag{Name: "enable-local-keyservice", Value: true, Usage: "use keys and key services of this machine; with =false only --keyservice"},
	}
}

// splitCommas splits lists that people write with commas.
func splitCommas(lists []string) []string {
	var out []string
	for _, list := range lists {
		for _, e := range strings.Split(list, ",") {
			if e = strings.TrimSpace(e); e != "" {
				out = append(out, e)
			}
		}
	}
	return out
}

func homeDir() string {
	if dir, err := os.UserHomeDir(); err == nil {
		return dir
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

func configDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return dir
}

// secret asks for something without showing what is typed.
func (a *app) secret(ctx context.Context, message string) (string, error) {
	in, ok := a.in.(*os.File)
	if !ok {
		return "", errors.New("there is no terminal to ask on")
	}
	a.catchSignals()
	a.mu.Lock()
	defer a.mu.Unlock()
	state, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", err
	}
	type answer struct {
		text []byte
		err  error
	}
	ch := make(chan answer, 1)
	if _, err := a.err.Write([]byte(message + ": ")); err != nil {
		return "", err
	}
	go func() {
		b, err := term.ReadPassword(int(in.Fd()))
		ch <- answer{b, err}
	}()
	defer a.err.Write([]byte("\n"))
	select {
	case r := <-ch:
		return string(r.text), r.err
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), state)
		return "", ctx.Err()
	}
}

// recipientFlags are one flag for each key source, and those of key groups.
func recipientFlags() []cli.Flag {
	var flags []cli.Flag
	for _, s := range keysource.All() {
		k := s.Config()
		flags = append(flags, &cli.StringSliceFlag{Name: k.Flag, Usage: k.Usage})
		for _, o := range k.Options {
			flags = append(flags, &cli.StringFlag{Name: o.Flag, Usage: o.Usage})
		}
	}
	return flags
}

// recipients decides for whom a file is encrypted: the flags, else the
// variables, else the rule (the order of sops).
func (a *app) recipients(c *cli.Context, p *project, name string) (groups [][]keysource.Recipient, threshold int, err error) {
	var named []keysource.Recipient
	for _, s := range keysource.All() {
		k := s.Config()
		texts := c.StringSlice(k.Flag)
		if len(texts) > 0 && strings.Trim(strings.Join(texts, ""), ", ") == "" {
			return nil, 0, fail(exitNoRecipients, "leave the flag out to use the recipients of the rule", "--%s names no recipient", k.Flag)
		}
		if len(texts) == 0 {
			for _, v := range k.Env {
				if text := a.getenv(v); text != "" {
					texts = []string{text}
					break
				}
			}
		}
		for _, text := range texts {
			r, err := s.Parse(a.resolve(p, text))
			if err == nil {
				err = configure(s, r, func(o keysource.Option) string { return c.String(o.Flag) })
			}
			if err != nil {
				return nil, 0, recipientFailure(err)
			}
			named = append(named, r...)
		}
	}
	if len(named) > 0 {
		return [][]keysource.Recipient{unique(named)}, 0, nil
	}
	if p.file == nil {
		return nil, 0, fail(exitNoConfig, "encfg init makes a key and a configuration; --age RECIPIENT names a recipient",
			"nobody to encrypt for: there is no %s and no %s upward from the file", config.OwnName, config.SopsName)
	}
	if p.rule == nil {
		return nil, 0, fail(exitNoRecipients, "encfg status --explain "+name+" shows the rules; --age RECIPIENT names a recipient",
			"no creation rule of %s matches", p.file.Path)
	}
	groups, err = ruleGroups(p)
	if err != nil {
		return nil, 0, err
	}
	if len(groups) == 0 {
		return nil, 0, fail(exitNoRecipients, "add age: [age1…] to the rule, or run encfg init",
			"the rule in line %d of %s names no recipient", p.rule.Line, p.file.Path)
	}
	return groups, p.rule.ShamirThreshold, nil
}

// resolve puts recipients in place of names from the configuration.
func (a *app) resolve(p *project, text string) string {
	if p == nil || p.file == nil {
		return text
	}
	if r := p.file.Named(strings.TrimSpace(text)); len(r) > 0 {
		return strings.Join(r, ",")
	}
	return text
}

func recipientFailure(err error) error {
	f := asFailure(err)
	return &failure{code: exitNoRecipients, msg: f.msg, hint: f.hint, err: err}
}

// ruleGroups turns the texts of a rule into recipients.
func ruleGroups(p *project) ([][]keysource.Recipient, error) {
	at := func(line int, err error) error {
		f := asFailure(err)
		return &failure{code: exitConfig, hint: f.hint, err: err,
			msg: (&config.Error{Path: p.file.Path, Line: line, Msg: f.msg}).Error()}
	}
	if len(p.rule.Groups) > 0 {
		var groups [][]keysource.Recipient
		for _, entries := range p.rule.Groups {
			group := []keysource.Recipient{}
			for _, e := range entries {
				s := sourceFor(e.Field, func(k keysource.Config) string { return k.GroupKey })
				if s == nil {
					return nil, at(e.Line, errors.New("encfg cannot use "+e.Field+" recipients"))
				}
				r, err := s.ParseFields(sourceFields(e.Fields))
				if err != nil {
					return nil, at(e.Line, err)
				}
				group = append(group, r)
			}
			groups = append(groups, unique(group))
		}
		return groups, nil
	}
	var group []keysource.Recipient
	for _, k := range p.rule.Keys {
		s := sourceFor(k.Field, func(k keysource.Config) string { return k.RuleKey })
		if s == nil {
			return nil, at(k.Line, errors.New("encfg cannot use "+k.Field+" recipients"))
		}
		r, err := s.Parse(k.Value)
		if err == nil {
			err = configure(s, r, func(o keysource.Option) string { return ruleOption(p.rule, o) })
		}
		if err != nil {
			return nil, at(k.Line, err)
		}
		group = append(group, r...)
	}
	if len(group) == 0 {
		return nil, nil
	}
	return [][]keysource.Recipient{unique(group)}, nil
}

// configure gives recipients the options of their source.
func configure(s keysource.Source, recipients []keysource.Recipient, value func(keysource.Option) string) error {
	source, ok := s.(keysource.Configurable)
	if !ok {
		return nil
	}
	options := map[string]string{}
	for _, o := range s.Config().Options {
		options[o.Flag] = value(o)
	}
	for i, r := range recipients {
		var err error
		if recipients[i], err = source.Configure(r, options); err != nil {
			return err
		}
	}
	return nil
}

// ruleOption is what a rule says about an option of a source.
func ruleOption(rule *config.Rule, o keysource.Option) string {
	if o.RuleKey == "aws_profile" {
		return rule.AWSProfile
	}
	return ""
}

func sourceFor(key string, of func(keysource.Config) string) keysource.Source {
	for _, s := range keysource.All() {
		if of(s.Config()) == key {
			return s
		}
	}
	return nil
}

func sourceFields(fields []config.Field) []keysource.Field {
	out := make([]keysource.Field, 0, len(fields))
	for _, f := range fields {
		v := f.Value
		if sub, ok := v.([]config.Field); ok {
			v = sourceFields(sub)
		}
		out = append(out, keysource.Field{Name: f.Name, Value: v})
	}
	return out
}

// unique drops recipients that are named twice.
func unique(list []keysource.Recipient) []keysource.Recipient {
	var out []keysource.Recipient
	for _, r := range list {
		if !slices.ContainsFunc(out, func(o keysource.Recipient) bool { return o.Source == r.Source && o.ID == r.ID }) {
			out = append(out, r)
		}
	}
	return out
}

// warnMixed says that post-quantum recipients do not help beside classic ones.
func (a *app) warnMixed(groups [][]keysource.Recipient) {
	pq, classic := 0, 0
	for _, g := range groups {
		for _, r := range g {
			switch {
			case r.Source != "age":
			case keysource.IsPostQuantum(r.ID):
				pq++
			default:
				classic++
			}
		}
	}
	if pq > 0 && classic > 0 {
		a.warnOnce("post-quantum and classic recipients are mixed: the files are only as strong as the weakest of them")
	}
}
