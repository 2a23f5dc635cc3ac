package cli

import (
	"context"
	"path/filepath"
	"time"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/gitrepo"
	"github.com/encfg/encfg/internal/rotation"
)

// maxVersions bounds how far back the history of a file is read.
const maxVersions = 500

// history finds out when values of an encrypted file were last changed. The git
// history is read only when the file itself does not tell.
type history struct {
	path   string
	format formats.Format
	md     *crypt.Metadata

	ctx      context.Context
	repo     *gitrepo.Repo // nil: not opened yet, or there is none
	opened   bool
	versions []gitrepo.Version
	tokens   []map[string]string // of the versions read so far, by place; nil for one that is not encrypted
}

func (a *app) newHistory(ctx context.Context, path string, f formats.Format, md *crypt.Metadata) *history {
	return &history{ctx: ctx, path: path, format: f, md: md}
}

func (h *history) close() {
	if h.repo != nil {
		h.repo.Close()
	}
}

// changed gives the time of the last change of a value, and who says so.
func (h *history) changed(l *formats.Leaf) (at time.Time, from string) {
	if at, ok := h.md.Changed(l); ok {
		return at, rotation.FromRecord
	}
	written, _ := time.Parse(time.RFC3339, h.md.LastModified)
	h.open()
	place := placeKey(l)
	for i := range h.versions {
		if h.token(i, place) != l.Value {
			break
		}
		at = h.versions[i].Time
	}
	if at.IsZero() || at.After(written) {
		return written, rotation.FromFile
	}
	return at, rotation.FromGit
}

// open asks git for the versions of the file.
func (h *history) open() {
	if h.opened {
		return
	}
	h.opened = true
	repo, err := gitrepo.Open(h.ctx, filepath.Dir(h.path))
	if err != nil {
		return
	}
	h.repo = repo
	if versions, err := repo.History(h.path); err == nil {
		h.versions = versions[:min(len(versions), maxVersions)]
	}
}

// token is the ciphertext of a value in one of the versions, "" if it has none.
func (h *history) token(i int, place string) string {
	for len(h.tokens) <= i {
		h.tokens = append(h.tokens, h.read(h.versions[len(h.tokens)]))
	}
	return h.tokens[i][place]
}

func (h *history) read(v gitrepo.Version) map[string]string {
	enc, err := h.repo.Content(v)
	if err != nil {
		return nil
	}
	doc, err := h.format.ParseEncrypted(enc)
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for i := range doc.Leaves {
		if l := &doc.Leaves[i]; l.Type != formats.Comment && crypt.IsToken(l.Value) {
			out[placeKey(l)] = l.Value
		}
	}
	return out
}

func placeKey(l *formats.Leaf) string { return itoa(int(l.Doc)) + "\x00" + l.At.String() }
