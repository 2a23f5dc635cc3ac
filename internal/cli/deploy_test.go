//go:build linux

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/internal/testneed"
)

// block is a piece of code in a page: ```python settings.py has the language
// python and the name settings.py.
type block struct{ language, name, text string }

func blocks(t *testing.T, page string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?ms)^```([a-z]*) ?([\\w.]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		list = append(list, block{m[1], m[2], m[3]})
	}
	if len(list) == 0 {
		t.Fatal("no code in", page)
	}
	return list
}

func named(t *testing.T, page, name string) string {
	t.Helper()
	for _, b := range blocks(t, page) {
		if b.name == name {
			return b.text
		}
	}
	t.Fatal("no code called", name)
	return ""
}

// recipe runs a page's shell line in a project that has the encrypted files.
func recipe(t *testing.T, files map[string]string, encrypted []string, line string) string {
	t.Helper()
	l := newLab(t)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	key, err := os.ReadFile(filepath.Join(l.dir, "home/.config/encfg/keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	recipient := regexp.MustCompile(`age1[a-z0-9]+`).FindString(string(key))
	for _, name := range encrypted {
		if out, err := l.command("encrypt", "--age", recipient, name).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = l.dir, append(l.env, "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
	l.eventuallyEmpty(t)
	return string(out)
}

func shellLine(t *testing.T, page, with string) string {
	t.Helper()
	for _, b := range blocks(t, page) {
		for line := range strings.Lines(b.text) {
			if b.language == "sh" && strings.Contains(line, with) {
				return strings.TrimSpace(line)
			}
		}
	}
	t.Fatal("no line with", with)
	return ""
}

const (
	configYAML = "db:\n  host: db.example\n  password: canary-pw\n  pool: 10\ndebug: true\n"
	prodEnv    = "# keys\nTOKEN=\"canary-token\" # comment\nDB_PASSWORD='canary pw'\n"
)

func TestPythonRecipes(t *testing.T) {
	testneed.Python(t, "dotenv", "pydantic_settings")
	for _, c := range []struct{ name, want string }{
		{"settings.py", "db.example 10 True **********\n"},
		{"load.py", "token of 12 characters: **********\n"},
	} {
		files := map[string]string{"config.yaml": configYAML, "prod.env": prodEnv, c.name: named(t, "deploy.md", c.name)}
		line := strings.Replace(shellLine(t, "deploy.md", c.name), " -- python ", " -- python3 ", 1)
		// What is masked by encfg itself shows that the values arrived.
		got := recipe(t, files, []string{"config.yaml", "prod.env"}, line)
		if got = strings.ReplaceAll(got, "[MASKED:db.host]", "db.example"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMakefileRecipe(t *testing.T) {
	testneed.Command(t, "make", "install make")
	files := map[string]string{"Makefile": named(t, "deploy.md", "Makefile"), "prod.env": prodEnv, "database.yaml": configYAML,
		"deploy.sh": "#!/bin/sh\necho \"deploy with $TOKEN\"\n", "migrate.sh": "#!/bin/sh\ngrep -c password \"$DATABASE_INI\"\n"}
	got := recipe(t, files, []string{"prod.env", "database.yaml"}, "make -s deploy migrate")
	if got != "deploy with [MASKED:TOKEN]\n1\n" {
		t.Errorf("%q", got)
	}
}

// TestDockerRecipes puts a script in the place of docker that shows what it
// was given.
func TestDockerRecipes(t *testing.T) {
	docker := "#!/bin/sh\nfor a; do case $p in --env-file) cat \"$a\";; esac; case $a in *,src=*) cat \"${a#*,src=}\";; esac; p=$a; done; echo \"$TOKEN\"\n"
	files := map[string]string{"prod.env": prodEnv, "pip.conf": "[global]\nindex-url = x\n", "docker": docker}
	for with, want := range map[string]string{
		"-e DB_PASSWORD": "canary-token\n",
		"--env-file":     "TOKEN=canary-token\nDB_PASSWORD=canary pw\n\n",
		"env=TOKEN":      "canary-token\n",
		"compose up":     "canary-token\n",
	} {
		line := strings.Replace(shellLine(t, "deploy.md", with), "encfg run ", "PATH=$PWD:$PATH encfg run --no-mask ", 1)
		if got := recipe(t, files, []string{"prod.env"}, line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	line := strings.Replace(shellLine(t, "deploy.md", "id=pip"), "encfg run ", "encfg encrypt --type binary pip.conf && PATH=$PWD:$PATH encfg run --no-mask ", 1)
	line = "echo 'creation_rules: [{age: '$(grep -o 'age1[a-z0-9]*' home/.config/encfg/keys.txt)'}]' > .encfg.yaml; " + strings.Replace(line, "encfg encrypt", "encfg -q encrypt", 1)
	if got := recipe(t, files, nil, line); got != "[global]\nindex-url = x\n\n" {
		t.Errorf("%q", got)
	}
}

// TestPagesNameRealFlags looks every command of the pages up.
func TestPagesNameRealFlags(t *testing.T) {
	a := &app{}
	commands := map[string]*cli.Command{}
	for _, c := range a.commands("") {
		for _, n := range c.Names() {
			commands[n] = c
		}
	}
	call := regexp.MustCompile(`encfg"?,? "?([a-z-]+)((?:"?,? "?[^\s"|)]+)*)`)
	seen := 0
	for _, page := range []string{"deploy.md", "run.md"} {
		for _, b := range blocks(t, page) {
			if b.language == "yaml" {
				var any any
				if err := yaml.Unmarshal([]byte(b.text), &any); err != nil {
					t.Errorf("%s: %v\n%s", page, err, b.text)
				}
			}
			for _, m := range call.FindAllStringSubmatch(b.text, -1) {
				c := commands[m[1]]
				if c == nil {
					if strings.Contains(b.text, "encfg "+m[1]) {
						t.Errorf("%s: there is no command %q", page, m[1])
					}
					continue
				}
				args := strings.FieldsFunc(m[2], func(r rune) bool { return strings.ContainsRune(` ",`, r) })
				if i := slices.Index(args, "--"); i >= 0 {
					args = args[:i]
				}
				for _, arg := range args {
					if name, ok := strings.CutPrefix(arg, "--"); ok {
						seen++
						name, _, _ = strings.Cut(name, "=")
						if _, known := flagTable(c.Flags)[name]; !known {
							t.Errorf("%s: encfg %s has no flag --%s", page, m[1], name)
						}
					}
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d flags were found", seen)
	}
}
