package gitrepo

import (
	"bytes"
	"errors"
	"strconv"
	"time"
)

// Version is a commit that changed a file.
type Version struct {
	Commit string // the full hash
	Time   time.Time
	path   string // from the root; another one before a rename
}

// History lists the versions of a file from new to old, across renames. The
// times are those of the authors, which a rebase keeps. A symbolic link is
// followed. The list is empty for a file that was never committed.
func (r *Repo) History(path string) ([]Version, error) {
	rel, err := r.rel(follow(path))
	if err != nil {
		return nil, err
	}
	if _, err := r.run(nil, "rev-parse", "--quiet", "--verify", "HEAD"); err != nil {
		if _, ok := errors.AsType[*exitError](err); ok {
			err = nil // no commit yet
		}
		return nil, err
	}
	out, err := r.run(nil, "--literal-pathspecs", "-c", "log.showSignature=false", "log", "--follow", "-z", "--format=%H %at",
		"--name-only", "--diff-filter=d", "--no-textconv", "--no-ext-diff", "--no-color", "--", rel)
	if err != nil {
		return nil, err
	}
	return parseLog(out)
}

// parseLog reads "HASH SECONDS", NUL, LF, "PATH", NUL, again and again.
func parseLog(out []byte) ([]Version, error) {
	var versions []Version
	for part := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		if name, ok := bytes.CutPrefix(part, []byte("\n")); ok {
			if len(versions) > 0 {
				versions[len(versions)-1].path = string(name)
			}
			continue
		}
		hash, seconds, ok := bytes.Cut(part, []byte(" "))
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(string(seconds), 10, 64)
		if err != nil {
			return nil, errors.New("git log: an answer that is not understood")
		}
		versions = append(versions, Version{Commit: string(hash), Time: time.Unix(n, 0).UTC()})
	}
	return versions, nil
}
