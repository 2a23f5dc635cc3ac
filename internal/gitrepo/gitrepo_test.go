package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/encfg/encfg/internal/testneed"
)

// git runs git in a folder, without the user's settings.
func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// newRepo makes a repository without commits.
func newRepo(t *testing.T) (string, *Repo) {
	t.Helper()
	testneed.Command(t, "git", "install git")
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	return dir, open(t, dir)
}

func open(t *testing.T, dir string) *Repo {
	t.Helper()
	r, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// odd are names that git's languages could misread.
var odd = []string{"a b.yaml", ":(top)x", "*.yaml", "-x", "ä", "line\nend", "a:b", "HEAD", "'\""}

func TestHead(t *testing.T) {
	dir, r := newRepo(t)
	want := map[string]string{"d/e/f.yaml": "one\r\n\x00two", "empty": ""}
	for i, name := range odd {
		want[name] = fmt.Sprint("odd ", i)
	}
	for name, text := range want {
		write(t, dir, name, text)
	}
	if _, err := r.Head(filepath.Join(dir, "empty")); !errors.Is(err, ErrNotFound) {
		t.Errorf("before the first commit: %v", err)
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "1")
	for name, text := range want {
		path := write(t, dir, name, "changed since")
		got, err := r.Head(path)
		if err != nil || string(got) != text {
			t.Errorf("%q: %q, %v", name, got, err)
		}
		if got, err := Head(t.Context(), path); err != nil || string(got) != text {
			t.Errorf("%q alone: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"none", "d", "d/e", "d/none", "no/such/folder", "none\n", "."} {
		if got, err := r.Head(filepath.Join(dir, name)); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	if _, err := r.Head(filepath.Join(dir, "..", "outside")); !errors.Is(err, ErrNoRepo) {
		t.Errorf("outside: %v", err)
	}
}

func TestHeadThroughLinks(t *testing.T) {
	dir, r := newRepo(t)
	write(t, dir, "d/f", "text")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "1")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(dir, "d"), link); err != nil {
		t.Skip("symbolic links cannot be made here")
	}
	if got, err := r.Head(filepath.Join(link, "f")); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	if other := open(t, link); other.Root() != r.Root() {
		t.Errorf("roots are %q and %q", other.Root(), r.Root())
	}
	if err := os.Symlink("d/f", filepath.Join(dir, "to-f")); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Head(filepath.Join(dir, "to-f")); err != nil || string(got) != "text" {
		t.Errorf("a link to the file: %q, %v", got, err)
	}
	if h, err := r.History(filepath.Join(dir, "to-f")); err != nil || len(h) != 1 {
		t.Errorf("the history of a link: %v, %v", h, err)
	}
	t.Chdir(filepath.Join(dir, "d"))
	if got, err := r.Head("f"); err != nil || string(got) != "text" {
		t.Errorf("relative: %q, %v", got, err)
	}
}

// TestRawContent pins that neither a textconv nor a filter runs: they would
// decrypt.
func TestRawContent(t *testing.T) {
	dir, r := newRepo(t)
	write(t, dir, ".gitattributes", "* diff=x filter=x\n")
	path := write(t, dir, "f", "stored")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "1")
	git(t, dir, "config", "diff.x.textconv", "echo converted")
	git(t, dir, "config", "filter.x.smudge", "echo smudged")
	if got, err := r.Head(path); err != nil || string(got) != "stored" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestManyAtOnce(t *testing.T) {
	dir, r := newRepo(t)
	var wg sync.WaitGroup
	paths := []string{}
	for i := range 50 {
		paths = append(paths, write(t, dir, fmt.Sprint("f", i), strings.Repeat(fmt.Sprint(i, " "), 1000*i)))
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "1")
	for i, path := range paths {
		wg.Go(func() {
			got, err := r.Head(path)
			if want := strings.Repeat(fmt.Sprint(i, " "), 1000*i); err != nil || string(got) != want {
				t.Errorf("%s: %d bytes, %v", path, len(got), err)
			}
			if _, err := r.Head(path + "-none"); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s-none: %v", path, err)
			}
		})
	}
	wg.Wait()
}

func TestHistory(t *testing.T) {
	dir, r := newRepo(t)
	path := write(t, dir, "old\nname", "one\nline\nmore\n")
	if h, err := r.History(path); err != nil || len(h) != 0 {
		t.Errorf("before the first commit: %v, %v", h, err)
	}
	commit := func(second int) {
		t.Helper()
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-qm", "c", fmt.Sprintf("--date=@%d +0100", 1_000_000_000+second))
	}
	commit(1)
	write(t, dir, "other", "x")
	commit(2)
	write(t, dir, "old\nname", "two\nline\nmore\n")
	commit(3)
	git(t, dir, "mv", "old\nname", "new")
	commit(4)
	got, err := r.History(filepath.Join(dir, "new"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, v := range got {
		content, err := r.Content(v)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(content), "\n")
		lines = append(lines, fmt.Sprintf("%d %s %d", v.Time.Unix()-1_000_000_000, first, len(v.Commit)))
	}
	if want := []string{"4 two 40", "3 two 40", "1 one 40"}; !slices.Equal(lines, want) {
		t.Errorf("the history is %q, want %q", lines, want)
	}
	if h, err := r.History(write(t, dir, "untracked", "")); err != nil || len(h) != 0 {
		t.Errorf("untracked: %v, %v", h, err)
	}
}

func TestTrackedAndIgnored(t *testing.T) {
	dir, r := newRepo(t)
	write(t, dir, ".gitignore", ".env\nlogs/\n")
	names := append([]string{"tracked", "new", ".env", "logs/x", "sub/.env", "missing", "forced.env"}, odd...)
	var paths []string
	for _, name := range names {
		path := filepath.Join(dir, name)
		if name != "missing" {
			write(t, dir, name, "")
		}
		paths = append(paths, path)
	}
	paths = append(paths, filepath.Join(dir, "..", "outside"), paths[0])
	git(t, dir, "add", "--", "tracked")
	git(t, dir, "add", "-f", "sub/.env")
	for _, name := range odd {
		git(t, dir, "--literal-pathspecs", "add", "--", name)
	}
	tracked, err := r.Tracked(paths...)
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := r.Ignored(paths...)
	if err != nil {
		t.Fatal(err)
	}
	yes := func(answers []bool) (out []string) {
		for i, a := range answers {
			if a {
				rel, _ := filepath.Rel(dir, paths[i])
				out = append(out, rel)
			}
		}
		return out
	}
	wantTracked := append([]string{"tracked", "sub/.env"}, odd...)
	wantTracked = append(wantTracked, "tracked")
	if got := yes(tracked); !reflect.DeepEqual(got, wantTracked) {
		t.Errorf("tracked are %q", got)
	}
	if got := yes(ignored); !reflect.DeepEqual(got, []string{".env", "logs/x"}) {
		t.Errorf("ignored are %q", got)
	}
	for _, ask := range []func(...string) ([]bool, error){r.Tracked, r.Ignored} {
		if got, err := ask(filepath.Join(dir, "new")); err != nil || !reflect.DeepEqual(got, []bool{false}) {
			t.Errorf("a new file: %v, %v", got, err)
		}
		if got, err := ask(); err != nil || len(got) != 0 {
			t.Errorf("no file: %v, %v", got, err)
		}
	}
}

// TestInHook pins that the variables which git gives its hooks do not lead to
// another repository.
func TestInHook(t *testing.T) {
	dir, _ := newRepo(t)
	path := write(t, dir, "d/f", "text")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "1")
	t.Setenv("GIT_DIR", ".git")
	t.Setenv("GIT_INDEX_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("GIT_PREFIX", "elsewhere/")
	r := open(t, filepath.Join(dir, "d"))
	if got, err := r.Head(path); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Head(t.Context(), path); err != nil || string(got) != "text" {
		t.Errorf("alone: %q, %v", got, err)
	}
	if got, err := r.Tracked(path); err != nil || !got[0] {
		t.Errorf("tracked: %v, %v", got, err)
	}
}

func TestNothingThere(t *testing.T) {
	dir, _ := newRepo(t)
	if _, err := Open(t.Context(), filepath.Join(dir, ".git")); !errors.Is(err, ErrNoRepo) {
		t.Errorf("inside .git: %v", err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
	outside := t.TempDir()
	if _, err := Open(t.Context(), outside); !errors.Is(err, ErrNoRepo) {
		t.Errorf("no repository: %v", err)
	}
	if _, err := Head(t.Context(), write(t, outside, "f", "")); !errors.Is(err, ErrNoRepo) {
		t.Errorf("a file in no repository: %v", err)
	}
	if _, err := Head(t.Context(), write(t, dir, "f", "")); !errors.Is(err, ErrNotFound) {
		t.Errorf("a file in no commit: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(t.Context(), dir); !errors.Is(err, ErrNoGit) {
		t.Errorf("no git: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	dir, _ := newRepo(t)
	path := write(t, dir, "f", "text")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "1")
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Head(path); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := Head(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("alone, after the end of the context: %v", err)
	}
	if _, err := r.Head(path); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("after the end of the context: %v", err)
	}
}
