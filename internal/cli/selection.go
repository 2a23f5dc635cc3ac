package cli

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/internal/config"
)

// ruleOptions are the selection rules: the flags, else the rule.
func ruleOptions(c *cli.Context, p *project) (r crypt.Rules, macOnly bool) {
	if p.rule != nil {
		r = selectionOf(p.rule)
		macOnly = p.rule.MACOnlyEncrypted
	}
	flags := crypt.Rules{
		UnencryptedSuffix: c.String("unencrypted-suffix"), EncryptedSuffix: c.String("encrypted-suffix"),
		UnencryptedRegex: c.String("unencrypted-regex"), EncryptedRegex: c.String("encrypted-regex"),
		UnencryptedCommentRegex: c.String("unencrypted-comment-regex"), EncryptedCommentRegex: c.String("encrypted-comment-regex"),
	}
	if flags != (crypt.Rules{}) {
		flags.CommentsPlain = r.CommentsPlain
		r = flags
	}
	if v := c.String("comments"); v != "" {
		r.CommentsPlain = v == "plain"
	}
	return r, macOnly || c.Bool("mac-only-encrypted")
}

// selectionOf is what a rule says about which values are encrypted.
func selectionOf(rule *config.Rule) crypt.Rules {
	s := rule.Selection
	return crypt.Rules{
		UnencryptedSuffix: s.UnencryptedSuffix, EncryptedSuffix: s.EncryptedSuffix,
		UnencryptedRegex: s.UnencryptedRegex, EncryptedRegex: s.EncryptedRegex,
		UnencryptedCommentRegex: s.UnencryptedCommentRegex, EncryptedCommentRegex: s.EncryptedCommentRegex,
		CommentsPlain: rule.CommentsPlain,
	}
}

// oneSelection refuses flags that contradict each other.
func oneSelection(c *cli.Context) error {
	var set []string
	for _, f := range selectionFlags() {
		if _, ok := f.(*cli.StringFlag); ok && f.Names()[0] != "comments" && c.String(f.Names()[0]) != "" {
			set = append(set, "--"+f.Names()[0])
		}
	}
	if len(set) > 1 {
		return fail(exitConflict, "use one of them", "%s contradict each other", strings.Join(set, " and "))
	}
	return nil
}

// selectionFlags are the flags behind ruleOptions.
func selectionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "unencrypted-suffix", Usage: "leave values whose key ends in this `TEXT`"},
		&cli.StringFlag{Name: "encrypted-suffix", Usage: "encrypt only values whose key ends in this `TEXT`"},
		&cli.StringFlag{Name: "unencrypted-regex", Usage: "leave values whose key matches this `REGEX`"},
		&cli.StringFlag{Name: "encrypted-regex", Usage: "encrypt only values whose key matches this `REGEX`"},
		&cli.StringFlag{Name: "unencrypted-comment-regex", Usage: "leave values below a comment that matches this `REGEX`"},
		&cli.StringFlag{Name: "encrypted-comment-regex", Usage: "encrypt only values below a comment that matches this `REGEX`"},
		&cli.BoolFlag{Name: "mac-only-encrypted", Usage: "authenticate only the encrypted values"},
		&cli.StringFlag{Name: "comments", Usage: "`plain` leaves comments as they are, encrypted (the default) does not"},
	}
}
