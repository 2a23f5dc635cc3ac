package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

func (a *app) accessCommand() *cli.Command {
	sub := func(name, usage, args, description string, flags []cli.Flag, action cli.ActionFunc) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, ArgsUsage: args, Description: description,
			Flags: flags, OnUsageError: usageError, Action: action}
	}
	return &cli.Command{
		Name:  "access",
		Usage: "say and change who can decrypt",
		Description: "RECIPIENT is a key (age1…, an ARN) or a name from the configuration: its section\n" +
			"names:, or a comment behind a recipient of a rule.",
		OnUsageError: usageError,
		Subcommands: []*cli.Command{
			sub("ls", "say who can decrypt what", "FILE…", "Needs no key.", slices.Concat(typeFlags(), treeFlags()), a.accessList),
			sub("add", "let a recipient decrypt", "RECIPIENT FILE…", "", rewriteFlags(), a.accessAdd),
			sub("rm", "take a recipient out, and make a new data key", "RECIPIENT FILE…",
				"Who was removed still knows what was in the files, and old versions stay readable\nfor them: the values to change are listed.",
				slices.Concat([]cli.Flag{
					&cli.BoolFlag{Name: "keep-key", Usage: "keep the data key: who was removed can decrypt new values if they kept it"},
					&cli.BoolFlag{Name: "force", Usage: "also remove yourself without asking"},
					acceptFlag(),
				}, rewriteFlags()), a.accessRemove),
			sub("sync", "make files follow their rules", "FILE…",
				"Recipients and selection become those of the rule. A recipient that is removed\nmakes a new data key.", rewriteFlags(), a.accessSync),
		},
	}
}

// updateKeysCommand is sops updatekeys: access sync. Its -y is taken, since
// nothing is asked anyway.
func (a *app) updateKeysCommand() *cli.Command {
	return &cli.Command{
		Name:         "updatekeys",
		Usage:        "make files follow their rules (access sync)",
		ArgsUsage:    "FILE…",
		Hidden:       true,
		Flags:        append(rewriteFlags(), &cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Hidden: true}),
		OnUsageError: usageError,
		Action:       a.accessSync,
	}
}

// accessArgs splits the operands into a recipient and files.
func (a *app) accessArgs(c *cli.Context) (string, []target, error) {
	args := c.Args().Slice()
	if len(args) < 2 {
		return "", nil, fail(exitGeneric, "encfg access "+c.Command.Name+" RECIPIENT FILE…", "a recipient and a file are needed")
	}
	list, err := a.targetsOf(c, args[1:])
	return args[0], list, err
}

// parseRecipient reads a key or a name.
func (a *app) parseRecipient(p *project, text string) ([]keysource.Recipient, error) {
	text = a.resolve(p, text)
	var first error
	for _, s := range keysource.All() {
		r, err := s.Parse(text)
		if err == nil && len(r) > 0 {
			return r, nil
		}
		if first == nil {
			first = err
		}
	}
	var ke *keysource.Error
	if errors.As(first, &ke) && ke.Recipient != "" && !strings.ContainsAny(text, ": /") && !strings.HasPrefix(text, "age1") {
		return nil, &failure{code: exitNoRecipients, err: first,
			msg:  ke.Recipient + ": neither a key nor a name that the configuration has",
			hint: "names stand below names: in .encfg.yaml, or in a comment behind a recipient of a rule; encfg access ls FILE shows keys"}
	}
	return nil, recipientFailure(first)
}

func (a *app) accessAdd(c *cli.Context) error {
	text, list, err := a.accessArgs(c)
	if err != nil {
		return err
	}
	results, err := a.rewrite(c, list, func(ctx context.Context, t target, f *crypt.File, r *rewritten) ([]byte, error) {
		p, err := a.project(c, t.path)
		if err != nil {
			return nil, err
		}
		add, err := a.parseRecipient(p, text)
		if err != nil {
			return nil, err
		}
		groups, err := currentGroups(f.Metadata)
		if err != nil {
			return nil, err
		}
		for _, rec := range add {
			if !slices.ContainsFunc(groups[0], func(o keysource.Recipient) bool { return o.Source == rec.Source && o.ID == rec.ID }) {
				groups[0] = append(groups[0], rec)
				r.Added = append(r.Added, a.displayName(p, rec.ID))
			}
		}
		if len(r.Added) == 0 {
			return nil, nil
		}
		ch := f.Unchanged()
		ch.Groups = groups
		if ch.Unvouched, err = a.strangers(c, p, f.Metadata); err != nil {
			return nil, err
		}
		return a.reencrypt(ctx, c, f, ch, r)
	})
	return a.said(results, err)
}

