package cli

import (
	"bytes"
	"testing"
)

// Nothing that stands in a name or a message can end a workflow command, or
// begin another one.
func TestAnnotate(t *testing.T) {
	var out bytes.Buffer
	u := &ui{out: &out, getenv: func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] }}
	u.annotate("error", "a,b:c%.env", 3, "50% is\n::missing")
	u.annotate("warning", "x", 0, "y")
	u.json = true
	u.annotate("error", "x", 0, "not with JSON")
	if want := "::error file=a%2Cb%3Ac%25.env,line=3::50%25 is%0A::missing\n::warning file=x::y\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
	out.Reset()
	u = &ui{out: &out, getenv: func(string) string { return "" }}
	if u.annotate("error", "x", 1, "not outside of GitHub"); out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
}
