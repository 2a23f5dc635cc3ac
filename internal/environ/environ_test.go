package environ

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/dotenv"
)

func flat(t *testing.T, f formats.Format, text string, o Options) ([]string, error) {
	t.Helper()
	doc, err := f.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	vars, err := FromDocument(doc, nil, o)
	return Merge(nil, vars, false), err
}

func TestFromDocument(t *testing.T) {
	const yaml = `db:
  password: p w
  hosts:
    - name: a
    - b
  # comment
  "odd key/ü": x
none: ~
empty: ""
on: true
big: 12345678901234567890123
version: 1.50
mode: 0x1F
day: 2024-01-02
9lives: [[1]]
text: |
  two
  lines
`
	for name, c := range map[string]struct {
		o    Options
		want []string
	}{
		"all": {Options{}, []string{"db_password=p w", "db_hosts_0_name=a", "db_hosts_1=b", "db_odd_key__=x", "empty=", "on=true",
			"big=12345678901234567890123", "version=1.50", "mode=31", "day=2024-01-02", "_9lives_0_0=1", "text=two\nlines\n"}},
		"upper, prefix":   {Options{Upper: true, Prefix: "app_", Only: []string{"APP_DB_H*"}}, []string{"APP_DB_HOSTS_0_NAME=a", "APP_DB_HOSTS_1=b"}},
		"by path":         {Options{Only: []string{"db.*"}, Except: []string{"db.hosts*", "*odd*"}}, []string{"db_password=p w"}},
		"brackets escape": {Options{Only: []string{`db.hosts\[0\]*`}}, []string{"db_hosts_0_name=a"}},
		"nothing":         {Options{Only: []string{"nothing"}}, nil},
	} {
		if got, err := flat(t, formats.YAML{}, yaml, c.o); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v\ngot  %q\nwant %q", name, err, got, c.want)
		}
	}
	got, err := flat(t, formats.JSON{}, `{"a": {"b": [true, null, 1e400, 9007199254740993]}}`, Options{})
	if want := []string{"a_b_0=true", "a_b_2=1e400", "a_b_3=9007199254740993"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("JSON: %q, %v", got, err)
	}
	got, err = flat(t, formats.YAML{}, "a: &x\n  b: 1\nc: *x\n", Options{})
	if want := []string{"a_b=1", "c_b=1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("alias: %q, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		o    Options
		want []string
	}{
		"collision":       {"a: {b: canary}\na_b: canary\n", Options{}, []string{"a.b", "a_b"}},
		"made by --upper": {"a: canary\nA: canary\n", Options{Upper: true}, []string{" A", "a "}},
		"pattern":         {"a: canary\n", Options{Only: []string{"[a"}}, []string{"[a"}},
	} {
		_, err := flat(t, formats.YAML{}, c.text, c.o)
		var e *Error
		if !errors.As(err, &e) || e.Hint() == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not name %q", name, err, w)
			}
		}
	}
	if got, err := flat(t, formats.YAML{}, "a: {b: 1}\na_b: 1\n", Options{Except: []string{"a_b", "!"}}); len(got) > 0 || err != nil {
		t.Errorf("both left out: %q, %v", got, err)
	}
	if got, err := flat(t, formats.YAML{}, "a: {b: 1}\na_b: 2\n", Options{Except: []string{"a.b"}}); !slices.Equal(got, []string{"a_b=2"}) || err != nil {
		t.Errorf("one left out: %q, %v", got, err)
	}
}

func TestFromDotenv(t *testing.T) {
	entries, _ := dotenv.Parse([]byte("A=1\nodd.name=2\nUNSET\nA=3\n"))
	vars, err := FromDotenv(entries, func(n string) bool { return n == "A" }, Options{})
	want := []Var{{"odd.name", "2", "odd.name", false}, {"A", "3", "A", true}}
	if err != nil || !reflect.DeepEqual(vars, want) {
		t.Errorf("%+v, %v", vars, err)
	}
}

func TestMerge(t *testing.T) {
	vars := Later([]Var{{Name: "A", Value: "1"}, {Name: "B", Value: "1"}}, []Var{{Name: "A", Value: "2"}})
	if got := Merge([]string{"A=old", "C=old", "=odd"}, vars, false); !slices.Equal(got, []string{"C=old", "=odd", "A=2", "B=1"}) {
		t.Errorf("%q", got)
	}
	if got := Merge([]string{"A=old", "C=old"}, vars, true); !slices.Equal(got, []string{"A=old", "C=old", "B=1"}) {
		t.Errorf("keep: %q", got)
	}
}

func TestCheck(t *testing.T) {
	for _, v := range []Var{{Name: ""}, {Name: "A=B"}, {Name: "A\x00"}, {Name: "A", Path: "a.b", Value: "canary\x00"}} {
		var e *Error
		if err := Check([]Var{{Name: "OK", Value: "x"}, v}); !errors.As(err, &e) || e.Hint() == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", v.Name, err)
		}
	}
}
