package editor

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// installed looks programs up in a list.
func installed(names ...string) func(string) (string, error) {
	return func(name string) (string, error) {
		if slices.Contains(names, name) {
			return "/bin/" + name, nil
		}
		return "", errors.New("not found")
	}
}

func TestFind(t *testing.T) {
	all := installed("a", "b", "c", "d", "nano", "vi")
	for _, c := range []struct {
		env  map[string]string
		look func(string) (string, error)
		want string // "" for ErrNone
	}{
		{map[string]string{"ENCFG_EDITOR": "a", "SOPS_EDITOR": "b", "VISUAL": "c", "EDITOR": "d"}, all, "/bin/a"},
		{map[string]string{"SOPS_EDITOR": "b", "VISUAL": "c", "EDITOR": "d"}, all, "/bin/b"},
		{map[string]string{"VISUAL": "c", "EDITOR": "d"}, all, "/bin/c"},
		{map[string]string{"VISUAL": " ", "EDITOR": "d -x 'y z'"}, all, "/bin/d|-x|y z"},
		{nil, all, "/bin/nano"},
		{nil, installed("vi"), "/bin/vi"},
		{nil, installed(), ""},
		{map[string]string{"EDITOR": "missing"}, all, ""},
		{map[string]string{"EDITOR": "'a"}, all, ""},
	} {
		got, err := Find(func(name string) string { return c.env[name] }, c.look)
		var e *Error
		if c.want == "" {
			if !errors.As(err, &e) || !errors.Is(err, ErrNone) || e.Hint() == "" {
				t.Errorf("%v: %q, %v", c.env, got, err)
			}
			continue
		}
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%v: %q, %v; want %s", c.env, got, err, c.want)
		}
	}
}

func TestPrivate(t *testing.T) {
	for command, want := range map[string]string{
		"/usr/bin/vim":   "set noswapfile",
		"/usr/bin/nvim":  "noundofile",
		"/bin/nano":      "--ignorercfiles",
		"/bin/emacs":     "make-backup-files nil",
		"/bin/code":      "/mem/x/editor",
		"C:/x/Code.exe":  "--wait",
		"/usr/bin/micro": "-backup",
		"/usr/bin/ed":    "",
	} {
		s := Private([]string{command, "-own"}, "/mem/x")
		args := strings.Join(s.Args[1:], " ")
		if s.Args[0] != command || !strings.HasSuffix(args, "-own") || !strings.Contains(args, want) || (want == "") != (args == "-own") {
			t.Errorf("%s: %q", command, s.Args)
		}
		if !slices.Contains(s.Env, "TMPDIR=/mem/x") {
			t.Errorf("%s: temporary files go elsewhere: %q", command, s.Env)
		}
	}
}

// What vi is depends on the program behind the name.
func TestPrivateVi(t *testing.T) {
	dir := t.TempDir()
	for target, private := range map[string]bool{"vim.basic": true, "nvi": false} {
		real := filepath.Join(dir, target)
		if err := os.WriteFile(real, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		vi := filepath.Join(dir, "to-"+target, "vi")
		if err := os.Mkdir(filepath.Dir(vi), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(real, vi); err != nil {
			t.Skip(err)
		}
		if got := len(Private([]string{vi}, "/mem").Args) > 1; got != private {
			t.Errorf("vi that is %s: %v", target, got)
		}
	}
}
