package cli

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/encfg/encfg/internal/secure"
	"github.com/encfg/encfg/keysource"
)

// The scripts in testdata drive the real command line: the test binary is
// encfg when it is called by that name. With -update, what the cmp commands of
// the scripts expect is written anew.
var update = flag.Bool("update", false, "write the expected output of the scripts anew")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"encfg": func() { os.Exit(Main()) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               scriptSetup,
		Condition:           scriptCondition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":     codeCommand,
			"identity": identityCommand,
			"mode":     modeCommand,
			"rewrite":  rewriteCommand,
			"flip":     flipCommand,
		},
	})
}

// scriptSetup gives each script its own home, below its work folder.
func scriptSetup(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, "home")
	config := filepath.Join(home, ".config")
	env.Setenv("HOME", home)
	env.Setenv("XDG_CONFIG_HOME", config)
	env.Setenv("XDG_RUNTIME_DIR", "")
	demo, err := filepath.Abs("../../example/demo")
	if err != nil {
		return err
	}
	env.Setenv("DEMO", demo)
	env.Setenv("LC_ALL", "C.UTF-8")
	env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	return os.MkdirAll(config, 0o755)
}

// scriptCondition knows need:PROGRAM, which is true if there is the program; a
// build machine must have it. A script begins with
//
//	[!need:sops] skip 'sops is missing: go install …'
//
// and python:MODULE, which is the same for a module of Python.
func scriptCondition(cond string) (bool, error) {
	switch name, arg, _ := strings.Cut(cond, ":"); {
	case name == "need":
		_, err := exec.LookPath(arg)
		if err != nil && os.Getenv("CI") != "" {
			return false, fmt.Errorf("%s is missing, and CI is set", arg)
		}
		return err == nil, nil
	case cond == "tmpdisk": // the scripts' folders are on a disk
		memory, err := secure.IsMemoryBacked(os.TempDir())
		return !memory, err
	case cond == "tmpfs":
		ok, err := secure.IsMemoryBacked("/dev/shm")
		if !ok && os.Getenv("CI") != "" {
			return false, fmt.Errorf("/dev/shm is no tmpfs, and CI is set: %v", err)
		}
		return ok, nil
	case name == "python":
		err := exec.Command("python3", "-c", "import "+arg).Run()
		if err != nil && os.Getenv("CI") != "" {
			return false, fmt.Errorf("the Python module %s is missing, and CI is set", arg)
		}
		return err == nil, nil
	case cond == "root":
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", cond)
}

// traces are what no user is ever to see.
var traces = regexp.MustCompile(`goroutine \d|panic:|runtime error|%!\w\(|\.go:\d`)

// codeCommand runs a program that must end with the code: code 25 encfg …
func codeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program [arg…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	text := ts.ReadFile("stderr")
	if m := traces.FindString(text); m != "" {
		ts.Fatalf("stderr has %q", m)
	}
	if got != 0 && text == "" && ts.ReadFile("stdout") == "" {
		ts.Fatalf("it failed without a word")
	}
}

// identityCommand makes an age identity: identity [-pq] NAME FILE writes it to
// FILE and sets the variable NAME to its recipient. FILE "home" is the place
// where encfg looks.
func identityCommand(ts *testscript.TestScript, neg bool, args []string) {
	pq := slices.Contains(args, "-pq")
	args = slices.DeleteFunc(args, func(a string) bool { return a == "-pq" })
	if neg || len(args) != 2 {
		ts.Fatalf("usage: identity [-pq] NAME FILE")
	}
	id, err := keysource.GenerateIdentity(pq, time.Unix(0, 0))
	ts.Check(err)
	file := ts.MkAbs(args[1])
	if args[1] == "home" {
		file = filepath.Join(ts.Getenv("XDG_CONFIG_HOME"), "encfg", "keys.txt")
	}
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o700))
	ts.Check(os.WriteFile(file, []byte(id.File), 0o600))
	ts.Setenv(args[0], id.Public)
}

// modeCommand checks permissions: mode 600 FILE…
func modeCommand(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := info.Mode().Perm(); (got == fs.FileMode(want)) == neg {
			ts.Fatalf("%s has mode %o", name, got)
		}
	}
}

// rewriteCommand changes a file: rewrite FILE REGEX NEW replaces the first
// match, which must exist.
func rewriteCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: rewrite FILE REGEX NEW")
	}
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	text := ts.ReadFile(args[0])
	m := re.FindStringSubmatchIndex(text)
	if m == nil {
		ts.Fatalf("%s does not match %s", args[0], args[1])
	}
	out := append([]byte(text[:m[0]]), re.ExpandString(nil, strings.ReplaceAll(args[2], `\n`, "\n"), text, m)...)
	out = append(out, text[m[1]:]...)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o644))
}

// flipCommand damages a token: flip FILE REGEX changes the base64 letter that
// follows the first match.
func flipCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE REGEX")
	}
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	text := []byte(ts.ReadFile(args[0]))
	m := re.FindIndex(text)
	if m == nil {
		ts.Fatalf("%s does not match %s", args[0], args[1])
	}
	if text[m[1]] == 'A' {
		text[m[1]] = 'B'
	} else {
		text[m[1]] = 'A'
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o644))
}
