package cli

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/atomicfile"
)

func (a *app) encryptCommand() *cli.Command {
	return &cli.Command{
		Name:      "encrypt",
		Aliases:   []string{"enc"},
		Usage:     "encrypt the values of files, in place",
		ArgsUsage: "[FILE…]",
		Description: "Encrypts files in place, for the recipients of the first creation rule that\n" +
			"matches. Without a FILE, or with -, reads standard input and writes standard\n" +
			"output. The result is decrypted again and compared before anything is written.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to this `FILE`, or to standard output with -"},
			&cli.BoolFlag{Name: "in-place", Aliases: []string{"i"}, Usage: "write back to the file (the default)"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "say what would be done, and write nothing"},
			&cli.IntFlag{Name: "shamir-threshold", Hidden: true},
		}, reuseFlags(), typeFlags(), treeFlags(), recipientFlags(), selectionFlags()),
		OnUsageError: usageError,
		Action:       a.encrypt,
	}
}

// encrypted is the result for one file.
type encrypted struct {
	File       string   `json:"file"`
	Format     string   `json:"format"`
	Encrypted  int      `json:"values_encrypted"`
	Plain      int      `json:"values_plain"`
	Comments   int      `json:"comments_encrypted"`
	Recipients []string `json:"recipients"`
	Reused     string   `json:"reused,omitempty"`
	DryRun     bool     `json:"dry_run,omitempty"`

	text []byte
	skip bool
}

func (a *app) encrypt(c *cli.Context) error {
	list, err := a.targets(c)
	if err != nil {
		return err
	}
	out, err := a.output(c, list, true)
	if err != nil {
		return err
	}
	if err := oneSelection(c); err != nil {
		return err
	}
	if v := c.String("comments"); v != "" && v != "plain" && v != "encrypted" {
		return fail(exitGeneric, "--comments takes plain or encrypted", "there is no way %q to treat comments", v)
	}
	results := []*encrypted{}
	named := map[string][]string{} // files that are encrypted now, by folder
	err = a.forEach(c.Context, list, func(ctx context.Context, t target) (any, error) {
		r, err := a.encryptFile(ctx, c, t, out)
		if err != nil || r.skip {
			return nil, err
		}
		return r, nil
	}, func(t target, v any) {
		r := v.(*encrypted)
		results = append(results, r)
		verb := "encrypted"
		if r.DryRun {
			verb = "would encrypt"
		}
		a.notef("%s %s: %s for %s", verb, r.File, countText(r.Encrypted, r.Comments), joinRecipients(r.Recipients))
		if r.Reused != "" {
			a.notef("  unchanged values keep their ciphertext from %s (--fresh seals all anew)", r.Reused)
		}
		if out == "" && !r.DryRun && !t.found && t.path != stdio {
			dir := filepath.Dir(realPath(t.path))
			named[dir] = append(named[dir], t.path)
		}
	})
	if !a.quiet && !a.json {
		a.noteHidden(c, named)
	}
	if err == nil && len(results) == 0 && !a.json {
		a.notef("nothing to encrypt: no file in the folder that a creation rule matches is in plain text")
	}
	if a.json && out != stdio {
		if jerr := a.printJSON(results); jerr != nil {
			return jerr
		}
	}
	return err
}

