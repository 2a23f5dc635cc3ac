package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/gitrepo"
	"github.com/encfg/encfg/keysource"
)

// reuseFlags say which older version lends its ciphertexts.
func reuseFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "reuse", Usage: "keep the ciphertext of values that are unchanged since this encrypted `FILE`; by default the version of the last git commit"},
		&cli.BoolFlag{Name: "fresh", Usage: "seal all values anew, under a new data key"},
	}
}

// enoughKept is the share of values that must be as in git's version for its
// data key to be used again. Whoever can commit can put a file there whose data
// key they know; but not one with the values of a file that they cannot read.
const enoughKept = 0.5

// sealOrReuse encrypts a file; from says whose ciphertexts were kept.
func (a *app) sealOrReuse(ctx context.Context, c *cli.Context, t target, f formats.Format, src []byte, o crypt.Options) (s *crypt.Sealed, from string, err error) {
	old, from, err := a.olderVersion(ctx, c, t, f)
	if err != nil {
		return nil, "", err
	}
	if old != nil {
		defer old.Close()
		if sameRecipients(old.Metadata, o) {
			s, err := a.update(ctx, c, old, src, o)
			if err != nil || c.String("reuse") != "" || s.Kept >= enoughKept {
				return s, from, err
			}
			a.notef("%s: too little is as in %s: a new data key is used", t.path, from)
			s, err = crypt.Encrypt(ctx, a.env(c), f, src, o)
			return s, "", err
		}
		a.notef("%s: the recipients have changed since %s: a new data key is used", t.path, from)
	}
	s, err = crypt.Encrypt(ctx, a.env(c), f, src, o)
	return s, "", err
}

// olderVersion opens the version that --reuse names or that git has. nil means
// that there is none, or that the key does not open it.
func (a *app) olderVersion(ctx context.Context, c *cli.Context, t target, f formats.Format) (*crypt.File, string, error) {
	if path := c.String("reuse"); path != "" {
		if c.Bool("fresh") {
			return nil, "", fail(exitConflict, "use one of them", "--reuse and --fresh contradict each other")
		}
		enc, err := os.ReadFile(path)
		if err != nil {
			return nil, "", inFile(path, pathReason(err))
		}
		file, err := crypt.Open(ctx, a.env(c), f, enc, crypt.OpenOptions{})
		return file, path, inFile(path, err)
	}
	if c.Bool("fresh") || t.path == stdio {
		return nil, "", nil
	}
	enc, err := a.head(c, t.path)
	if err != nil || !isEncrypted(f, enc) {
		return nil, "", ctx.Err()
	}
	env := a.env(c)
	env.Prompt = nil // it is a convenience: nobody is asked for it
	file, err := crypt.Open(ctx, env, f, enc, crypt.OpenOptions{})
	if err != nil {
		return nil, "", ctx.Err()
	}
	return file, "the last git commit", nil
}

// head reads the version of the last commit. Of many files all those of a
// folder share the git processes.
func (a *app) head(c *cli.Context, path string) ([]byte, error) {
	if c.NArg() < 2 && !c.Bool("recursive") {
		return gitrepo.Head(c.Context, path)
	}
	repo, err := a.repo(c, filepath.Dir(realPath(path)))
	if err != nil {
		return nil, err
	}
	return repo.Head(path)
}

// repo opens the repository of a folder, once per command.
func (a *app) repo(c *cli.Context, dir string) (*gitrepo.Repo, error) {
	v, err := a.cache.Do("git\x00"+dir, func() (any, error) { return gitrepo.Open(c.Context, dir) })
	if err != nil {
		return nil, err
	}
	return v.(*gitrepo.Repo), nil
}

// update encrypts src as a new version of old.
func (a *app) update(ctx context.Context, c *cli.Context, old *crypt.File, src []byte, o crypt.Options) (*crypt.Sealed, error) {
	old.Dated = o.Dated
	ch := old.Unchanged()
	rules, err := o.Rules.Normalize()
	if err != nil {
		return nil, err
	}
	if rules == ch.Rules && o.MACOnlyEncrypted == ch.MACOnlyEncrypted {
		return old.Update(src, time.Now())
	}
	ch.Rules, ch.MACOnlyEncrypted = rules, o.MACOnlyEncrypted
	return old.Reencrypt(ctx, a.env(c), src, ch, time.Now())
}

// sameRecipients reports that a file is for just the recipients of o, and that
// nobody else was put into it.
func sameRecipients(md *crypt.Metadata, o crypt.Options) bool {
	if len(md.Groups) != len(o.Groups) || o.Threshold != 0 && md.Threshold != o.Threshold {
		return false
	}
	for i, g := range md.Groups {
		if !slices.Equal(idsOf(o.Groups[i]), stanzaIDs(g)) {
			return false
		}
	}
	return true
}

// idsOf lists recipients as crypt.RecipientID does, sorted.
func idsOf(group []keysource.Recipient) []string {
	var ids []string
	for _, r := range group {
		ids = append(ids, r.Source+":"+r.ID)
	}
	slices.Sort(ids)
	return ids
}

func stanzaIDs(group []keysource.Stanza) []string {
	var ids []string
	for _, s := range group {
		ids = append(ids, crypt.RecipientID(s))
	}
	slices.Sort(ids)
	return ids
}
