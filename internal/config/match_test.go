package config

import (
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestRule(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of this test are those of Unix")
	}
	f := parse(t, `
creation_rules:
  - {path_regex: ^dev/.*\.yaml$, age: "0"}
  - {path_regex: \.env$, age: "1"}
  - {path_regex: ^/other/, age: "2"}
  - {path_regex: secret, age: "3"}
`)
	for file, want := range map[string]string{
		"/p/dev/a.yaml": "0", "/p/dev/x/a.yaml": "0", "/p/x/dev/a.yaml": "", "/p/dev/../a.yaml": "",
		"/p/.env": "1", "/p/dev/.env": "1", "/other/x": "2", "/p/other/x": "", "/px/secrets": "3", "/p/Secrets": "",
	} {
		r, err := f.Rule(file)
		got := ""
		if r != nil {
			got = r.Keys[0].Value
		}
		if err != nil || got != want {
			t.Errorf("%s has rule %q (%v), want %q", file, got, err, want)
		}
	}
}

func TestExplain(t *testing.T) {
	f := parse(t, "creation_rules:\n  - path_regex: x\n  - path_regex: ^a\n  - age: b\n")
	d, err := f.Explain(filepath.FromSlash("/p/a.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, tr := range d.Tried {
		reasons = append(reasons, tr.Reason)
	}
	want := []string{`path_regex "x" does not match "a.yaml"`, `path_regex "^a" matches "a.yaml"`}
	if d.Rule != f.Rules[1] || d.Target != "a.yaml" || !reflect.DeepEqual(reasons, want) {
		t.Errorf("decision is %+v, reasons %q", d, reasons)
	}
	d, _ = f.Explain(filepath.FromSlash("/p/b.yaml"))
	if last := d.Tried[len(d.Tried)-1]; len(d.Tried) != 3 || !last.Matched || !strings.Contains(last.Reason, "every file") {
		t.Errorf("decision is %+v", d)
	}
}
