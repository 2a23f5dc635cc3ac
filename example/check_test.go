package example

import (
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
)

const contractTemplate = `# The contract of a service.

# @required @type=url where it is
# @min-length=12
DATABASE_URL=
# @optional
SENTRY_DSN=
# @type=enum(dev, prod)
ENVIRONMENT=dev
# @type=port
PORT=8080
# @type=bool
DEBUG=false
# @type=email
MAIL=
# @type=base64 @generate=base64:32
KEY=
# @type=int
WORKERS=
NAME=<the name>
export QUOTED=""
`

func findings(list []Finding) string {
	var b []string
	for _, f := range list {
		b = append(b, f.Key+" "+f.Code)
	}
	return strings.Join(b, ", ")
}

func TestCheckDotenv(t *testing.T) {
	c, err := ReadContract(formats.Dotenv{}, []byte(contractTemplate), crypt.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	const good = "DATABASE_URL='postgres://db/CANARY' # local\nENVIRONMENT=prod\nPORT=8080\nDEBUG=false\nMAIL=a@b.example\nKEY=Q0FOQVJZ\nWORKERS=4\nNAME=CANARY\nQUOTED=\"CANARY\"\n"
	for _, x := range []struct{ old, new, want string }{
		{"", "", ""},
		{"NAME=CANARY", "", "NAME missing"},
		{"NAME=CANARY", "NAME=", "NAME empty"},
		{"NAME=CANARY", "NAME=''", "NAME empty"},
		{"NAME=CANARY", "NAME=<the name>", "NAME placeholder"},
		{"NAME=CANARY", "NAME=changeme", "NAME placeholder"},
		{"NAME=CANARY", "SENTRY_DSN=\nNAME=CANARY", ""},
		{"NAME=", "OTHER=CANARY\nNAME=", "OTHER unknown"},
		{"'postgres://db/CANARY'", "CANARY", "DATABASE_URL type"},
		{"'postgres://db/CANARY'", "a://b/c", "DATABASE_URL length"},
		{"=prod", "=CANARY", "ENVIRONMENT type"},
		{"PORT=8080", "PORT=80800", "PORT type"},
		{"DEBUG=false", "DEBUG=CANARY", "DEBUG type"},
		{"a@b.example", "CANARY", "MAIL type"},
		{"Q0FOQVJZ", "CANARY!", "KEY type"},
		{"WORKERS=4", "WORKERS=4.5", "WORKERS type"},
		{good, "", "DATABASE_URL missing, ENVIRONMENT missing, PORT missing, DEBUG missing, MAIL missing, KEY missing, WORKERS missing, NAME missing, QUOTED missing"},
	} {
		text := strings.Replace(good, x.old, x.new, 1)
		values, err := Values(formats.Dotenv{}, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := c.Check(values, CheckOptions{})
		if findings(got) != x.want {
			t.Errorf("%q: %v", x.new, got)
		}
		for _, f := range got {
			if strings.Contains(f.Msg, "CANARY") {
				t.Errorf("a value is shown: %v", f)
			}
		}
	}
}

func TestCheckYAML(t *testing.T) {
	const template = "db:\n  # @min-length=4\n  password: \"\" # @expires=90d\n  port: 0\n  ratio: 0.5\nusers:\n  - name: \"\" # @type=email\nnothing: null\n"
	c, err := ReadContract(formats.YAML{}, []byte(template), crypt.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	const good = "db:\n  password: CANARY\n  port: 1\n  ratio: 2\nusers:\n  - name: a@b.c\n  - name: c@d.e\nnothing:\n"
	changed := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		old, new, want string
		after          int // days
	}{
		{"", "", "", 89},
		{"", "", "db.password expired", 91},
		{"port: 1", "port: x", "db.port type", 0},
		{"password: CANARY", "password: abc", "db.password length", 0},
		{"c@d.e", "CANARY", "users[1].name type", 0},
		{"users:\n  - name: a@b.c\n  - name: c@d.e\n", "users: []\n", "users[0].name missing", 0},
		{"password: CANARY", "password: {a: b}", "db.password missing, db.password.a unknown", 0},
	} {
		values, err := Values(formats.YAML{}, []byte(strings.Replace(good, x.old, x.new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		got := c.Check(values, CheckOptions{
			Now:     changed.AddDate(0, 0, x.after),
			Changed: func(Value) (time.Time, bool) { return changed, true },
		})
		if findings(got) != x.want {
			t.Errorf("%q after %d days: %v", x.new, x.after, got)
		}
	}
}

func TestBadAnnotations(t *testing.T) {
	for _, c := range []struct{ comment, want string }{
		{"# @requird", "line 2: the annotation @requird is not known; did you mean @required?"},
		{"# @type=urll", `line 2: the type "urll" is not known; did you mean @type=url?`},
		{"# @type=enum", "line 2: only the type enum has a list in parentheses; write for example @type=enum(dev,prod)"},
		{"# @type=url(x)", "line 2: only the type enum has a list in parentheses; write for example @type=enum(dev,prod)"},
		{"# @type=enum()", "line 2: the list of the type enum is empty; write for example @type=enum(dev,prod)"},
		{"# @min-length=x", "line 2: @min-length needs a number; write for example @min-length=16"},
		{"# @expires=3m", "line 2: @expires is not a time span like 90d, 2w or 12h; write days, weeks or hours: @expires=90d"},
		{"# @required @optional", "line 2: @required and @optional contradict each other; keep one of them"},
		{"# @required=1", "line 2: @required takes no value; write @required"},
		{"# @generate", "line 2: @generate needs a kind; write for example @generate=urlsafe:32"},
		{"# @required\n", "line 2: the annotation does not stand at one key; write it straight above the key that it is for"},
	} {
		_, err := ReadContract(formats.Dotenv{}, []byte("A=\n"+c.comment+"\nB=\n"), crypt.Rules{})
		e, ok := err.(*formats.Error)
		if !ok || e.Error()+"; "+e.Hint != c.want {
			t.Errorf("%s: %v", c.comment, err)
		}
	}
	_, err := ReadContract(formats.YAML{}, []byte("# @required\ndb:\n  a: 1\n"), crypt.Rules{})
	if err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("an annotation above a map: %v", err)
	}
}

const schemaText = `$schema: https://json-schema.org/draft/2020-12/schema
type: object
required: [db, level]
additionalProperties: false
properties:
  db:
    type: object
    required: [password]
    properties:
      password: {type: string, minLength: 4, pattern: "^[a-z]+$"}
      port: {type: integer}
      users: {type: array, items: {type: string, format: email}}
  level: {enum: [debug, info]}
`

func TestSchema(t *testing.T) {
	s, err := ReadSchema([]byte(schemaText))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		format     formats.Format
		text, want string
	}{
		{formats.YAML{}, "db: {password: abcd, port: 1, users: [a@b.c]}\nlevel: info\n", ""},
		{formats.JSON{}, `{"db": {"password": "abcd", "port": 12345}, "level": "debug"}`, ""},
		{formats.YAML{}, "db: {password: CANARY, port: CANARY, users: [a@b.c, CANARY]}\nlevel: CANARY\nother: CANARY\n",
			"db.password schema, db.port type, db.users[1] type, level type, other unknown"},
		{formats.JSON{}, `{"db": {"password": ""}}`, "db.password empty, db.password schema, level missing"},
		{formats.Dotenv{}, "db=CANARY\nlevel=info\n", "db type"},
	} {
		got, err := s.Check(c.format, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		list := strings.Split(findings(got), ", ")
		want := strings.Split(c.want, ", ")
		if !sameSet(list, want) {
			t.Errorf("%s: %v", c.text, got)
		}
		for _, f := range got {
			if strings.Contains(f.Msg, "CANARY") {
				t.Errorf("a value is shown: %v", f)
			}
			if f.Code != "missing" && f.Line == 0 && f.Key != "db" {
				t.Errorf("no line: %v", f)
			}
		}
	}
	_, err = ReadSchema([]byte("{\n \"type\": \"object\",\n \"properties\": {\"a\": {\n  \"type\": \"strin\"}}}"))
	if err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("a bad schema: %v", err)
	}
	if _, err = ReadSchema([]byte("{\n \"type\": \n]")); err == nil {
		t.Error("a schema that is no JSON is accepted")
	}
}

func sameSet(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
