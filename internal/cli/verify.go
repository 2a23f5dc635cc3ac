package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
)

func (a *app) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check that files decrypt and are whole; shows no value",
		ArgsUsage: "FILE…",
		Description: "Checks every value, the MAC, and whether decrypting gives the original bytes.\n" +
			"--no-decrypt checks what can be checked without a key: the structure, the form\n" +
			"of the tokens, and that nothing is in plain text which the rules want encrypted.",
		Flags: slices.Concat([]cli.Flag{
			&cli.BoolFlag{Name: "no-decrypt", Usage: "check without a key"},
		}, typeFlags(), treeFlags()),
		OnUsageError: usageError,
		Action:       a.verify,
	}
}

// verified is what verify found in one file.
type verified struct {
	File      string   `json:"file"`
	OK        bool     `json:"ok"`
	Decrypted bool     `json:"decrypted"`
	Values    int      `json:"values_encrypted"`
	Plain     int      `json:"values_plain"`
	Comments  int      `json:"comments_encrypted"`
	Exact     *bool    `json:"byte_exact"` // null without a key, and for a file that sops wrote
	Problems  []string `json:"problems,omitempty"`

	code int
}

func (a *app) verify(c *cli.Context) error {
	list, err := a.targets(c)
	if err != nil {
		return err
	}
	results := []*verified{}
	err = a.forEach(c.Context, list, func(ctx context.Context, t target) (any, error) {
		v, err := a.verifyFile(ctx, c, t)
		if err != nil || v == nil {
			return nil, err
		}
		return v, nil
	}, func(_ target, v any) { results = append(results, v.(*verified)) })
	code := 0
	for _, v := range results {
		code = worse(code, v.code)
		if a.json {
			continue
		}
		for _, p := range v.Problems {
			a.line("encfg: " + v.File + ": " + p)
		}
		if v.OK && !a.quiet {
			fmt.Fprintf(a.out, "%s: %s\n", v.File, v.text())
		}
	}
	if a.json {
		if jerr := a.printJSON(results); jerr != nil {
			return jerr
		}
	}
	if err == nil && code != 0 {
		err = &doneError{code}
	}
	return err
}

func (v *verified) text() string {
	s := "ok, " + countText(v.Values, v.Comments)
	if !v.Decrypted {
		return s + " in the right form (not decrypted)"
	}
	s += ", the MAC matches"
	switch {
	case v.Exact == nil:
		s += "; written by sops, so the original bytes are not known"
	case *v.Exact:
		s += ", decrypts to the original bytes"
	default:
		s += "; another tool has rewritten the file: the layout may differ from the original"
	}
	return s
}

func (a *app) verifyFile(ctx context.Context, c *cli.Context, t target) (*verified, error) {
	enc, err := a.read(t)
	if err != nil {
		return nil, err
	}
	f, err := a.format(c, t, enc)
	if err != nil {
		return nil, err
	}
	if t.found && !isEncrypted(f, enc) {
		return nil, nil
	}
	info, err := crypt.Inspect(f, enc)
	if err != nil {
		return nil, err
	}
	v := &verified{File: t.name(c), Values: info.Counts.Encrypted, Plain: info.Counts.Plain, Comments: info.Counts.Comments}
	for _, p := range info.Problems {
		v.Problems = append(v.Problems, p.Error())
		v.code = worse(v.code, codeOf(p))
	}
	if !c.Bool("no-decrypt") && v.code == 0 {
		file, err := crypt.Open(ctx, a.env(c), f, enc, crypt.OpenOptions{Readonly: true})
		if err != nil {
			return nil, err
		}
		defer file.Close()
		v.Decrypted, v.Values, v.Comments = true, file.Counts.Encrypted, file.Counts.Comments
		if file.Metadata.Own != nil {
			v.Exact = &file.Exact
		}
		if own := file.Metadata.Own; own != nil && len(own.Forged) > 0 {
			v.code = exitGeneric
			for _, key := range own.Forged {
				v.Problems = append(v.Problems, key+": the date of the last change was made without the key")
			}
		}
		if strangers, ok := file.Metadata.Strangers(); ok && len(strangers) > 0 {
			v.code = exitGeneric
			for _, id := range strangers {
				_, recipient, _ := strings.Cut(id, ":")
				v.Problems = append(v.Problems, "nobody who had the key put this recipient into the file: "+shortRecipient(recipient))
			}
		}
	}
	v.OK = v.code == 0
	return v, nil
}
