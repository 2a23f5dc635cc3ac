package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

func (a *app) statusCommand() *cli.Command {
	return &cli.Command{
		Name:      "status",
		Aliases:   []string{"filestatus"},
		Usage:     "say which files are encrypted, for whom, and by which rule",
		ArgsUsage: "[FILE|FOLDER…]",
		Description: "Needs no key. A folder is searched for files that are encrypted or that a\n" +
			"creation rule matches; without an operand it is the current one.",
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "explain", Usage: "say which rules were tried, and why one matched"},
			&cli.BoolFlag{Name: "fail", Usage: "exit with 1 if a file that a rule matches is in plain text, or differs from its rule"},
		}, typeFlags(), treeFlags()[1:]),
		OnUsageError: usageError,
		Action:       a.status,
	}
}

// fileStatus is what status says about one file.
type fileStatus struct {
	File         string   `json:"file"`
	Encrypted    bool     `json:"encrypted"`
	Format       string   `json:"format,omitempty"`
	Recipients   []string `json:"recipients,omitempty"`
	Threshold    int      `json:"shamir_threshold,omitempty"`
	Selection    string   `json:"selection,omitempty"`
	Rule         *ruleRef `json:"rule,omitempty"`
	LastModified string   `json:"last_modified,omitempty"`
	Values       int      `json:"values_encrypted"`
	Plain        int      `json:"values_plain"`
	Writer       string   `json:"writer,omitempty"`
	Drift        []string `json:"drift,omitempty"`
	Problem      string   `json:"problem,omitempty"`
	Explain      []string `json:"explain,omitempty"`

	expected bool // a rule wants it encrypted
	code     int
}

type ruleRef struct {
	Config string `json:"config"`
	Line   int    `json:"line"`
}

func (a *app) status(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) == 0 && c.String("filename") == "" {
		args = []string{"."}
	}
	if len(args) == 0 {
		args = []string{stdio}
	}
	var list []target
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case arg != stdio && err == nil && info.IsDir():
			found, err := walk(c, arg)
			if err != nil {
				return inFile(arg, pathReason(err))
			}
			list = append(list, found...)
		case errors.Is(err, fs.ErrNotExist) && c.Bool("explain"):
			list = append(list, target{path: arg}) // which rule would a new file have?
		case arg != stdio && err != nil:
			return inFile(arg, pathReason(err))
		default:
			list = append(list, target{path: arg})
		}
	}
	results := []*fileStatus{}
	err := a.forEach(c.Context, list, func(_ context.Context, t target) (any, error) {
		s, err := a.fileStatus(c, t)
		if err != nil || s == nil {
			return nil, err
		}
		return s, nil
	}, func(_ target, v any) { results = append(results, v.(*fileStatus)) })
	if a.json {
		if jerr := a.printJSON(results); jerr != nil {
			return jerr
		}
	} else {
		for _, s := range results {
			fmt.Fprint(a.out, s.text())
		}
		if len(results) == 0 && err == nil {
			a.notef("no file here is encrypted, and no creation rule matches one")
		}
	}
	if err != nil {
		return err
	}
	for _, s := range results {
		if s.code != 0 {
			return &doneError{s.code}
		}
		if c.Bool("fail") && (s.expected && !s.Encrypted || len(s.Drift) > 0) {
			return &doneError{exitGeneric}
		}
	}
	return nil
}

