package formats

import (
	"errors"
	"strings"
	"testing"
)

func fromJSON(t testing.TB, s string) *Value {
	t.Helper()
	v, err := ParseJSON([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// changeCases: what is set (JSON; "-" unsets) where in a file, and what comes out.
type changeCase struct{ src, path, value, want string }

var changeJSON = []changeCase{
	{`{"a": 1}`, `a`, `2`, `{"a": 2}`},
	{`{"a": "x", "b": [1, 2]}`, `b[1]`, `true`, `{"a": "x", "b": [1, true]}`},
	{`{"a":1}`, `b`, `"x"`, `{"a":1,"b":"x"}`},
	{`{"a": 1}`, `b`, `{"c": [1, {}]}`, `{"a": 1, "b": {"c": [1, {}]}}`},
	{"{\n  \"a\": 1\n}\n", `b.c`, `"x"`, "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": \"x\"\n  }\n}\n"},
	{"{\r\n\t\"a\": {}\r\n}\r\n", `a.c`, `"x"`, "{\r\n\t\"a\": {\r\n\t\t\"c\": \"x\"\r\n\t}\r\n}\r\n"},
	{"{\n  \"a\": [\n    1\n  ]\n}", `a[+]`, `{"x": 1}`, "{\n  \"a\": [\n    1,\n    {\n      \"x\": 1\n    }\n  ]\n}"},
	{"{\n  \"a\": [1]\n}", `a[1]`, `[2]`, "{\n  \"a\": [1, [2]]\n}"},
	{`{}`, `a`, `1`, "{\n  \"a\": 1\n}"},
	{"{\n}\n", `["a"]["b"][0]`, `1`, "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}\n"},
	{`[1, 2]`, `[0]`, `"x"`, `["x", 2]`},
	{`[1, 2]`, `data[1]`, `"x"`, `[1, "x"]`},
	{`{"a": null}`, `a.b`, `1`, `{"a": {"b": 1}}`},
	{`{"a": {"b": 1}}`, `a`, `"s"`, `{"a": "s"}`},
	{`{"a": "s"}`, `a`, `{"b": 1}`, `{"a": {"b": 1}}`},
	{`{"a.b": 1}`, `a.b`, `2`, `{"a.b": 2}`},
	{`{"a.b": {"c": 1}}`, `a.b.c`, `2`, `{"a.b": {"c": 2}}`},
	{`{"a": 1.50}`, `a`, `1.5`, `{"a": 1.50}`},
	{`{"a": 1, "b": 2, "c": 3}`, `a`, `-`, `{"b": 2, "c": 3}`},
	{`{"a": 1, "b": 2, "c": 3}`, `b`, `-`, `{"a": 1, "c": 3}`},
	{`{"a": [ 1 ]}`, `a[0]`, `-`, `{"a": []}`},
	{"{\n  \"a\": 1,\n  \"b\": 2\n}\n", `b`, `-`, "{\n  \"a\": 1\n}\n"},
}

var changeDotenv = []changeCase{
	{"A=1\n", `A`, `"2"`, "A=2\n"},
	{"# c\nA=1 # note\nB=2\n", `A`, `"x y"`, "# c\nA='x y' # note\nB=2\n"},
	{"A=\"1\"\n", `A`, `"x"`, "A=\"x\"\n"},
	{"A='1'\n", `A`, `"it's"`, "A=\"it's\"\n"},
	{"export A= 1\n", `A`, `"x"`, "export A= x\n"},
	{"export A=1\n", `B`, `"x#y"`, "export A=1\nexport B='x#y'\n"},
	{"A=1", `B`, `"p$1"`, "A=1\nB='p$1'"},
	{"A=1\r\n", `B`, `"x"`, "A=1\r\nB=x\r\n"},
	{"", `B`, `"l1\nl2"`, "B=\"l1\\nl2\"\n"},
	{"A=\"l1\nl2\" # c\nB=1\n", `A`, `"a\\nb\\"`, "A=\"a\\\\nb\\\\\" # c\nB=1\n"},
	{"A=1\n", `A`, `true`, "A=true\n"},
	{"A=1\n", `A`, `""`, "A=\n"},
	{"A=1\nB=2\nC=3\n", `B`, `-`, "A=1\nC=3\n"},
	{"A=1\nB=2", `B`, `-`, "A=1"},
	{"a.b=1\n", `a.b`, `"2"`, "a.b=2\n"},
}

var changeYAML = []changeCase{
	{"a: 1\n", `a`, `2`, "a: 2\n"},
	{"# c\na: 'x' # n\nb: 2\n", `a`, `"y"`, "# c\na: 'y' # n\nb: 2\n"},
	{"a: x\n", `a`, `"5"`, "a: \"5\"\n"},
	{"a: \"x\"\n", `a`, `5`, "a: 5\n"},
	{"a: x\n", `a`, `"l1\nl2\n"`, "a: |\n    l1\n    l2\n"},
	{"a: |\n  x\n  y\nb: 1\n", `a`, `"p\nq\n"`, "a: |\n  p\n  q\nb: 1\n"},
	{"a: |\n  x\n  y\nb: 1\n", `a`, `"z"`, "a: z\nb: 1\n"},
	{"a:\nb: 1\n", `a`, `"z"`, "a: z\nb: 1\n"},
	{"a: # c\nb: 1\n", `a`, `"z"`, "a: z # c\nb: 1\n"},
	{"db:\n  user: x # n\n  # end\nother: 1\n", `db.password`, `"p w"`, "db:\n  user: x # n\n  password: p w\n  # end\nother: 1\n"},
	{"db:\n    user: x\n", `cache.hosts[0].name`, `"h"`, "db:\n    user: x\ncache:\n    hosts:\n      - name: h\n"},
	{"l:\n- a\n", `l[+]`, `{"x": 1, "z": [2]}`, "l:\n- a\n- x: 1\n  z:\n  - 2\n"},
	{"l:\n- a", `l[1]`, `"b"`, "l:\n- a\n- b"},
	{"l:\n  - name: a\n    v: 1\n", `l[0].w`, `true`, "l:\n  - name: a\n    v: 1\n    w: true\n"},
	{"m: {\n  a:\n}\n", `m.b`, `1`, "m: {\n  a: ,\n  b: 1\n}\n"},
	{"a: 1", `b`, `"x\ny"`, "a: 1\nb: \"x\\ny\""},
	{"m: {a: 1}\n", `m.b`, `"x, y"`, "m: {a: 1, b: 'x, y'}\n"},
	{"m: [1, 2]\n", `m[2]`, `[3]`, "m: [1, 2, [3]]\n"},
	{"m: [\n  a,\n  b, # c\n]\n", `m[+]`, `"d"`, "m: [\n  a,\n  b,\n  d, # c\n]\n"},
	{"m: [\n  a,\n  b # c\n]\n", `m[+]`, `"d"`, "m: [\n  a,\n  b, # c\n  d\n]\n"},
	{"m: {}\nn: 1\n", `m.a.b`, `1`, "m:\n  a:\n    b: 1\nn: 1\n"},
	{"m: [] # c\n", `m[0]`, `1`, "m: # c\n  - 1\n"},
	{"- {}\n", `[0].a`, `1`, "- a: 1\n"},
	{"a: old # note\n", `a`, `{"b": 1}`, "a: # note\n  b: 1\n"},
	{"a:\n  b: 1\n  c: 2\nd: 3\n", `a`, `"s"`, "a: s\nd: 3\n"},
	{"a:\n  b: 1\n  c: 2\nd: 3\n", `a`, `{"x": 1}`, "a:\n  x: 1\nd: 3\n"},
	{"", `a.b`, `1`, "a:\n  b: 1\n"},
	{"# only\n", `a`, `1`, "# only\na: 1\n"},
	{"{}\n", `a`, `1`, "a: 1\n"},
	{"a: 1\r\n", `b.c`, `"x\ny"`, "a: 1\r\nb:\r\n  c: |-\r\n    x\r\n    y\r\n"},
	{"a: &x 1\nb: *x\n", `b`, `2`, "a: &x 1\nb: 2\n"},
	{"a: &x\n  k: 1\nb: *x\n", `a.k`, `2`, "a: &x\n  k: 2\nb: *x\n"},
	{"a: !!int 5\n", `a`, `"x"`, "a: x\n"},
	{"a: !custom 5\n", `a`, `"x"`, "a: !custom x\n"},
	{"a: 0x1F\n", `a`, `31`, "a: 0x1F\n"},
	{"a: 1\nb: 2\n", `a`, `-`, "b: 2\n"},
	{"a: 1\nb: 2", `b`, `-`, "a: 1"},
	{"a:\n  b: 1 # n\nc: 2\n", `a.b`, `-`, "a: {}\nc: 2\n"},
	{"# h\na: 1\n", `a`, `-`, "# h\n{}\n"},
	{"l:\n  - a: 1\n    b: 2\n  - c\n", `l[0].a`, `-`, "l:\n  - b: 2\n  - c\n"},
	{"l:\n  - a: 1\n    b: 2\n  - c\n", `l[0]`, `-`, "l:\n  - c\n"},
	{"m: {a: 1, b: 2, c: 3}\n", `m.b`, `-`, "m: {a: 1, c: 3}\n"},
	{"m: {a: 1, b: 2, c: 3}\n", `m.a`, `-`, "m: {b: 2, c: 3}\n"},
	{"a: 1\n---\nb: 2\n", `b`, `3`, "a: 1\n---\nb: 3\n"},
	{"k:\n  - a\n  - |\n    x\nz: 1\n", `k[+]`, `"b"`, "k:\n  - a\n  - |\n    x\n  - b\nz: 1\n"},
	{"é: ü\nß:\n  ö: 1\n", `ß.ä`, `"x"`, "é: ü\nß:\n  ö: 1\n  ä: x\n"},
}

var changeINI = []changeCase{
	{"[a]\nx = 1\n", `a.x`, `"2"`, "[a]\nx = 2\n"},
	{"; c\n[a]\nx = 1 ; n\ny=2\n", `a.x`, `"p;q"`, "; c\n[a]\nx = `p;q` ; n\ny=2\n"},
	{"[a]\nx=1\n[b]\ny=2\n", `a.z`, `true`, "[a]\nx=1\nz=true\n[b]\ny=2\n"},
	{"[a]\nx = 1\n", `b.y`, `"v"`, "[a]\nx = 1\n\n[b]\ny = v\n"},
	{"x = 1\n[a]\n", `DEFAULT.y`, `"v"`, "x = 1\ny = v\n[a]\n"},
	{"[a]\n[b]\nx = 1\n", `a.y`, `"v"`, "[a]\ny = v\n[b]\nx = 1\n"},
	{"[a]\nx = 1\ny = 2\n", `a.x`, `-`, "[a]\ny = 2\n"},
	{"[a]\nx = 1\n", `a.x`, `-`, "[a]\n"},
	{"[a]\nx = 1\n[b]\ny = 2\n", `a`, `-`, "[b]\ny = 2\n"},
	{"", `a.x`, `"1"`, "[a]\nx = 1\n"},
}

func TestChange(t *testing.T) {
	for name, cases := range map[string][]changeCase{"ini": changeINI, "json": changeJSON, "dotenv": changeDotenv, "yaml": changeYAML} {
		f := ByName(name)
		for _, c := range cases {
			p, err := ParsePath(c.path)
			if err != nil {
				t.Errorf("%s: %v", c.path, err)
				continue
			}
			var got []byte
			if c.value == "-" {
				got, err = Unset(f, []byte(c.src), Target{Path: p})
			} else {
				got, err = Set(f, []byte(c.src), Target{Path: p}, fromJSON(t, c.value))
			}
			if err != nil || string(got) != c.want {
				t.Errorf("%s %q %s %s:\n got %q, %v\nwant %q", name, c.src, c.path, c.value, got, err, c.want)
			}
		}
	}
}

func TestChangeRefused(t *testing.T) {
	for _, c := range []struct{ format, src, path, value, want string }{
		{"json", `{"a": "secret"}`, `a.b`, `1`, "a is a single value"},
		{"json", `{"a": [1]}`, `a[5]`, `1`, "out of range"},
		{"json", `{"a": [1]}`, `a.b`, `1`, "is a list"},
		{"json", `{"a": {}}`, `a[0]`, `1`, "is a mapping"},
		{"json", `{}`, `a[3]`, `1`, "out of range"},
		{"json", `{"a.b": 1, "a": {"b": 2}}`, `a.b`, `3`, "several things"},
		{"json", `{"a": 1}`, `b`, `-`, "no such value"},
		{"yaml", "a: 1\n---\nb: 2\n", `c`, `1`, "no document has this path"},
		{"yaml", "a: 1\n---\na: 2\n", `a`, `1`, "documents 1, 2 have it"},
		{"yaml", "a: &x secret\nb: *x\n", `a`, `-`, "an alias elsewhere"},
		{"yaml", "a: &x\n  k: 1\nb: *x\n", `b.k`, `2`, "behind the alias *x"},
		{"yaml", "a: &x\n  k: 1\nb: *x\n", `b.new`, `2`, "behind the alias *x"},
		{"dotenv", "A=secret\nA=2\n", `A`, `"x"`, "several things (lines 1, 2)"},
		{"dotenv", "A=1\n", `B`, `{}`, "texts only"},
		{"dotenv", "A=1\n", `B C`, `"x"`, "no name"},
		{"dotenv", "A=1\n", `sops_x`, `"x"`, "no name"},
	} {
		p, err := ParsePath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if c.value == "-" {
			_, err = Unset(ByName(c.format), []byte(c.src), Target{Path: p})
		} else {
			_, err = Set(ByName(c.format), []byte(c.src), Target{Path: p}, fromJSON(t, c.value))
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q %s: %v; want %s", c.src, c.path, err, c.want)
		}
	}
}

func TestParsePath(t *testing.T) {
	for in, want := range map[string]string{
		`db.password`:           `db.password`,
		`hosts[0].name`:         `hosts[0].name`,
		`["db"]["password"][0]`: `db.password[0]`,
		`"a.b".c`:               `"a.b".c`,
		`['a b']`:               `"a b"`,
		`a['x"]'][+]`:           `a."x\"]"[+]`,
		`a[]`:                   `a[+]`,
		`.a`:                    `a`,
		`[3][0]`:                `[3][0]`,
		`"tab\t".'it is'`:       `"tab\t"."it is"`,
		`a b`:                   `"a b"`,
	} {
		p, err := ParsePath(in)
		if err != nil || p.String() != want {
			t.Errorf("%s: %s, %v; want %s", in, p, err, want)
			continue
		}
		again, err := ParsePath(p.String())
		if err != nil || again.String() != want {
			t.Errorf("%s does not come back: %s, %v", want, again, err)
		}
	}
	for _, in := range []string{``, `.`, `a.`, `a..b`, `a[`, `a[x]`, `a[-1]`, `a["b]`, `["a"x]`, `a]b[`, `"a`, `a[0]b`, `a[99999999999]`, `"a"b`} {
		var e *PathError
		if p, err := ParsePath(in); !errors.As(err, &e) || e.Hint() == "" {
			t.Errorf("%s: %s, %v", in, p, err)
		}
	}
}

func TestNearest(t *testing.T) {
	src := `{"database": {"password": 1, "user": 2}, "hosts": [{"name": 1}]}`
	for path, want := range map[string]string{
		`database.pasword`: "did you mean database.password",
		`databse.password`: "did you mean database.password",
		`password`:         "did you mean database.password",
		`hosts.name`:       "write hosts[0]",
		`zzzzzz`:           "",
	} {
		p, _ := ParsePath(path)
		_, err := Find(JSON{}, []byte(src), Target{Path: p})
		var e *PathError
		if !errors.As(err, &e) || !e.Absent || e.Hint() != want {
			t.Errorf("%s: %v, %v", path, err, e)
		}
	}
}