// currentGroups are the recipients as they stand in a file.
func currentGroups(md *crypt.Metadata) ([][]keysource.Recipient, error) {
	var groups [][]keysource.Recipient
	for _, g := range md.Groups {
		var group []keysource.Recipient
		for _, s := range g {
			src := keysource.ByName(s.Source)
			if src == nil {
				return nil, fail(exitGeneric, "a newer encfg may know it", "the file has a recipient of the unknown kind %q", s.Source)
			}
			group = append(group, src.Recipient(s))
		}
		groups = append(groups, group)
	}
	return groups, nil
}

func (a *app) accessRemove(c *cli.Context) error {
	text, list, err := a.accessArgs(c)
	if err != nil {
		return err
	}
	own, err := keysource.OwnRecipients(c.Context, a.env(c))
	if err != nil {
		return err
	}
	results, err := a.rewrite(c, list, func(ctx context.Context, t target, f *crypt.File, r *rewritten) ([]byte, error) {
		p, err := a.project(c, t.path)
		if err != nil {
			return nil, err
		}
		rest, removed, err := a.without(p, f.Metadata, text)
		if err != nil {
			return nil, err
		}
		if len(removed) == 0 {
			return nil, nil
		}
		if err := a.confirmSelf(c, own, removed); err != nil {
			return nil, err
		}
		for _, rec := range removed {
			r.Removed = append(r.Removed, a.displayName(p, rec.ID))
		}
		r.Expose = exposedKeys(f)
		ch := f.Unchanged()
		ch.Groups, ch.NewKey = rest, !c.Bool("keep-key")
		ch.Threshold = min(ch.Threshold, len(rest))
		stay := remaining(f.Metadata, rest)
		if ch.NewKey {
			if _, err := a.trusted(c, p, stay); err != nil {
				return nil, err
			}
		}
		if ch.Unvouched, err = a.strangers(c, p, stay); err != nil {
			return nil, err
		}
		return a.reencrypt(ctx, c, f, ch, r)
	})
	return a.said(results, err)
}

// without takes a recipient out of the groups of a file.
func (a *app) without(p *project, md *crypt.Metadata, text string) (rest [][]keysource.Recipient, removed []keysource.Recipient, err error) {
	groups, err := currentGroups(md)
	if err != nil {
		return nil, nil, err
	}
	wanted := strings.Split(a.resolve(p, text), ",")
	for _, g := range groups {
		var kept []keysource.Recipient
		for _, r := range g {
			if slices.Contains(wanted, r.ID) {
				removed = append(removed, r)
			} else {
				kept = append(kept, r)
			}
		}
		if len(kept) > 0 {
			rest = append(rest, kept)
		}
	}
	if len(removed) == 0 {
		if _, err := a.parseRecipient(p, text); err != nil {
			return nil, nil, err
		}
	}
	if len(rest) == 0 {
		return nil, nil, fail(exitNoRecipients, "add another one first: encfg access add RECIPIENT FILE", "this is the last recipient: nobody could decrypt the file")
	}
	if len(rest) < len(groups) && md.Threshold > len(rest) {
		return nil, nil, fail(exitNoRecipients, "change shamir_threshold in the rule, then: encfg access sync FILE",
			"the key group would be empty, and %d groups are needed to decrypt", md.Threshold)
	}
	return rest, removed, nil
}

