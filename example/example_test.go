package example

import (
	"strings"
	"testing"

	"github.com/encfg/encfg/formats"
)

const yamlFile = `# CANARY header

# CANARY above
db:
  host_unencrypted: db.example.com # CANARY behind
  user: CANARY user    # CANARY
  password: "CANARY"
  single: 'CANARY'
  port: 5432
  tls: true
  ratio: 1.5
  since: 2001-12-14
  big: 18446744073709551615
  tagged: !!int "12345678"
  binary: !!binary Q0FOQVJZ
  cert: |
    -----BEGIN CANARY-----

    CANARY
  headed: | # CANARY
    CANARY
  folded: >-
    CANARY text
    more
  flow: {a: CANARY, "b": 'CANARY y', c: 12345678, d: [CANARY, "CANARY"]}
  plain text: CANARY over
    two CANARY lines
  list:
    - CANARY one
    # CANARY in a list
    - x: CANARY two
  empty: ""
  nothing:
anchors:
  base: &b
    k: CANARY value
  use:
    <<: *b
    extra: CANARY x1
  alias: *b
1: CANARY
---
second: CANARY
`

const yamlTemplate = `db:
  host_unencrypted: db.example.com
  user: ""
  password: ""
  single: ''
  port: 0
  tls: false
  ratio: 0.0
  since: ""
  big: 0.0
  tagged: 0
  binary: ""
  cert: ""
  headed: ""
  folded: ""
  flow: {a: "", "b": '', c: 0, d: ["", ""]}
  plain text: ""
  list:
    - ""
    - x: ""
  empty: ""
  nothing:
anchors:
  base: &b
    k: ""
  use:
    <<: *b
    extra: ""
  alias: *b
1: ""
---
second: ""
`

const dotenvFile = `# CANARY
API_KEY=CANARY
export TOKEN="CANARY quoted # x"   # CANARY
EMPTY=
LOG_LEVEL_unencrypted=info

# CANARY

PEM="-----BEGIN CANARY
CANARY
-----END"
junk CANARY line
 #CANARY indented
LAST=CANARY`

const dotenvTemplate = `API_KEY=
export TOKEN=
EMPTY=
LOG_LEVEL_unencrypted=info


PEM=
LAST=`

const jsonFile = `{
  "db": {"user": "CANARY", "port": 5432, "on": true, "f": 1.25, "n": null, "list": ["CANARY", 2, {"x": "CANARY"}]},
  "huge": 123456789012345678901234567890, "far": 1e999,
  "plain_unencrypted": "visible"
}
`

const jsonTemplate = `{
  "db": {"user": "", "port": 0, "on": false, "f": 0.0, "n": null, "list": ["", 0, {"x": ""}]},
  "huge": 0.0, "far": "",
  "plain_unencrypted": "visible"
}
`

const iniFile = `; CANARY
top = CANARY ; CANARY

# CANARY
# CANARY
[db] ; CANARY
; CANARY
password = "CANARY" # CANARY
port=5432
`

const iniTemplate = `top = 

[db]
password = ""
port=
`

var files = []struct {
	format          formats.Format
	plain, template string
}{
	{formats.YAML{}, yamlFile, yamlTemplate},
	{formats.Dotenv{}, dotenvFile, dotenvTemplate},
	{formats.JSON{}, jsonFile, jsonTemplate},
	{formats.JSON{}, `["CANARY", 1]`, `["", 0]`},
	{formats.Dotenv{}, "A=CANARY\r\n# CANARY\r\nB=CANARY\r\n", "A=\r\nB=\r\n"},
	{formats.INI{}, iniFile, iniTemplate},
	{formats.YAML{}, "a: CANARY\r\n# CANARY\r\nb: 12\r\n", "a: \"\"\r\nb: 0\r\n"},
}

func TestTemplateOfPlaintext(t *testing.T) {
	for _, c := range files {
		s := fromPlain(t, c.format, c.plain)
		got := template(t, s, Options{})
		if got != c.template {
			t.Errorf("%s: the template is\n%s", c.format.Name(), got)
		}
		if err := s.Leaks([]byte(got)); err != nil {
			t.Errorf("%s: %v", c.format.Name(), err)
		}
	}
}

