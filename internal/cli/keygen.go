package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/keysource"
)

func (a *app) keygenCommand() *cli.Command {
	return &cli.Command{
		Name:  "keygen",
		Usage: "make an age identity",
		Description: "Writes a new identity to standard output, or with -o to a new file (mode 0600),\n" +
			"and says the public key, the recipient, on standard error.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "pq", Usage: "make a post-quantum identity"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to this new `FILE`"},
			&cli.BoolFlag{Name: "keyring", Usage: "keep it in the keyring of the operating system"},
		},
		OnUsageError: usageError,
		Action:       a.keygen,
	}
}

func (a *app) keygen(c *cli.Context) error {
	if c.Args().Present() {
		return fail(exitGeneric, "-o FILE names the file", "keygen takes no operand, and there is %q", c.Args().First())
	}
	id, err := keysource.GenerateIdentity(c.Bool("pq"), time.Now())
	if err != nil {
		return err
	}
	out := c.String("output")
	if c.Bool("keyring") {
		if out != "" {
			return fail(exitConflict, "use one of them", "-o and --keyring contradict each other")
		}
		if _, err := keysource.KeyringSet(c.Context, a.env(c), id.Secret); err != nil {
			return err
		}
		a.notef("made an identity in the keyring; encfg key export shows it, for a backup")
		a.notef("public key: %s", id.Public)
		return a.keygenJSON(generated{Recipient: id.Public})
	}
	if a.json && (out == "" || out == stdio) {
		return a.printJSON(generated{Recipient: id.Public, Identity: id.Secret})
	}
	if out == "" || out == stdio {
		if terminal(a.out) {
			a.warnf("the secret key is shown on the terminal; -o FILE keeps it in a file")
		}
		if err := a.write(c, stdio, []byte(id.File), 0o600); err != nil {
			return err
		}
	} else if err := newSecretFile(out, id.File); err != nil {
		return err
	}
	a.notef("public key: %s", id.Public)
	return a.keygenJSON(generated{File: out, Recipient: id.Public})
}

// generated is the result of keygen.
type generated struct {
	File      string `json:"file,omitempty"`
	Recipient string `json:"recipient"`
	Identity  string `json:"identity,omitempty"` // only where it has no other place
}

func (a *app) keygenJSON(g generated) error {
	if !a.json {
		return nil
	}
	return a.printJSON(g)
}

// newSecretFile writes a file that nobody else may read, and refuses to
// replace one.
func newSecretFile(path, text string) error {
	err := writeNew(path, []byte(text), 0o600)
	if errors.Is(err, fs.ErrExist) {
		return inFile(path, fail(exitCannotWrite, "name another file; a key that is lost cannot be made again", "this file exists already"))
	}
	return err
}

// newSecretFolder makes the folder of a secret file, for its owner only.
func newSecretFolder(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return inFile(dir, writeReason(err))
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return inFile(dir, writeReason(err))
	}
	return nil
}

// writeReason is pathReason for something that cannot be written.
func writeReason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return &failure{code: exitCannotWrite, msg: "cannot write it: " + pe.Err.Error(), err: err}
	}
	return &failure{code: exitCannotWrite, msg: "cannot write it: " + err.Error(), err: err}
}
