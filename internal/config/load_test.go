package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// parse reads a text that must be valid, as an .encfg.yaml in /p.
func parse(t *testing.T, src string) *File {
	t.Helper()
	f, err := Parse("/p/.encfg.yaml", []byte(src))
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return f
}

// shortRule is a rule with every field of the short form.
const shortRule = `
creation_rules:
  - path_regex: \.prod\.yaml$
    kms: "arn:a, arn:b,"
    aws_profile: prod
    age: [age1x, "age1y,age1z"]
    pgp: 1234567890123456789012345678901234567890
    gcp_kms: projects/p
    hckms: [eu:1, eu:2]
    azure_keyvault: https://v/keys/k/1
    hc_vault_transit_uri: http://v/v1/transit/keys/k
    encrypted_regex: ^(password|key)$
    mac_only_encrypted: yes
    comments: plain
    shamir_threshold: 2
`

func TestShortForm(t *testing.T) {
	r := parse(t, shortRule).Rules[0]
	var keys []string
	for _, k := range r.Keys {
		keys = append(keys, k.Field+"="+k.Value)
	}
	want := []string{
		"kms=arn:a", "kms=arn:b", "age=age1x", "age=age1y", "age=age1z",
		"pgp=1234567890123456789012345678901234567890", "gcp_kms=projects/p",
		"hckms=eu:1", "hckms=eu:2", "azure_keyvault=https://v/keys/k/1",
		"hc_vault_transit_uri=http://v/v1/transit/keys/k",
	}
	if !reflect.DeepEqual(keys, want) {
		t.Errorf("keys are\n%q, want\n%q", keys, want)
	}
	if r.Line != 3 || r.AWSProfile != "prod" || r.Selection != (Selection{EncryptedRegex: "^(password|key)$"}) ||
		!r.MACOnlyEncrypted || !r.CommentsPlain || r.ShamirThreshold != 2 || r.Skip {
		t.Errorf("rule is %+v", r)
	}
	if r.Keys[2].Line != 6 {
		t.Errorf("age1x is at line %d, want 6", r.Keys[2].Line)
	}
}