// The template of an encrypted file has the same keys, and no secret.
func TestTemplateWithoutKey(t *testing.T) {
	for _, c := range files {
		s, err := FromEncrypted(c.format, encrypt(t, c.format, c.plain))
		if err != nil {
			t.Fatal(err)
		}
		got := template(t, s, Options{})
		for _, bad := range []string{"CANARY", "5432", "12345678", "Q0FOQVJZ", "ENC[", "sops"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s: the template has %q:\n%s", c.format.Name(), bad, got)
			}
		}
		p := fromPlain(t, c.format, c.plain)
		want := template(t, p, Options{})
		for _, pair := range [][2]string{{got, want}, {want, got}} {
			diff, err := p.Compare([]byte(pair[0]), []byte(pair[1]))
			if err != nil || len(diff) > 0 {
				t.Errorf("%s: %v %v\n%s", c.format.Name(), err, diff, got)
			}
		}
	}
}

func TestPlaceholders(t *testing.T) {
	const file = "a: secret\nport: 5432\non: true\nname_unencrypted: visible\n"
	o := Options{Placeholder: "<ask>", Text: func(at *formats.Place) (string, bool) {
		switch at.String() {
		case "port":
			return "8080", true
		case "on":
			return "perhaps", true
		}
		return "", false
	}}
	s := fromPlain(t, formats.YAML{}, file)
	if got := template(t, s, o); got != "a: <ask>\nport: 8080\non: perhaps\nname_unencrypted: visible\n" {
		t.Errorf("placeholders:\n%s", got)
	}
	if got := template(t, s, Options{BlankAll: true}); got != "a: \"\"\nport: 0\non: false\nname_unencrypted: \"\"\n" {
		t.Errorf("all blank:\n%s", got)
	}
}

func TestComments(t *testing.T) {
	const file = "# one\na: xxxxxxxx # two\n"
	s := fromPlain(t, formats.YAML{}, file)
	if got := template(t, s, Options{Comments: true}); got != "# one\na: \"\" # two\n" {
		t.Errorf("with comments:\n%s", got)
	}
}

func TestLeaks(t *testing.T) {
	const file = "db: {password: hunter2-CANARY, pin: '4711', word: secretword, key: password, on: 'true'}\nshown_unencrypted: everybody\ncopy: everybody\n"
	s := fromPlain(t, formats.YAML{}, file)
	clean := template(t, s, Options{})
	if err := s.Leaks([]byte(clean)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"db:", "# was hunter2-CANARY\ndb:", "line 1, column 7: the template would show the value of db.password"},
		{"db:", "# aHVudGVyMi1DQU5BUlk=\ndb:", "db.password"}, // base64
		{"db:", "# the secretword\ndb:", "db.word"},
		{"db:", "# secretwords and 4711\ndb:", ""},
		{"pin: ''", "pin: '4711'", "db.pin"},
		{`copy: ""`, "copy: everybody", "copy"},
	} {
		text := strings.Replace(clean, c.old, c.new, 1)
		if text == clean {
			t.Fatalf("%q is not in\n%s", c.old, clean)
		}
		err := s.Leaks([]byte(text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%q: %v", c.new, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q: %v", c.new, err)
		}
		if err != nil && strings.Contains(err.Error(), "CANARY") {
			t.Errorf("the error shows the value: %v", err)
		}
	}
}

func TestName(t *testing.T) {
	for _, c := range [][3]string{
		{".env", "", ".env.example"},
		{"a/.env.local", "", "a/.env.local.example"},
		{"secrets.yaml", "", "secrets.example.yaml"},
		{"a/config.json", "", "a/config.example.json"},
		{"prod.env", "", "prod.example.env"},
		{"secrets.yaml", "{stem}{ext}.template", "secrets.yaml.template"},
		{".env", "{stem}-sample{ext}", ".env-sample"},
	} {
		if got := Name(c[0], c[1]); got != c[2] {
			t.Errorf("the template of %s is %s", c[0], got)
		}
		if got, ok := FileOf(c[2], c[1]); !ok || got != c[0] {
			t.Errorf("%s is the template of %q", c[2], got)
		}
	}
	if f, ok := FileOf("secrets.yaml", ""); ok {
		t.Errorf("secrets.yaml is the template of %s", f)
	}
}
