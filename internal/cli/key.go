package cli

import (
	"bytes"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/keysource"
)

func (a *app) keyCommand() *cli.Command {
	sub := func(name, usage, args string, action cli.ActionFunc) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, ArgsUsage: args, OnUsageError: usageError, Action: action}
	}
	return &cli.Command{
		Name:  "key",
		Usage: "keep identities in the keyring of the operating system",
		Description: "The keyring is the Secret Service on Linux, the Keychain on macOS and the\n" +
			"Credential Manager on Windows. Identities in it are found like those in files.",
		OnUsageError: usageError,
		Subcommands: []*cli.Command{
			sub("import", "put the identities of a file, or of standard input, into the keyring", "[FILE]", a.keyImport),
			sub("export", "print an identity of the keyring, for a backup", "RECIPIENT", a.keyExport),
			sub("rm", "remove an identity from the keyring", "RECIPIENT", a.keyRemove),
		},
	}
}

func (a *app) keyImport(c *cli.Context) error {
	t := target{path: stdio}
	if c.Args().Present() {
		t.path = c.Args().First()
	}
	data, err := a.read(t)
	if err != nil {
		return err
	}
	defer clear(data)
	n := 0
	for line := range bytes.Lines(data) {
		secret := strings.TrimSpace(string(line))
		if secret == "" || strings.HasPrefix(secret, "#") {
			continue
		}
		public, err := keysource.KeyringSet(c.Context, a.env(c), secret)
		if err != nil {
			return inFile(t.path, err)
		}
		a.notef("put the identity of %s into the keyring", shortRecipient(public))
		n++
	}
	if n == 0 {
		return inFile(t.path, fail(exitCannotRead, "encfg keygen --keyring makes one", "there is no identity in it"))
	}
	return nil
}

func (a *app) keyExport(c *cli.Context) error {
	public, err := a.oneRecipient(c)
	if err != nil {
		return err
	}
	secret, err := keysource.KeyringGet(c.Context, a.env(c), public)
	if err != nil {
		return err
	}
	if terminal(a.out) {
		a.warnf("the secret key is shown on the terminal")
	}
	return a.write(c, stdio, []byte("# public key: "+public+"\n"+secret+"\n"), 0o600)
}

func (a *app) keyRemove(c *cli.Context) error {
	public, err := a.oneRecipient(c)
	if err != nil {
		return err
	}
	if err := keysource.KeyringDelete(c.Context, a.env(c), public); err != nil {
		return err
	}
	a.notef("removed the identity of %s from the keyring", shortRecipient(public))
	return nil
}

func (a *app) oneRecipient(c *cli.Context) (string, error) {
	if c.NArg() != 1 {
		return "", fail(exitGeneric, "encfg key "+c.Command.Name+" age1…", "one recipient is needed: the public key of the identity")
	}
	return c.Args().First(), nil
}
