package keysource

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"filippo.io/age/plugin"
	"golang.org/x/crypto/ssh"
)

func encodePlugin(t *testing.T, prefix string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(prefix, "age1"), "1")
	s := plugin.EncodeRecipient(name, []byte("some data"))
	if s == "" {
		t.Fatal("no plugin recipient")
	}
	return s
}

func newSSH(t *testing.T) string {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key := must[ssh.PublicKey](t)(ssh.NewPublicKey(public))
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

func TestAgeParse(t *testing.T) {
	a, b := newAge(t, false).Public, newAge(t, true).Public
	p := encodePlugin(t, "age1yubikey1")
	key := newSSH(t) + " jo @home"
	for text, want := range map[string][]string{
		a:                          {a},
		" " + a + " , " + b + "\n": {a, b},
		a + "\r\n" + p + "\t" + b:  {a, p, b},
		key + "," + a:              {key, a},
		a + " " + key + " " + a:    {a, key, a},
		key + "\n" + key:           {key, key},
		",,":                       nil,
	} {
		got, err := Age{}.Parse(text)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
		}
		var ids []string
		for _, r := range got {
			ids = append(ids, r.ID)
		}
		if strings.Join(ids, "|") != strings.Join(want, "|") {
			t.Errorf("Parse(%q) = %q", text, ids)
		}
	}
}

func TestAgeParseErrors(t *testing.T) {
	good := newAge(t, false)
	plugin := encodePlugin(t, "age1yubikey1")
	other := "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	last := good.Public[len(good.Public)-1]
	typo := good.Public[:len(good.Public)-1] + string(other[(strings.IndexByte(other, last)+1)%32])
	for text, want := range map[string]string{
		typo:                   "bad checksum",
		good.Public[:40]:       "bad checksum",
		good.Public + "x":      "bad checksum",
		plugin[:len(plugin)-1]: "bad checksum",
		strings.Replace(good.Public, good.Public[10:14], strings.ToUpper(good.Public[10:14]), 1): "mixed",
		"age1":                         "malformed age recipient",
		strings.ToUpper(good.Public):   "not an age recipient",
		"keys.txt":                     "not an age recipient",
		"correct-horse-battery-staple": "not an age recipient",
		"arn:aws:kms:eu-west-1:111122223333:key/x": "not an age recipient",
		good.Secret:                           "a secret key was given",
		strings.ToLower(good.Secret):          "a secret key was given",
		good.Public + "," + good.Secret:       "a secret key was given",
		"ssh-ed25519 " + good.Secret:          "a secret key was given",
		"ssh-ed25519 AAAAC3":                  "malformed SSH public key",
		"ssh-dss AAAA":                        "malformed SSH public key",
		"-----BEGIN OPENSSH PRIVATE KEY-----": "a secret key was given",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDGkzQ1mM8Y8rvkWaYLSU9gnO4Q8rrYd8oNUUZy5qVGCX1l3fFYnPJFHdYRFZGbcVUM5ugv1zs5H3YsnC4x2oGFHuP6cGdlLXi1g2ha2cvyxI1F4VnJ9JW5vVgsHmCLGNYuLZGUxqZKNQ6V5u0Jwl0xU5sFFHhTBZ0Y4bUI8a8mOQ==": "too short",
	} {
		_, err := Age{}.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%.60q) = %v, want %q", text, err, want)
			continue
		}
		upper := strings.ToUpper(err.Error())
		if strings.Contains(upper, good.Secret[17:40]) || strings.Contains(upper, "STAPLE") {
			t.Errorf("the error tells too much: %v", err)
		}
	}
}

func TestAgeParseFields(t *testing.T) {
	a := newAge(t, false).Public
	if r, err := (Age{}).ParseFields([]Field{{"", a}}); err != nil || r.ID != a {
		t.Errorf("%v, %v", r, err)
	}
	for _, bad := range [][]Field{nil, {{"recipient", a}}, {{"", a}, {"", a}}, {{"", 7}}, {{"", a + "," + a}}, {{"", ""}}} {
		var e *Error
		if _, err := (Age{}).ParseFields(bad); !errors.As(err, &e) {
			t.Errorf("ParseFields(%v): %v", bad, err)
		}
	}
}

func TestIsPostQuantum(t *testing.T) {
	if !IsPostQuantum(newAge(t, true).Public) || IsPostQuantum(newAge(t, false).Public) || IsPostQuantum("ssh-ed25519 AAAA") || IsPostQuantum(encodePlugin(t, "age1yubikey1")) {
		t.Error("wrong")
	}
}

func TestGenerateIdentityFile(t *testing.T) {
	id := newAge(t, false)
	lines := strings.Split(id.File, "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "# created: ") || lines[1] != "# public key: "+id.Public || lines[2] != id.Secret || lines[3] != "" {
		t.Errorf("file is\n%s", strings.ReplaceAll(id.File, id.Secret, "AGE-SECRET-KEY-…"))
	}
}