func TestKeyGroups(t *testing.T) {
	f := parse(t, `
stores: {yaml: {indent: 2}, json: {indent: 0}, dotenv: {}}
destination_rules:
  - s3_bucket: b
    path_regex: x
    vault_kv_version: 2
    recreation_rule: {age: age1q}
keys:
  - &admin age1admin
creation_rules:
  - shamir_threshold: 2
    key_groups:
      - age: [*admin, age1bob] 
        kms:
          - arn: arn:1
            role: arn:r
            context: {Env: prod, N: 1}
            aws_profile: p
      - merge:
          - pgp: [F1]
          - {hc_vault: [http://v], pgp: [F1]}
        pgp: [F2]
        azure_keyvault: [{vaultUrl: u, key: k, version: v}]
        gcp_kms: [{resource_id: r}]
        hckms: [{key_id: k}]
`)
	got := f.Rules[0].Groups
	text := func(field, v string) Entry { return Entry{Field: field, Fields: []Field{{Value: v}}} }
	want := [][]Entry{{
		text("age", "age1admin"), text("age", "age1bob"),
		{Field: "kms", Fields: []Field{
			{Name: "arn", Value: "arn:1"}, {Name: "role", Value: "arn:r"},
			{Name: "context", Value: []Field{{Name: "Env", Value: "prod"}, {Name: "N", Value: "1"}}}, {Name: "aws_profile", Value: "p"},
		}},
	}, {
		text("pgp", "F1"), text("hc_vault", "http://v"), text("pgp", "F2"),
		{Field: "azure_keyvault", Fields: []Field{{Name: "vaultUrl", Value: "u"}, {Name: "key", Value: "k"}, {Name: "version", Value: "v"}}},
		{Field: "gcp_kms", Fields: []Field{{Name: "resource_id", Value: "r"}}},
		{Field: "hckms", Fields: []Field{{Name: "key_id", Value: "k"}}},
	}}
	for _, g := range got {
		for i := range g {
			if g[i].Line == 0 {
				t.Errorf("%+v has no line", g[i])
			}
			g[i].Line = 0
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("groups are\n%+v, want\n%+v", got, want)
	}
	if n := f.NameOf("age1admin"); n != "admin" {
		t.Errorf("age1admin has the name %q", n)
	}
}

func TestOwnSections(t *testing.T) {
	f := parse(t, `
names:
  alice: age1alice
  team: [age1t1, age1t2]
rotation:
  - keys: db.password
    max_age: 90d
    warn: 2w
    owner: alice
    note: see the wiki
  - keys: [a.*, "*.token"]
    path_regex: ^prod/
    max_age: 12h
example:
  name: "{stem}.example{ext}"
  placeholders:
    "*.password": ask alice
    db.host: localhost
creation_rules:
  - path_regex: secrets
    age:
      - age1alice # not the name
      - age1carol # carol, on call
      - age1t1
  - age: age1t1
  - age: age1never
`)
	if got := f.Named("team"); !reflect.DeepEqual(got, []string{"age1t1", "age1t2"}) {
		t.Errorf("team is %q", got)
	}
	for recipient, want := range map[string]string{
		"age1alice": "alice", "age1carol": "carol, on call", "age1t1": "team", "age1other": "",
	} {
		if got := f.NameOf(recipient); got != want {
			t.Errorf("%s is named %q, want %q", recipient, got, want)
		}
	}
	r := f.Rotation
	if len(r) != 2 || r[0].MaxAge != 90*24*time.Hour || r[0].Warn != 14*24*time.Hour || r[0].Owner != "alice" ||
		r[0].Note != "see the wiki" || !reflect.DeepEqual(r[1].Keys, []string{"a.*", "*.token"}) || r[1].MaxAge != 12*time.Hour {
		t.Errorf("rotation is %+v", r)
	}
	if !r[0].Applies("x") || !r[1].Applies("prod/x") || r[1].Applies("dev/prod/x") {
		t.Error("the rotation rules apply to the wrong files")
	}
	e := f.Example
	if e.Name != "{stem}.example{ext}" || len(e.Placeholders) != 2 || e.Placeholders[0].Keys != "*.password" ||
		e.Placeholders[0].Text != "ask alice" || e.Placeholders[0].Line != 17 || !e.Placeholders[1].Covers(at("db", "host")) {
		t.Errorf("example is %+v", e)
	}
	if len(f.Warnings) != 1 || f.Warnings[0].Line != 26 || !strings.Contains(f.Warnings[0].Msg, "line 25") {
		t.Errorf("warnings are %+v", f.Warnings)
	}
}

func TestMergedMaps(t *testing.T) {
	f := parse(t, `
x-defaults: &base {age: age1a, encrypted_regex: secret, aws_profile: p}
creation_rules:
  - <<: *base
    path_regex: a
    age: age1b
  - <<: [{age: age1c}, *base]
`)
	if r := f.Rules[0]; r.Keys[0].Value != "age1b" || len(r.Keys) != 1 || r.Selection.EncryptedRegex != "secret" || r.AWSProfile != "p" {
		t.Errorf("the first rule is %+v", r)
	}
	if r := f.Rules[1]; r.Keys[0].Value != "age1c" || len(r.Keys) != 1 || r.AWSProfile != "p" {
		t.Errorf("the second rule is %+v", r)
	}
}

func TestNothingInIt(t *testing.T) {
	for _, src := range []string{"", "# only a comment\n", "---\n", "null\n", "{}", "creation_rules:\n", "creation_rules: []\n", "stores: {}\n"} {
		f := parse(t, src)
		if r, err := f.Rule("/p/a.yaml"); r != nil || err != nil {
			t.Errorf("%q: rule %+v, error %v", src, r, err)
		}
	}
}

func TestKeysBesideGroups(t *testing.T) {
	f := parse(t, "creation_rules:\n  - age: age1a\n    key_groups: [{age: [age1b]}]\n")
	if len(f.Rules[0].Keys) != 0 || len(f.Warnings) != 1 || f.Warnings[0].Line != 2 {
		t.Errorf("keys %+v, warnings %+v", f.Rules[0].Keys, f.Warnings)
	}
}

func TestExtraKeyField(t *testing.T) {
	src := []byte("creation_rules: [{keyring: k}, {key_groups: [{keyring: [a, {service: s}]}]}]")
	if _, err := Parse("/p/.encfg.yaml", src); err == nil {
		t.Error("an unknown key field is accepted")
	}
	f, err := Parse("/p/.encfg.yaml", src, KeyField{Rule: "keyring", Group: "keyring", Map: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{{"keyring", 1, []Field{{Name: "", Value: "a"}}}, {"keyring", 1, []Field{{Name: "service", Value: "s"}}}}
	if f.Rules[0].Keys[0].Field != "keyring" || !reflect.DeepEqual(f.Rules[1].Groups[0], want) {
		t.Errorf("rules are %+v, %+v", f.Rules[0], f.Rules[1])
	}
}

// rule makes a configuration with one rule of the given lines, which start at
// line 2.
func rule(lines ...string) string {
	return "creation_rules:\n  - " + strings.Join(lines, "\n    ") + "\n"
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ src, where, msg, hint string }{
		{rule("age: a", "encrypted_regx: b"), "3:5", `unknown field "encrypted_regx" in a creation rule`, "did you mean encrypted_regex?"},
		{"creation_rule: []", "1:1", `unknown field "creation_rule"`, "creation_rules?"},
		{"creation_rulez: &a []", "1:1", `unknown field "creation_rulez"`, "creation_rules?"},
		{"colours: []", "1:1", `unknown field "colours"`, "known are creation_rules"},
		{"stores: {toml: {}}", "1:10", `unknown field "toml" in stores`, "yaml"},
		{"stores: {ini: {x: 1}}", "1:16", `unknown field "x" in stores.ini`, "no fields"},
		{"destination_rules: [{s3bucket: x}]", "1:22", "s3bucket", "s3_bucket"},
		{"destination_rules: [{recreation_rule: {agee: x}}]", "1:40", "agee", "age"},
		{rule("key_groups: [{agee: [a]}]"), "2:19", `unknown field "agee" in a key group`, "age"},
		{rule("key_groups: [{kms: [{arm: a}]}]"), "2:26", `unknown field "arm" in an entry of kms`, "arn"},
		{rule("key_groups: [{kms: [a]}]"), "2:25", "kms must be a map, not a text", "arn: …"},
		{rule("key_groups: [{kms: [{arn: [a]}]}]"), "2:31", "arn must be a text, not a list", ""},
		{rule("key_groups: [{kms: [{arn: a, context: {a: {}}}]}]"), "2:47", "context.a must be a text, not a map", ""},
		{rule("key_groups: [{age: a}]"), "2:24", "age must be a list, not a text", ""},
		{rule("key_groups: [{}]"), "2:18", "the key group is empty", ""},
		{rule("key_groups: [{age: ['']}]"), "2:25", "the entry is empty", ""},
		{rule("age: {a: b}"), "2:10", "age must be a text, not a map", ""},
		{rule("age: [[a]]"), "2:11", "age must be a text, not a list", ""},
		{rule("age: [null]"), "2:11", "age must be a text, not empty", ""},
		{rule("encrypted_suffix: true"), "2:23", "encrypted_suffix must be a text, not true or false", "quotes"},
		{rule("mac_only_encrypted: maybe"), "2:25", "mac_only_encrypted must be true or false", ""},
		{rule("mac_only_encrypted: 'true'"), "2:25", "mac_only_encrypted must be true or false", ""},
		{rule("shamir_threshold: two"), "2:23", "shamir_threshold must be a whole number", ""},
		{rule("shamir_threshold: -1"), "2:23", "shamir_threshold must be a whole number", ""},
		{rule("shamir_threshold: 99999999999999999999"), "2:23", "shamir_threshold must be a whole number", ""},
		{rule("shamir_threshold: 3", "key_groups: [{age: [a]}, {age: [b]}]"), "2:23", "from 2 to the number of key groups, 2", ""},
		{rule("path_regex: '(?!x)y'"), "2:17", "path_regex is no valid regular expression: invalid or unsupported Perl syntax", "look-ahead"},
		{rule("encrypted_regex: '('"), "2:22", "encrypted_regex is no valid regular expression: missing closing )", "regexp/syntax"},
		{rule("encrypted_comment_regex: '['"), "2:30", "encrypted_comment_regex is no valid", ""},
		{rule("encrypted_regex: a", "age: x", "unencrypted_suffix: b"), "4:25", "encrypted_regex and unencrypted_suffix exclude each other", "one of them"},
		{rule("comments: none"), "2:15", "comments must be plain or encrypted", ""},
		{rule("age: a", "age: b"), "3:5", `the field "age" is already at line 2`, ""},
		{rule("skip: true"), "2:5", "it needs a path_regex", ""},
		{rule("skip: true", "path_regex: x", "age: a"), "2:5", "it cannot have keys", ""},
		{"creation_rules: {}", "1:17", "creation_rules must be a list, not a map", ""},
		{"creation_rules: [a]", "1:18", "a creation rule must be a map, not a text", ""},
		{"[]", "1:1", "the configuration must be a map, not a list", ""},
		{"hello", "1:1", "the configuration must be a map, not a text", ""},
		{"a: b\n---\nc: d\n", "2:1", "second document", ""},
		{"a: [\n", "1", "invalid YAML", ""},
		{rule("key_groups: [{kms: [{arn: a, context: {a: null}}]}]"), "2:47", "context.a must be a text, not empty", ""},
		{"a: b\n c: d", "2", "invalid YAML: mapping values", ""},
		{"? [a]\n: b\n", "1:3", "must be a text", ""},
		{"&a creation_rules: *a\n", "1:20", "must be a list", ""},
		{"creation_rules: &a [*a]\n", "1:21", "must be a map, not a list", ""},
		{"creation_rules:\n  - key_groups:\n    - &g {merge: [*g]}\n", "3:19", "nested too deep", ""},
		{"creation_rules:\n  - &r {<<: *r}\n", "2:5", "too many merged maps", ""},
		{"names: [a]", "1:8", "names must be a map, not a list", ""},
		{"names: {a: ''}", "1:12", "names.a: the recipient is missing", ""},
		{"rotation: [{keys: a, max_age: 90}]", "1:31", "max_age is not a time span", "90d"},
		{"rotation: [{keys: a, max_age: 3m}]", "1:31", "max_age is not a time span", "90d"},
		{"rotation: [{keys: a, maxage: 3d}]", "1:22", `unknown field "maxage"`, "max_age"},
		{"rotation: [{max_age: 3d}]", "1:12", "no keys", ""},
		{"rotation: [{keys: a}]", "1:12", "no max_age", "90d"},
		{"rotation: [{keys: a, max_age: 1d, warn: 2d}]", "1:12", "warn is longer", ""},
		{"rotation: [{keys: [''], max_age: 1d}]", "1:20", "the pattern is empty", ""},
		{"example: {name: template.yaml}", "1:17", "no {stem}", "{stem}.example{ext}"},
		{"example: {name: '{stem}{ext}'}", "1:17", "the name of the file itself", ""},
		{"example: {name: 'x/{stem}{ext}'}", "1:17", "no folder", ""},
		{"example: {name: '{stem}.{foo}'}", "1:17", "only {stem} and {ext}", ""},
		{"example: {placeholders: {a: [b]}}", "1:29", "must be a text", ""},
	} {
		_, err := Parse("c", []byte(c.src))
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%q gives %v, want an *Error with %q", c.src, err, c.msg)
			continue
		}
		if !strings.HasPrefix(e.Error(), "c:"+c.where+": ") || !strings.Contains(e.Msg, c.msg) || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%q gives\n%v (hint: %s), want\nc:%s: …%s… (hint: %s)", c.src, e, e.Hint, c.where, c.msg, c.hint)
		}
	}
}