// remaining is the sops block with the stanzas of these recipients only.
func remaining(md *crypt.Metadata, groups [][]keysource.Recipient) *crypt.Metadata {
	ids := map[string]bool{}
	for _, g := range groups {
		for _, id := range idsOf(g) {
			ids[id] = true
		}
	}
	stay := *md
	stay.Groups = nil
	for _, g := range md.Groups {
		stay.Groups = append(stay.Groups, slices.DeleteFunc(slices.Clone(g), func(s keysource.Stanza) bool { return !ids[crypt.RecipientID(s)] }))
	}
	return &stay
}

// confirmSelf asks before users lock themselves out.
func (a *app) confirmSelf(c *cli.Context, own keysource.Own, removed []keysource.Recipient) error {
	self := slices.ContainsFunc(removed, func(r keysource.Recipient) bool { return slices.Contains(own.Recipients, r.ID) })
	if !self || c.Bool("force") {
		return nil
	}
	_, err := a.cache.Do("confirm self", func() (any, error) {
		if !a.interactive() {
			return nil, fail(exitConflict, "--force does it", "this recipient is you: you could not decrypt the file any more")
		}
		answer, err := a.ask(c.Context, "this recipient is you: you will not be able to decrypt the files any more. Go on? [y/N] ", "n", "y")
		if err == nil && answer != "y" {
			err = fail(exitGeneric, "", "nothing was changed")
		}
		return nil, err
	})
	return err
}

// exposedKeys lists the paths of the encrypted values of a file.
func exposedKeys(f *crypt.File) []string {
	doc, err := f.Format.Parse(f.Plain)
	if err != nil {
		return nil
	}
	var out []string
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if l.Type != formats.Comment && l.Value != "" && f.Encrypts(l) {
			out = append(out, l.At.String())
		}
	}
	return slices.Compact(out)
}

func (a *app) accessSync(c *cli.Context) error {
	list, err := a.targets(c)
	if err != nil {
		return err
	}
	results, err := a.rewrite(c, list, func(ctx context.Context, t target, f *crypt.File, r *rewritten) ([]byte, error) {
		p, err := a.project(c, t.path)
		if err != nil {
			return nil, err
		}
		if p.rule == nil || p.rule.Skip {
			if t.found {
				a.notef("%s: no creation rule matches, so it stays as it is", t.path)
				return nil, nil
			}
			return nil, fail(exitNoRecipients, "encfg status --explain "+t.path+" shows the rules", "no creation rule matches")
		}
		groups, err := ruleGroups(p)
		if err != nil {
			return nil, err
		}
		if len(groups) == 0 {
			return nil, fail(exitNoRecipients, "add age: [age1…] to the rule", "the rule in line %d of %s names no recipient", p.rule.Line, p.file.Path)
		}
		r.Added, r.Removed = a.difference(p, f.Metadata, groups)
		if len(a.drift(p, f.Format, f.Metadata)) == 0 {
			return nil, nil
		}
		rules, macOnly := ruleOptions(c, p)
		if rules, err = rules.Normalize(); err != nil {
			return nil, err
		}
		ch := crypt.Change{Rules: rules, MACOnlyEncrypted: macOnly, Groups: groups, Threshold: p.rule.ShamirThreshold, NewKey: len(r.Removed) > 0}
		if ch.NewKey {
			r.Expose = exposedKeys(f)
		}
		return a.reencrypt(ctx, c, f, ch, r)
	})
	return a.said(results, err)
}

// difference names who comes and who goes.
func (a *app) difference(p *project, md *crypt.Metadata, groups [][]keysource.Recipient) (added, removed []string) {
	have, want := map[string]bool{}, map[string]bool{}
	for _, g := range md.Groups {
		for _, s := range g {
			have[crypt.RecipientID(s)] = true
		}
	}
	for _, g := range groups {
		for _, r := range g {
			id := r.Source + ":" + r.ID
			want[id] = true
			if !have[id] {
				added = append(added, a.displayName(p, r.ID))
			}
		}
	}
	for _, g := range md.Groups {
		for _, s := range g {
			if !want[crypt.RecipientID(s)] {
				removed = append(removed, a.displayName(p, stanzaID(s)))
			}
		}
	}
	return added, removed
}
