package gitrepo

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// chunk bounds the paths in one command line.
const chunk = 500

// Tracked tells for each path whether it is in the index. Paths outside of the
// work tree are not.
func (r *Repo) Tracked(paths ...string) ([]bool, error) {
	return r.state(paths, func(rels []string) ([]byte, error) {
		var all []byte
		for part := range slices.Chunk(rels, chunk) {
			out, err := r.run(nil, append([]string{"--literal-pathspecs", "ls-files", "-z", "--cached", "--full-name", "--"}, part...)...)
			if err != nil {
				return nil, err
			}
			all = append(all, out...)
		}
		return all, nil
	})
}

// Ignored tells for each path whether git ignores it. Tracked files are not
// ignored, whatever .gitignore says.
func (r *Repo) Ignored(paths ...string) ([]bool, error) {
	return r.state(paths, func(rels []string) ([]byte, error) {
		var in bytes.Buffer
		for _, rel := range rels {
			in.WriteString("./" + rel + "\x00") // so that a colon in front is no magic
		}
		out, err := r.run(in.Bytes(), "check-ignore", "-z", "--stdin")
		if e, ok := errors.AsType[*exitError](err); ok && e.code == 1 {
			err = nil // none of them
		}
		return out, err
	})
}

// state asks about paths at once; list gives those for which the answer is yes.
func (r *Repo) state(paths []string, list func(rels []string) ([]byte, error)) ([]bool, error) {
	var rels []string
	at := map[string][]int{}
	for i, path := range paths {
		rel, err := r.rel(path)
		if errors.Is(err, ErrNoRepo) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if at[rel] == nil {
			rels = append(rels, rel)
		}
		at[rel] = append(at[rel], i)
	}
	answers := make([]bool, len(paths))
	if len(rels) == 0 {
		return answers, nil
	}
	out, err := list(rels)
	if err != nil {
		return nil, err
	}
	for name := range bytes.SplitSeq(out, []byte{0}) {
		for _, i := range at[strings.TrimPrefix(string(name), "./")] {
			answers[i] = true
		}
	}
	return answers, nil
}