func TestOwnFieldsInSopsFile(t *testing.T) {
	for _, src := range []string{"names: {}", "rotation: []", "example: {}", rule("comments: plain"), rule("skip: true", "path_regex: x")} {
		_, err := Parse("/p/.sops.yaml", []byte(src))
		e, ok := errors.AsType[*Error](err)
		if !ok || !strings.Contains(e.Hint, "belongs in .encfg.yaml") {
			t.Errorf("%q gives %v", src, err)
		}
	}
}

func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("k0: &k0 {age: [x]}\n")
	for i := range 18 {
		n := string(rune('a' + i))
		prev := "k0"
		if i > 0 {
			prev = "g" + string(rune('a'+i-1))
		}
		b.WriteString("k" + n + ": &g" + n + " {merge: [" + strings.Repeat("*"+prev+",", 9) + "*" + prev + "]}\n")
	}
	b.WriteString("creation_rules: [{key_groups: [*gr]}]\n")
	_, err := Parse("c", []byte(b.String()))
	if err == nil || !strings.Contains(err.Error(), "too many entries") {
		t.Errorf("error is %v", err)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90d": 90 * 24 * time.Hour, "12h": 12 * time.Hour, "2w": 14 * 24 * time.Hour, "1h": time.Hour,
		"": -1, "d": -1, "90": -1, "0d": -1, "-1d": -1, "+1d": -1, "1.5d": -1, "1d ": -1, "1m": -1, "9999999999d": -1,
		"99999999999999999999d": -1, "1d12h": -1,
	} {
		got, err := ParseDuration(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(shortRule))
	f.Add([]byte("keys: [&a b]\ncreation_rules:\n- key_groups: [{merge: [{age: [*a]}], kms: [{arn: a, context: {b: c}}]}]\n"))
	f.Add([]byte("names: {a: b}\nrotation: [{keys: a, max_age: 1d}]\nexample: {name: '{stem}.x', placeholders: {a: b}}\n"))
	f.Add([]byte("a: &a [*a]\n<<: [*a, {b: c}]\n"))
	f.Add(NewFile([]string{"age1x"}))
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := Parse("/p/.encfg.yaml", src)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("the error is no *Error: %v", err)
			}
			return
		}
		if _, err := file.Explain("/p/x/secrets.yaml"); err != nil {
			t.Fatal(err)
		}
	})
}
