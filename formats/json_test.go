package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var jsonInputs = []string{
	`{}`, `{ }`, "{\n}\n", " {}", "\ufeff{}", "\ufeff \n{\"a\":1}",
	`{"a":1}`, `{"a": "b"}` + "\n", "{\n  \"a\": 1,\n  \"b\": [true, false, null]\n}\n",
	"{\r\n\t\"a\": 1,\r\n\t\"b\": {\"c\": \"d\"}\r\n}\r\n",
	"{\n\"a\": 1\n}", "{ \"a\" : 1 ,\n \"b\" : 2 }\n\n",
	`[]`, `[1, "two", [3, {"four": 5}], null]`, ` "top" `, "\ufeff\"top\"", `""`, `null`, `true`, `-0`, "[\n  1\n]\n",
	`1e400`, `[1e400]`, `{"a":1e400}`, `{"a":-1e999,"b":1}`,
	`{"n":[0,-0,1,-1,1.0,1.50,-0.0,1e3,1E+3,1e-7,123456789012,9223372036854775807,9223372036854775808,-9223372036854775809,18446744073709551615,1e308,5e-324,1e-400,0.1,100000000000000000000000]}`,
	`{"s":["","\u0041","\ud83d\ude00","\ud83d","\ud83d\u0041","\\n","\/","\"","a\tb","é","😀","\u2028","\u0000\u001f\u007f","<&>"]}`,
	"{\"bad\":\"a\xffb\xc3\"}", "{\"bad\xff\":1}",
	`{"":{"":""}}`, `{"a:b":{"c":1},"a":{"b:c":1}}`, `{"a":{"sops":1}}`, `{"SOPS":1}`,
	`{"a":"ENC[AES256_GCM,data:x]"}`, `[{"sops":{}}]`, `{"a":{},"b":[],"c":[[],{}]}`,
	strings.Repeat("[", 50) + strings.Repeat("]", 50),
	`{"k1":1,"k2":1,"k3":1,"k4":1,"k5":1,"k6":1,"k7":1,"k8":1,"k9":{"k1":1},"k10":1}`,
}

func TestJSONErrors(t *testing.T) {
	deep := strings.Repeat("[", 10001) + strings.Repeat("]", 10001)
	tests := []struct {
		src, msg  string
		line, col int
	}{
		{"", "empty", 1, 1},
		{" \n ", "empty", 2, 2},
		{"{", "ends too early", 1, 2},
		{`{"a"`, "ends too early", 1, 5},
		{`{"a":`, "ends too early", 1, 6},
		{`{"a":1`, "ends too early", 1, 7},
		{`{"a":"secret`, "within a string", 1, 13},
		{"{\"é\":\n  hunter2}", "expected a value", 2, 3},
		{`{"a":1,}`, "comma too many", 1, 8},
		{`[1,]`, "comma too many", 1, 4},
		{`{"a":1 "b":2}`, "expected a comma", 1, 8},
		{`{a:1}`, "key in double quotes", 1, 2},
		{`{'a':1}`, "double quotes", 1, 2},
		{"{\n // x\n}", "no comments", 2, 2},
		{`{"a":1}{}`, "after the end", 1, 8},
		{`{"a":01}`, "expected a comma", 1, 7},
		{`{"a":1.}`, "no digit", 1, 8},
		{`{"a":-}`, "no digit", 1, 7},
		{`{"a":"\x"}`, "escape", 1, 7},
		{`{"a":"\u12"}`, "escape", 1, 7},
		{"{\"a\":\"\n\"}", "control character", 1, 7},
		{`{"a":1,"b":{"c":1,"c":2}}`, `"c" stands twice`, 1, 19},
		{`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"\u0061":2}`, `"a" stands twice`, 1, 56},
		{deep, "nested too deeply", 1, 10000}, // an object is put around a list
		{"\xff\xfe{\x00}\x00", "UTF-16", 1, 1},
		{"{\x00}\x00", "NUL", 1, 2},
		{"{\"a\":\xff}", "expected a value", 1, 6},
		{`{"a":tru}`, "expected a value", 1, 6},
	}
	for _, tt := range tests {
		_, err := JSON{}.Parse([]byte(tt.src))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40q: %v", tt.src, err)
			continue
		}
		if !strings.Contains(e.Msg, tt.msg) || e.Line != tt.line || e.Column != tt.col || e.Hint == "" {
			t.Errorf("%.40q: %v (hint %q), want %q at %d:%d", tt.src, e, e.Hint, tt.msg, tt.line, tt.col)
		}
		if strings.Contains(e.Msg, "hunter2") || strings.Contains(e.Msg, "secret") {
			t.Errorf("%.40q: content in the message %q", tt.src, e.Msg)
		}
	}
}

