package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/encfg/encfg/formats"
)

func TestTypedValue(t *testing.T) {
	port := &formats.Node{Type: formats.Int}
	for _, c := range []struct {
		text, typ string
		old       *formats.Node
		want      string // type and text; "" for an error
	}{
		{"x", "", nil, "str x"},
		{" 12 ", "int", nil, "int 12"},
		{"+012", "int", nil, "int 12"},
		{"9223372036854775808", "int", nil, ""},
		{"0x10", "int", nil, ""},
		{"12", "", port, "int 12"},
		{"twelve", "", port, ""},
		{"twelve", "str", port, "str twelve"},
		{"12", "", &formats.Node{Type: formats.Null}, "str 12"},
		{"1.50", "float", nil, "float 1.5"},
		{"inf", "float", nil, ""},
		{"1e400", "float", nil, ""},
		{"TRUE", "bool", nil, "bool True"},
		{"yes", "bool", nil, ""},
		{`"s"`, "json", nil, "str s"},
		{`{"a": 1}`, "json", nil, "map "},
		{"null", "json", nil, "null "},
		{"{", "json", nil, ""},
		{`{"a": 1, "a": 2}`, "json", nil, ""},
		{"\xff", "", nil, ""},
	} {
		v, err := typedValue([]byte(c.text), c.typ, c.old)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%q as %q: no error", c.text, c.typ)
		case c.want != "" && (err != nil || v.TypeName()+" "+v.Text != c.want):
			t.Errorf("%q as %q: %v, %v; want %s", c.text, c.typ, v, err, c.want)
		case err != nil && len(c.text) > 3 && strings.Contains(err.Error(), strings.TrimSpace(c.text)):
			t.Errorf("%q as %q: the error shows the value: %v", c.text, c.typ, err)
		}
	}
}

func TestGenerate(t *testing.T) {
	for kind, want := range map[string]string{
		"hex": `^[0-9a-f]{64}$`, "hex:8": `^[0-9a-f]{16}$`, "base64:33": `^[0-9A-Za-z+/]{44}$`,
		"urlsafe:32": `^[0-9A-Za-z_-]{43}$`, "alnum:1000": `^[0-9A-Za-z]{1000}$`, "alnum": `^[0-9A-Za-z]{24}$`,
		"uuid": `^[0-9a-f-]{36}$`, "age": `^AGE-SECRET-KEY-1`,
		"hex:7": "", "hex:4097": "", "hex:": "", "age:1": "", "": "", "base32": "",
	} {
		text, public, err := generate(kind)
		if (err == nil) != (want != "") || err == nil && !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%q: %d characters, %v", kind, len(text), err)
		}
		if (public != "") != (kind == "age") {
			t.Errorf("%q: public part %q", kind, public)
		}
		if again, _, _ := generate(kind); again == text && err == nil {
			t.Errorf("%q: twice the same", kind)
		}
	}
}
