package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/config"
	"github.com/encfg/encfg/keysource"
)

func (a *app) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "make an age identity and the configuration of a project",
		ArgsUsage: "[FOLDER]",
		Description: "Makes an age identity, if there is none, and writes .encfg.yaml with rules for\n" +
			"the usual file names and this recipient. What exists already is not changed.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "pq", Usage: "if an identity is made, make a post-quantum one"},
			&cli.StringSliceFlag{Name: "age", Usage: "also encrypt for this `RECIPIENT` (repeatable)"},
			yesFlag(),
		},
		OnUsageError: usageError,
		Action:       a.initProject,
	}
}

// initialised is the result of init.
type initialised struct {
	Identity        string   `json:"identity"`
	IdentityCreated bool     `json:"identity_created"`
	Config          string   `json:"config"`
	ConfigCreated   bool     `json:"config_created"`
	Recipients      []string `json:"recipients"`
}

func (a *app) initProject(c *cli.Context) error {
	dir := c.Args().First()
	if dir == "" {
		dir = "."
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return inFile(dir, fail(exitNoFile, "mkdir makes it", "there is no such folder"))
	}
	r := &initialised{Config: filepath.Join(dir, config.OwnName)}
	_, err := os.Lstat(r.Config)
	r.ConfigCreated = errors.Is(err, fs.ErrNotExist)
	if err := a.identity(c, r); err != nil {
		return err
	}
	others := c.StringSlice("age")
	if !r.ConfigCreated && len(others) > 0 {
		a.warnf("--age has no effect, since %s is there already: add the recipient to a rule, then: encfg access sync -r .", r.Config)
		others = nil
	}
	for _, text := range others {
		list, err := (keysource.Age{}).Parse(text)
		if err != nil {
			return recipientFailure(err)
		}
		for _, rec := range list {
			r.Recipients = append(r.Recipients, rec.ID)
		}
	}
	if r.ConfigCreated {
		if err := writeNew(r.Config, config.NewFile(r.Recipients), 0o644); err != nil {
			return err
		}
		a.notef("wrote %s: it says which files are encrypted, and for whom", r.Config)
	} else {
		a.notef("%s is there already; it was not changed", r.Config)
	}
	if err := a.guardPlaintext(c, dir, nil); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(r)
	}
	if r.ConfigCreated {
		a.notef("next: encfg encrypt secrets.yaml")
	}
	return nil
}

// identity finds the user's identity or makes one.
func (a *app) identity(c *cli.Context, r *initialised) error {
	env := a.env(c)
	own, err := keysource.OwnRecipients(c.Context, env)
	if err != nil {
		return err
	}
	if len(own.Recipients) > 0 {
		r.Identity, r.Recipients = own.Place, own.Recipients
		a.notef("your identity is %s\n  public key: %s", own.Place, joinRecipients(own.Recipients))
		return nil
	}
	if env.ConfigDir == "" {
		return fail(exitCannotWrite, "set HOME, or make a key with encfg keygen -o FILE and name it in ENCFG_AGE_KEY_FILE", "there is no folder for the identity")
	}
	path := filepath.Join(env.ConfigDir, "encfg", "keys.txt")
	id, err := keysource.GenerateIdentity(c.Bool("pq"), time.Now())
	if err != nil {
		return err
	}
	if err := newSecretFolder(path); err != nil {
		return err
	}
	if err := newSecretFile(path, id.File); err != nil {
		return err
	}
	r.Identity, r.IdentityCreated, r.Recipients = path, true, []string{id.Public}
	a.notef("made an identity: %s\n  public key: %s\n  back this file up: without it nobody can decrypt your files, and it cannot be made again",
		path, shortRecipient(id.Public))
	return nil
}

// writeNew writes a file that must not exist.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return inFile(path, writeReason(err))
	}
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
		return inFile(path, writeReason(err))
	}
	return nil
}