func TestJSONState(t *testing.T) {
	for _, src := range []string{`{"sops":{}}`, `{"a":1,"sops":null}`, `{"sops":{"a":1},"sops":{}}`} {
		if _, err := (JSON{}).Parse([]byte(src)); src[len(src)-3:] != "{}}" && err != ErrEncrypted {
			t.Errorf("%s: %v", src, err)
		}
	}
	for _, src := range []string{`{}`, `{"a":1}`, `[]`, `1`} {
		if _, err := (JSON{}).ParseEncrypted([]byte(src)); err != ErrNotEncrypted {
			t.Errorf("%s: %v", src, err)
		}
	}
	for _, src := range []string{`{"sops":1}`, `{"sops":{},"sops":{}}`, `{"sops":{"a":1,"a":2}}`} {
		_, err := JSON{}.ParseEncrypted([]byte(src))
		if _, ok := err.(*Error); !ok {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestJSONBlock(t *testing.T) {
	md := Map{{"a", []any{Map{{"b", "x\ny"}}}}, {"c", Map{}}, {"d", nil}}
	tests := []struct{ src, want string }{
		{`{}`, `{"sops":{"a":[{"b":"x\ny"}],"c":{},"d":null}}`},
		{`{"k":1 }`, `{"k":1,"sops":{"a":[{"b":"x\ny"}],"c":{},"d":null} }`},
		{"{\n  \"k\": 1\n}\n", "{\n  \"k\": 1,\n  \"sops\": {\n    \"a\": [\n      {\n        \"b\": \"x\\ny\"\n      }\n    ],\n    \"c\": {},\n    \"d\": null\n  }\n}\n"},
		{"{\r\n\t\"k\": 1\r\n}", "{\r\n\t\"k\": 1,\r\n\t\"sops\": {\r\n\t\t\"a\": [\r\n\t\t\t{\r\n\t\t\t\t\"b\": \"x\\ny\"\r\n\t\t\t}\r\n\t\t],\r\n\t\t\"c\": {},\r\n\t\t\"d\": null\r\n\t}\r\n}"},
		{" [1]\n", "{\n\t\"data\": [1],\n\t\"sops\": {\n\t\t\"a\": [\n\t\t\t{\n\t\t\t\t\"b\": \"x\\ny\"\n\t\t\t}\n\t\t],\n\t\t\"c\": {},\n\t\t\"d\": null\n\t}\n}\n"},
	}
	for _, tt := range tests {
		d, err := JSON{}.Parse([]byte(tt.src))
		if err != nil {
			t.Fatal(err)
		}
		a := d.Assemble(JSON{}, make([]string, len(d.Leaves)), JSON{}.Block(d, md))
		if string(a.Text) != tt.want {
			t.Errorf("%q:\n%q\nwant\n%q", tt.src, a.Text, tt.want)
		}
	}
}

// A number that sops refuses is a string for sops, whether it is a token or not.
func TestJSONHuge(t *testing.T) {
	for token, want := range map[string]string{"": `{"a":"1e400","s":0}`, "ENC[x]": `{"a":"ENC[x]","s":0}`} {
		d, err := JSON{}.Parse([]byte(`{"a":1e400}`))
		if err != nil {
			t.Fatal(err)
		}
		if a := d.Assemble(JSON{}, []string{token}, `,"s":0`); string(a.Text) != want || len(a.Restores) > 0 != (token == "") {
			t.Errorf("%s, restores %v, want %s", a.Text, a.Restores, want)
		}
	}
}

// The block is cut out wherever it stands.
func TestJSONCut(t *testing.T) {
	tests := []struct{ src, want string }{
		{`{"sops": {}}`, `{}`},
		{"{\n\t\"sops\": {}\n}\n", "{\n}\n"},
		{`{"sops": {}, "b": 1}`, `{ "b": 1}`},
		{`{"a": 1, "sops": {} , "b": 1}`, `{"a": 1 , "b": 1}`},
		{`{"a": 1, "a": 2, "sops": {}}`, `{"a": 1, "a": 2}`},
	}
	for _, tt := range tests {
		d, err := JSON{}.ParseEncrypted([]byte(tt.src))
		if err != nil {
			t.Fatal(err)
		}
		s := d.MetadataSpans[0]
		if got := tt.src[:s.Start] + tt.src[s.End:]; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.src, got, tt.want)
		}
	}
}

// What is spelled is read as the same value of the same type.
func TestJSONSpell(t *testing.T) {
	tests := []struct {
		typ         Type
		value, want string
	}{
		{Str, "a\"\\\b\f\n\r\t\x00\x1f\x7f<é\u2028", "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f<é\u2028\""},
		{Str, "", `""`}, {Str, "1", `"1"`},
		{Int, "12", "12"}, {Int, "-3", "-3"},
		{Float, "1", "1.0"}, {Float, "-0", "-0.0"}, {Float, "1.5", "1.5"}, {Float, "0.0000001", "1e-07"},
		{Float, "100000000000000000000000", "1e+23"}, {Float, "18446744073709552000", "18446744073709552000.0"},
		{Bool, "True", "true"}, {Bool, "False", "false"}, {Null, "", "null"},
	}
	for _, tt := range tests {
		got := JSON{}.Spell(&Leaf{}, tt.typ, tt.value)
		if got != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.typ, tt.value, got, tt.want)
		}
		d, err := JSON{}.Parse([]byte(got))
		if err != nil || d.Leaves[0].Type != tt.typ || d.Leaves[0].Value != tt.value {
			t.Errorf("%s is read as %+v, %v", got, d.Leaves, err)
		}
	}
	for _, tt := range []struct {
		typ         Type
		value, want string
	}{{Int, "x", `"x"`}, {Float, "NaN", `"NaN"`}, {Float, "+Inf", `"+Inf"`}, {Time, "2020-01-01T00:00:00Z", `"2020-01-01T00:00:00Z"`}, {Str, "\xff", `"` + "\ufffd" + `"`}} {
		if got := (JSON{}).Spell(&Leaf{}, tt.typ, tt.value); got != tt.want {
			t.Errorf("%s %q: %s, want %s", tt.typ, tt.value, got, tt.want)
		}
	}
}

