package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/example"
	"github.com/encfg/encfg/internal/rotation"
)

func (a *app) rotationCommand() *cli.Command {
	return &cli.Command{
		Name:      "rotation",
		Usage:     "say which secrets are due to be changed",
		ArgsUsage: "[FILE|FOLDER…]",
		Description: "Lists the values under the rotation rules of .encfg.yaml, and those with a\n" +
			"comment @expires in a template, the most urgent first. Needs no key: the date\n" +
			"of the last change is recorded in the encrypted file. Where it is not, the git\n" +
			"history tells when the ciphertext changed, else when the file was written; both\n" +
			"can be later than the change of the value. A value is URGENT in the last quarter\n" +
			"of its warning time.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "fail-on", Usage: "exit with 1 if a value is expired, urgent or warning: the `STATUS`, or a worse one"},
			&cli.StringFlag{Name: "ics", Usage: "write the dates for a calendar to this `FILE`, or to standard output with -"},
		}, typeFlags()[:1], treeFlags()[1:]),
		OnUsageError: usageError,
		Action:       a.rotation,
	}
}

func (a *app) rotation(c *cli.Context) error {
	limit, err := failOn(c.String("fail-on"))
	if err != nil {
		return err
	}
	if c.String("ics") == stdio && a.json {
		return fail(exitConflict, "use --ics FILE", "--json and the calendar cannot both go to standard output")
	}
	list, err := a.filesAndFolders(c)
	if err != nil {
		return err
	}
	now := time.Now()
	creds := []rotation.Credential{}
	err = a.forEach(c.Context, list, func(ctx context.Context, t target) (any, error) {
		return a.credentials(ctx, c, t, now)
	}, func(_ target, v any) { creds = append(creds, v.([]rotation.Credential)...) })
	rotation.Sort(creds)
	if werr := a.showRotation(c, creds, now); werr != nil {
		return werr
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(creds, func(r rotation.Credential) bool { return r.Status >= limit }) {
		return &doneError{exitGeneric}
	}
	return nil
}

// failOn reads the status from which on the command fails.
func failOn(word string) (rotation.Status, error) {
	switch strings.ToLower(word) {
	case "":
		return rotation.Expired + 1, nil
	case "expired":
		return rotation.Expired, nil
	case "urgent":
		return rotation.Urgent, nil
	case "warning":
		return rotation.Warning, nil
	}
	return 0, fail(exitGeneric, "it is expired, urgent or warning", "there is no status %q to fail on", word)
}

// filesAndFolders are the operands, folders searched, or the current folder.
func (a *app) filesAndFolders(c *cli.Context) ([]target, error) {
	args := c.Args().Slice()
	if len(args) == 0 {
		args = []string{"."}
	}
	var list []target
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, inFile(arg, pathReason(err))
		}
		if !info.IsDir() {
			list = append(list, target{path: arg})
			continue
		}
		found, err := walk(c, arg)
		if err != nil {
			return nil, inFile(arg, pathReason(err))
		}
		list = append(list, found...)
	}
	return list, nil
}

// credentials lists the values of a file that have an age rule.
func (a *app) credentials(ctx context.Context, c *cli.Context, t target, now time.Time) ([]rotation.Credential, error) {
	src, err := a.read(t)
	if err != nil {
		return nil, err
	}
	f, err := a.format(c, t, src)
	if err != nil || !isEncrypted(f, src) {
		if t.found {
			err = nil
		}
		return nil, err
	}
	p, err := a.project(c, t.path)
	if err != nil {
		return nil, err
	}
	rules := a.ageRules(c, p, t.path, f)
	if rules == nil {
		return nil, nil
	}
	info, err := crypt.Inspect(f, src)
	if err != nil {
		return nil, err
	}
	values, err := example.EncryptedValues(f, src)
	if err != nil {
		return nil, err
	}
	h := a.newHistory(ctx, t.path, f, info.Metadata)
	defer h.close()
	var out []rotation.Credential
	for i := range values {
		v := &values[i]
		rule := rules(v.Leaf)
		if rule == nil || !v.Hidden {
			continue
		}
		r := rotation.Credential{File: t.path, Key: v.Key, Owner: rule.owner, Note: rule.note}
		r.Changed, r.From = h.changed(v.Leaf)
		r.Judge(rule.maxAge, rule.warn, now)
		out = append(out, r)
	}
	return out, nil
}

func (a *app) showRotation(c *cli.Context, creds []rotation.Credential, now time.Time) error {
	if out := c.String("ics"); out != "" {
		if err := a.write(c, out, []byte(rotation.Calendar(creds, now)), 0o644); err != nil {
			return err
		}
		if out == stdio {
			return nil
		}
		a.notef("wrote %s: %s", out, plural(len(creds), "date"))
	}
	for _, r := range creds {
		if r.Status != rotation.OK {
			level := "warning"
			if r.Status == rotation.Expired {
				level = "error"
			}
			a.annotate(level, r.File, 0, r.Key+": "+strings.ToLower(r.Status.String())+", to be changed by "+r.Expires.Format(time.DateOnly))
		}
	}
	if a.json {
		return a.printJSON(creds)
	}
	if len(creds) == 0 {
		a.notef("no value has a rotation rule; see rotation in %s", ".encfg.yaml")
		return nil
	}
	return a.rotationTable(creds)
}

// rotationTable prints the table; the status comes first, so that its colour
// does not disturb the columns.
func (a *app) rotationTable(creds []rotation.Credential) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DAYS LEFT\tCREDENTIAL\tFILE\tCHANGED\tEXPIRES\tFROM\tOWNER")
	for _, r := range creds {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", r.DaysLeft, r.Key, r.File,
			r.Changed.Format(time.DateOnly), r.Expires.Format(time.DateOnly), r.From, r.Owner)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	colours := a.colour(a.out)
	for i, row := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		status, colour := "STATUS", ""
		if i > 0 {
			status = creds[i-1].Status.String()
			colour = statusColours[creds[i-1].Status]
		}
		status = fmt.Sprintf("%-9s", status)
		if colours && colour != "" {
			status = colour + status + "\x1b[0m"
		}
		fmt.Fprintln(a.out, status+strings.TrimRight(row, " "))
		if i > 0 && creds[i-1].Status != rotation.OK && creds[i-1].Note != "" {
			fmt.Fprintln(a.out, "         "+creds[i-1].Note)
		}
	}
	return nil
}

// statusColours are escape sequences: green, yellow, bold yellow, bold red.
var statusColours = [...]string{"\x1b[32m", "\x1b[33m", "\x1b[1;33m", "\x1b[1;31m"}