// fileStatus looks at one file; nil for a file of a folder that is of no
// interest.
func (a *app) fileStatus(c *cli.Context, t target) (*fileStatus, error) {
	name := t.name(c)
	p, err := a.project(c, name)
	if err != nil {
		return nil, err
	}
	s := &fileStatus{File: name, expected: p.wants(name)}
	if p.rule != nil {
		s.Rule = &ruleRef{p.file.Path, p.rule.Line}
	}
	if c.Bool("explain") {
		s.Explain = explain(p)
	}
	src, err := a.read(t)
	if errors.Is(err, fs.ErrNotExist) && c.Bool("explain") {
		s.Problem = "there is no such file yet"
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := a.format(c, t, src)
	if err != nil {
		if t.found {
			return nil, nil
		}
		return nil, err
	}
	s.Format = f.Name()
	info, err := crypt.Inspect(f, src)
	var ce *crypt.Error
	switch {
	case errors.As(err, &ce) && ce.Kind == crypt.KindNotEncrypted || err != nil && !mentionsSops(src):
		if t.found && !s.expected {
			return nil, nil
		}
		s.plain(f, src)
	case err != nil:
		s.Encrypted, s.Problem, s.code = true, err.Error(), codeOf(err)
	default:
		a.describe(s, p, info)
	}
	return s, nil
}

func mentionsSops(src []byte) bool { return bytes.Contains(src, []byte("sops")) }

// plain counts the values of a file that is not encrypted.
func (s *fileStatus) plain(f formats.Format, src []byte) {
	doc, err := f.Parse(src)
	if err != nil {
		s.Problem = err.Error()
		return
	}
	for i := range doc.Leaves {
		if t := doc.Leaves[i].Type; t != formats.Comment && t != formats.Null {
			s.Plain++
		}
	}
}

// describe fills in what the sops block says.
func (a *app) describe(s *fileStatus, p *project, info *crypt.Info) {
	md := info.Metadata
	s.Encrypted = true
	s.LastModified = md.LastModified
	s.Values, s.Plain = info.Counts.Encrypted, info.Counts.Plain
	s.Threshold = md.Threshold
	s.Selection = md.Rules.String()
	s.Writer = "sops " + md.Version
	if md.Own != nil {
		s.Writer = "encfg"
	}
	for _, g := range md.Groups {
		for _, st := range g {
			s.Recipients = append(s.Recipients, a.displayName(p, stanzaID(st)))
		}
	}
	if len(info.Problems) > 0 {
		s.Problem = info.Problems[0].Error()
		if n := len(info.Problems); n > 1 {
			s.Problem += fmt.Sprintf(" (and %d more; encfg verify lists them)", n-1)
		}
		s.code = codeOf(info.Problems[0])
	}
	if p.rule != nil && !p.rule.Skip {
		s.Drift = a.drift(p, formats.ByName(s.Format), md)
	}
}

// stanzaID names the recipient of a stanza.
func stanzaID(st keysource.Stanza) string {
	if src := keysource.ByName(st.Source); src != nil {
		return src.Recipient(st).ID
	}
	return st.Source + " (unknown to this encfg)"
}

// drift lists how a file differs from what its rule would make now.
func (a *app) drift(p *project, f formats.Format, md *crypt.Metadata) []string {
	var out []string
	groups, err := ruleGroups(p)
	if err != nil {
		return []string{err.Error()}
	}
	want, have := map[string]bool{}, map[string]bool{}
	for _, g := range groups {
		for _, r := range g {
			want[r.ID] = true
		}
	}
	for _, g := range md.Groups {
		for _, st := range g {
			id := stanzaID(st)
			have[id] = true
			if !want[id] {
				out = append(out, "the rule does not name "+shortRecipient(a.displayName(p, id)))
			}
		}
	}
	for _, g := range groups {
		for _, r := range g {
			if !have[r.ID] {
				out = append(out, "the file is not encrypted for "+shortRecipient(a.displayName(p, r.ID)))
			}
		}
	}
	if len(groups) > 0 && len(groups) != len(md.Groups) {
		out = append(out, fmt.Sprintf("the rule has %s, the file %s", plural(len(groups), "key group"), plural(len(md.Groups), "key group")))
	}
	if len(groups) > 1 && len(groups) == len(md.Groups) {
		want := p.rule.ShamirThreshold
		if want == 0 {
			want = len(groups)
		}
		if have := md.Threshold; want != have && (have != 0 || want != len(groups)) {
			out = append(out, fmt.Sprintf("the rule needs %d of the key groups, the file %d", want, have))
		}
	}
	if _, ok := f.(formats.Opaque); ok {
		return out // rules about keys do not apply
	}
	rules, err := selectionOf(p.rule).Normalize()
	if err == nil && rules.String() != md.Rules.String() {
		out = append(out, "the rule has "+rules.String())
	}
	if p.rule.MACOnlyEncrypted != md.MACOnlyEncrypted {
		out = append(out, fmt.Sprintf("the rule has mac_only_encrypted: %t", p.rule.MACOnlyEncrypted))
	}
	if md.Own != nil && p.rule.CommentsPlain != md.Rules.CommentsPlain {
		out = append(out, "the rule treats comments differently")
	}
	return out
}

// explain tells how the rule was found.
func explain(p *project) []string {
	if p.file == nil {
		return []string{"no .encfg.yaml and no .sops.yaml was found upward from the file"}
	}
	out := []string{"configuration: " + p.file.Path, "path seen by the rules: " + p.why.Target}
	for _, t := range p.why.Tried {
		mark := "no "
		if t.Matched {
			mark = "yes"
		}
		out = append(out, fmt.Sprintf("%s  rule in line %d: %s", mark, t.Rule.Line, t.Reason))
	}
	if p.rule == nil {
		out = append(out, "no rule matches")
	} else if p.rule.Skip {
		out = append(out, "the rule says that the file is not to be encrypted")
	}
	return out
}

// text is the status for people.
func (s *fileStatus) text() string {
	var b strings.Builder
	state := "plain text"
	if s.Encrypted {
		state = "encrypted"
	} else if s.expected && s.Problem == "" {
		state = "PLAIN TEXT, and a rule wants it encrypted"
	}
	fmt.Fprintf(&b, "%s: %s", s.File, state)
	if s.Format != "" {
		fmt.Fprintf(&b, " (%s)", s.Format)
	}
	b.WriteByte('\n')
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-11s %s\n", name, fmt.Sprintf(format, args...))
	}
	if s.Format != "" {
		line("values", "%d encrypted, %d plain", s.Values, s.Plain)
	}
	for i, r := range s.Recipients {
		name := ""
		if i == 0 {
			name = "recipients"
		}
		line(name, "%s", shortRecipient(r))
	}
	if s.Threshold > 0 {
		line("threshold", "%d key groups are needed", s.Threshold)
	}
	if s.Selection != "" {
		line("selection", "%s", s.Selection)
	}
	if s.LastModified != "" {
		line("modified", "%s by %s", s.LastModified, s.Writer)
	}
	if s.Rule != nil {
		line("rule", "line %d of %s", s.Rule.Line, s.Rule.Config)
	}
	for _, d := range s.Drift {
		line("DRIFT", "%s", d)
	}
	if s.Problem != "" {
		line("PROBLEM", "%s", s.Problem)
	}
	for _, e := range s.Explain {
		line("explain", "%s", e)
	}
	return b.String()
}