// oracle reads a JSON text with encoding/json, as sops does: places, types and
// values in order.
type oracle struct {
	dec *json.Decoder
	out []string
}

func (o *oracle) value(at *Place) {
	t, err := o.dec.Token()
	if err != nil {
		panic(err)
	}
	switch t := t.(type) {
	case json.Delim:
		for i := 0; o.dec.More(); i++ {
			if t == '[' {
				o.value(&Place{Parent: at, List: true, Index: int32(i)})
				continue
			}
			key, _ := o.dec.Token()
			o.value(&Place{Parent: at, Key: key.(string)})
		}
		o.dec.Token()
	case string:
		o.add(at, "str "+t)
	case bool:
		o.add(at, map[bool]string{true: "bool True", false: "bool False"}[t])
	case nil:
		o.add(at, "null ")
	case json.Number:
		o.add(at, oracleNumber(t))
	}
}

func (o *oracle) add(at *Place, s string) { o.out = append(o.out, at.String()+" "+s) }

func oracleNumber(n json.Number) string {
	if i, err := n.Int64(); err == nil {
		return "int " + strconv.FormatInt(i, 10)
	}
	if f, err := n.Float64(); err == nil {
		return "float " + strconv.FormatFloat(f, 'f', -1, 64)
	}
	return "str " + n.String()
}

// checkOracle compares our scanner with encoding/json.
func checkOracle(t *testing.T, src []byte) {
	t.Helper()
	s := newJSONScanner(src, 0, false)
	ok := s.document(nil)
	if s.err != nil && strings.Contains(s.err.Error(), "stands twice") || s.root.sops {
		return
	}
	if valid := json.Valid(src); valid != ok {
		t.Fatalf("%q: encoding/json says valid=%t, we say %v", src, valid, s.err)
	}
	if !ok {
		return
	}
	o := oracle{dec: json.NewDecoder(bytes.NewReader(src))}
	o.dec.UseNumber()
	o.value(nil)
	var got []string
	for _, l := range s.leaves {
		got = append(got, l.At.String()+" "+l.Type.String()+" "+l.Value)
	}
	if !slices.Equal(got, o.out) {
		t.Fatalf("%q: read as %q, encoding/json reads %q", src, got, o.out)
	}
}

func FuzzJSON(f *testing.F) {
	for _, src := range jsonInputs {
		f.Add([]byte(src))
	}
	f.Add([]byte(`{"a":{"b":[1,"x\ud800\u0041",1e-5]},"sops":{"version":"3"}}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		checkOracle(t, src)
		checkAccepted(t, JSON{}, src)
	})
}

func TestJSONOracle(t *testing.T) {
	for _, src := range jsonInputs {
		checkOracle(t, []byte(strings.TrimPrefix(src, "\ufeff")))
	}
	for _, src := range []string{`{"a":1,"a":2}`, "\v1", "1\f", `{"a" 1}`, `[1 2]`, `+1`, `.5`, `1.e5`, `0x1`, `1e`, `--1`, `nul`, `truee`, `"\`, `"\u`, `"\ud800\ud800"`, `"\ud800\udc00"`, `"\uD83D\uDE00x"`, `"\udc00\ud800"`, "\"\x7f\"", "\"\xed\xa0\x80\"", "\"\xf0\x9f\"", strconv.Itoa(math.MaxInt64), strconv.Itoa(math.MinInt64)} {
		checkOracle(t, []byte(src))
	}
}
