// Package archtest holds the architecture to its word: who imports whom, and
// who may print, exit and read the environment.
package archtest

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/encfg/encfg"

// pkg is what go list says about a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func (p *pkg) rel() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 8 {
		t.Fatalf("only %d packages found", len(list))
	}
	return list
}

// development are programs and helpers of tests for development, which no
// released program has: they stand outside the layers.
var development = []string{"internal/bench", "internal/torture", "internal/interop", "internal/testneed", "internal/standin"}

func tools(rel string) bool {
	return slices.ContainsFunc(development, func(d string) bool { return rel == d || strings.HasPrefix(rel, d+"/") })
}

// leaves are the packages that know nothing of the rest.
var leaves = []string{"formats", "keysource"}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		rel := p.rel()
		if tools(rel) {
			continue
		}
		for _, imp := range p.Imports {
			if imp == "github.com/urfave/cli/v2" && rel != "internal/cli" {
				t.Errorf("%s imports urfave/cli: only internal/cli may", rel)
			}
			imp, ok := strings.CutPrefix(imp, module+"/")
			if !ok {
				continue
			}
			if why := forbidden(rel, imp); why != "" {
				t.Errorf("%s imports %s: %s", rel, imp, why)
			}
		}
	}
}

// forbidden says why a package must not import another one; "" if it may.
func forbidden(from, to string) string {
	switch {
	case from == "":
		if to != "internal/cli" {
			return "main imports internal/cli only"
		}
	case to == "internal/cli":
		return "only main imports the command line"
	case tools(to):
		return "it is for development"
	case slices.Contains(leaves, from):
		if slices.Contains(leaves, to) || to == "crypt" {
			return "formats and keysource stand at the bottom"
		}
	case from == "crypt":
		if !slices.Contains(leaves, to) && to != "internal/secure" && to != "internal/hugepage" {
			return "crypt stands on formats and keysource, and keeps keys in secure memory"
		}
	case strings.HasPrefix(from, "internal/") && from != "internal/cli" && to == "crypt":
		return "crypt is used by the command line"
	}
	return ""
}

func TestForbidden(t *testing.T) {
	for _, c := range [][2]string{
		{"", "crypt"}, {"crypt", "internal/cli"}, {"crypt", "internal/config"}, {"formats", "keysource"},
		{"keysource", "formats"}, {"formats", "crypt"}, {"internal/mask", "internal/cli"}, {"internal/mask", "crypt"},
	} {
		if forbidden(c[0], c[1]) == "" {
			t.Errorf("%q may import %q", c[0], c[1])
		}
	}
	for _, c := range [][2]string{{"", "internal/cli"}, {"internal/cli", "crypt"}, {"crypt", "formats"}, {"internal/cli", "internal/mask"}} {
		if why := forbidden(c[0], c[1]); why != "" {
			t.Errorf("%q may not import %q: %s", c[0], c[1], why)
		}
	}
}

// outermost are the calls that only the command line makes.
var outermost = map[string][]string{
	"os":  {"Exit", "Getenv", "LookupEnv", "Environ", "Setenv", "Unsetenv", "Stdin", "Stdout", "Stderr"},
	"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
	"log": {"Fatal", "Fatalf", "Fatalln", "Print", "Printf", "Println", "Panic", "Panicf", "Panicln"},
}

func TestOnlyTheCommandLineTalks(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		rel := p.rel()
		if rel == "" || rel == "internal/cli" || tools(rel) {
			continue
		}
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			for _, use := range calls(f) {
				t.Errorf("%s: %s is for internal/cli", fset.Position(use.Pos()), use.Sel.Name)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// calls finds the uses of the outermost names, and of init functions.
func calls(f *ast.File) []*ast.SelectorExpr {
	imported := map[string]string{} // local name to package
	for _, imp := range f.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		name := path
		if imp.Name != nil {
			name = imp.Name.Name
		}
		imported[name] = path
	}
	var out []*ast.SelectorExpr
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && slices.Contains(outermost[imported[x.Name]], s.Sel.Name) {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

func TestNoRegistrationInInit(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s: there is an init function; list things explicitly", fset.Position(fn.Pos()))
				}
			}
		}
	}
}
