package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/keysource"
)

func (a *app) rotateCommand() *cli.Command {
	return &cli.Command{
		Name:      "rotate",
		Usage:     "give files a new data key, and seal all values anew",
		ArgsUsage: "FILE…",
		Description: "Wraps the new data key for the recipients that the file has. One that neither a\n" +
			"rule names nor anybody with the key put there is refused: see --accept.",
		Flags:        slices.Concat([]cli.Flag{acceptFlag()}, rewriteFlags()),
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			list, err := a.targets(c)
			if err != nil {
				return err
			}
			results, err := a.rewrite(c, list, func(ctx context.Context, t target, f *crypt.File, r *rewritten) ([]byte, error) {
				p, err := a.project(c, t.path)
				if err != nil {
					return nil, err
				}
				groups, err := a.trusted(c, p, f.Metadata)
				if err != nil {
					return nil, err
				}
				ch := f.Unchanged()
				ch.Groups, ch.NewKey = groups, true
				return a.reencrypt(ctx, c, f, ch, r)
			})
			return a.said(results, err)
		},
	}
}

func acceptFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "accept", Usage: "this `RECIPIENT` of the file is known and wanted (repeatable)"}
}

// reencrypt applies a change to the file as it is.
func (a *app) reencrypt(ctx context.Context, c *cli.Context, f *crypt.File, ch crypt.Change, r *rewritten) ([]byte, error) {
	a.warnMixed(ch.Groups)
	s, err := f.Reencrypt(ctx, a.env(c), f.Plain, ch, time.Now())
	if err != nil {
		return nil, err
	}
	r.NewKey = ch.NewKey
	return s.Text, nil
}

// said reports what was done to the files.
func (a *app) said(results []*rewritten, err error) error {
	if a.json {
		if results == nil {
			results = []*rewritten{}
		}
		if jerr := a.printJSON(results); jerr != nil {
			return jerr
		}
		return err
	}
	for _, r := range results {
		a.sayRewritten(r)
	}
	return err
}

func (a *app) sayRewritten(r *rewritten) {
	if !r.Changed {
		a.notef("%s: nothing to change", r.File)
		return
	}
	verb := "changed"
	if r.DryRun {
		verb = "would change"
	}
	what := ""
	if len(r.Added) > 0 {
		what += ", added " + joinRecipients(r.Added)
	}
	if len(r.Removed) > 0 {
		what += ", removed " + joinRecipients(r.Removed)
	}
	if r.NewKey {
		what += ", new data key"
	}
	a.notef("%s %s%s", verb, r.File, what)
	if len(r.Expose) > 0 {
		a.notef("  whoever was removed has known these values; change them where they are used:")
		for _, k := range r.Expose {
			a.notef("    %s", k)
		}
	}
}

// trusted gives the recipients of a file for a new data key. Who is in the file
// is not authenticated by sops: anybody could have pasted a stanza into it. So
// each recipient must be named by the rule, by the record that encfg seals in
// the file, or by the user.
func (a *app) trusted(c *cli.Context, p *project, md *crypt.Metadata) ([][]keysource.Recipient, error) {
	groups, err := currentGroups(md)
	if err != nil {
		return nil, err
	}
	strangers, err := a.strangers(c, p, md)
	if err != nil {
		return nil, err
	}
	if len(strangers) > 0 {
		var names []string
		for _, id := range strangers {
			_, recipient, _ := strings.Cut(id, ":")
			names = append(names, a.displayName(p, recipient))
		}
		hint := "if you know them: --accept RECIPIENT for each, or name them in a rule; otherwise: encfg access rm RECIPIENT FILE"
		return nil, fail(exitNoRecipients, hint, "no rule names these recipients of the file, and nobody who had the key put them there, so they get no new data key: %s",
			joinRecipients(names))
	}
	return groups, nil
}

// strangers lists the recipients of a file that neither the rule nor the sealed
// record nor the user names, as crypt.RecipientID does.
func (a *app) strangers(c *cli.Context, p *project, md *crypt.Metadata) ([]string, error) {
	known := map[string]bool{}
	if p.rule != nil {
		groups, err := ruleGroups(p)
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			for _, id := range idsOf(g) {
				known[id] = true
			}
		}
	}
	if md.Own != nil {
		for _, id := range md.Own.Recipients {
			known[id] = true
		}
	}
	accepted := c.StringSlice("accept")
	var out []string
	for _, g := range md.Groups {
		for _, s := range g {
			id := stanzaID(s)
			if !known[crypt.RecipientID(s)] && !slices.Contains(accepted, id) && !slices.Contains(accepted, a.displayName(p, id)) {
				out = append(out, crypt.RecipientID(s))
			}
		}
	}
	return out, nil
}