func (a *app) encryptFile(ctx context.Context, c *cli.Context, t target, out string) (*encrypted, error) {
	seal := func(src []byte) (*encrypted, error) { return a.sealText(ctx, c, t, src) }
	if t.found { // look before locking: most files of a folder are no candidates
		src, err := a.read(t)
		if err != nil {
			return nil, err
		}
		if r, err := a.candidate(c, t, src); err != nil || !r {
			return &encrypted{skip: true}, err
		}
	}
	if out != "" || c.Bool("dry-run") || t.path == stdio {
		src, err := a.read(t)
		if err != nil {
			return nil, err
		}
		r, err := seal(src)
		if err != nil || r.skip || r.DryRun {
			return r, err
		}
		return r, a.write(c, out, r.text, 0o644)
	}
	f, err := atomicfile.Open(ctx, t.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := seal(f.Data)
	if err != nil || r.skip {
		return r, err
	}
	return r, f.Replace(r.text)
}

// noteHidden says of which files git would not commit the encrypted form:
// people who kept them in plain text so far have seen to that.
func (a *app) noteHidden(c *cli.Context, byFolder map[string][]string) {
	for _, dir := range slices.Sorted(maps.Keys(byFolder)) {
		repo, err := a.repo(c, dir)
		if err != nil {
			continue
		}
		files, err := hidden(repo, byFolder[dir])
		if err != nil {
			continue
		}
		for _, f := range files {
			a.notef("git ignores %s: to commit it, take it out of .gitignore", f)
		}
	}
}

// candidate reports that a file found in a folder is to be encrypted: a rule
// matches, it is no template, and it is not encrypted yet.
func (a *app) candidate(c *cli.Context, t target, src []byte) (bool, error) {
	p, err := a.project(c, t.name(c))
	if err != nil || p.file != nil && !p.wants(t.path) || p.file == nil && isTemplate(p, t.path) {
		return false, err
	}
	f, err := a.format(c, t, src)
	if err != nil {
		return false, err
	}
	return !isEncrypted(f, src), nil
}

// isEncrypted reports that a file has a sops block, intact or not.
func isEncrypted(f formats.Format, src []byte) bool {
	if !mentionsSops(src) {
		return false // most files, and reading them takes time
	}
	_, err := f.ParseEncrypted(src)
	return err == nil
}

// sealText encrypts one file in memory.
func (a *app) sealText(ctx context.Context, c *cli.Context, t target, src []byte) (*encrypted, error) {
	f, err := a.format(c, t, src)
	if err != nil {
		return nil, err
	}
	name := t.name(c)
	p, err := a.project(c, name)
	if err != nil {
		return nil, err
	}
	if p.rule != nil && p.rule.Skip && !t.found {
		return nil, fail(exitNoRecipients, "rename the file, or change the rule",
			"the rule in line %d of %s says that this file is not to be encrypted", p.rule.Line, p.file.Path)
	}
	groups, threshold, err := a.recipients(c, p, name)
	if err != nil {
		return nil, err
	}
	if n := c.Int("shamir-threshold"); n > 0 {
		threshold = n
	}
	a.warnMixed(groups)
	rules, macOnly := ruleOptions(c, p)
	o := crypt.Options{Rules: rules, MACOnlyEncrypted: macOnly, Groups: groups, Threshold: threshold, Dated: a.dated(c, name, f)}
	sealed, from, err := a.sealOrReuse(ctx, c, t, f, src, o)
	if err != nil {
		return nil, err
	}
	r := &encrypted{File: name, Format: f.Name(), Encrypted: sealed.Counts.Encrypted, Plain: sealed.Counts.Plain,
		Comments: sealed.Counts.Comments, Reused: from, DryRun: c.Bool("dry-run"), text: sealed.Text}
	for _, g := range groups {
		for _, rec := range g {
			r.Recipients = append(r.Recipients, a.displayName(p, rec.ID))
		}
	}
	return r, nil
}

// displayName is the name of a recipient in the configuration, or itself.
func (a *app) displayName(p *project, id string) string {
	if p != nil && p.file != nil {
		if n := p.file.NameOf(id); n != "" {
			return n
		}
	}
	return id
}

func countText(values, comments int) string {
	s := plural(values, "value")
	if comments > 0 {
		s += " and " + plural(comments, "comment")
	}
	return s
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// joinRecipients shortens a list for a line of text.
func joinRecipients(list []string) string {
	s := ""
	for i, r := range list {
		if i == 3 && len(list) > 4 {
			return s + " and " + strconv.Itoa(len(list)-3) + " more"
		}
		if i > 0 {
			s += ", "
		}
		s += shortRecipient(r)
	}
	return s
}

// shortRecipient cuts a post-quantum recipient, which has 2,000 letters.
func shortRecipient(r string) string {
	if len(r) > 80 {
		return r[:24] + "…" + r[len(r)-6:]
	}
	return r
}
