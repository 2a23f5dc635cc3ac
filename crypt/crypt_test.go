package crypt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// keyring is an identity, its recipient and an environment that finds it.
type keyring struct {
	env    *keysource.Env
	groups [][]keysource.Recipient
	public string
}

func newKeyring(t testing.TB) keyring {
	t.Helper()
	id, err := keysource.GenerateIdentity(false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r, err := keysource.Age{}.Parse(id.Public)
	if err != nil {
		t.Fatal(err)
	}
	env := &keysource.Env{
		Getenv: func(name string) string {
			if name == "SOPS_AGE_KEY" {
				return id.Secret
			}
			return ""
		},
		Cache: &keysource.Cache{},
	}
	return keyring{env, [][]keysource.Recipient{r}, id.Public}
}

func (k keyring) encrypt(t testing.TB, f formats.Format, src string, rules Rules) []byte {
	t.Helper()
	s, err := Encrypt(context.Background(), k.env, f, []byte(src), Options{Groups: k.groups, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	return s.Text
}

func (k keyring) open(t testing.TB, f formats.Format, enc []byte) *File {
	t.Helper()
	file, err := Open(context.Background(), k.env, f, enc, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

const sample = `{
  "db": {"password": "hunter22", "port": 5432, "ratio": 1.50},
  "list": ["canary-one", "canary-two", "canary-one"],
  "plain_unencrypted": "shown",
  "nothing": null, "empty": ""
}
`

func TestRoundTrip(t *testing.T) {
	k := newKeyring(t)
	for _, tc := range []struct{ format, src string }{
		{"json", sample},
		{"json", "[1, 2.50, \"x\"]"},
		{"json", "\"top\"\n"},
		{"dotenv", "# note canary\nA=canary\nexport B=\"canary\nline\"\n\n \nbroken line canary\nA=again"},
		{"dotenv", "A=1\r\n#c\r\nB='2'\r\n"},
		{"yaml", "a: canary # why\nb:\n  - |\n    canary\n    text\n  - 0x1F\nc: &x {d: e}\nf: *x\n"},
		{"binary", "any \x00 bytes \xff canary"},
		{"binary", ""},
	} {
		f := formats.ByName(tc.format)
		enc := k.encrypt(t, f, tc.src, Rules{})
		if bytes.Contains(enc, []byte("canary")) {
			t.Errorf("%s %.20q: plaintext in the encrypted file", tc.format, tc.src)
		}
		file := k.open(t, f, enc)
		if string(file.Plain) != tc.src {
			t.Errorf("%s: got %q, want %q", tc.format, file.Plain, tc.src)
		}
		if !file.Exact {
			t.Errorf("%s %.20q: not known to be exact", tc.format, tc.src)
		}
	}
}

// Values that did not change keep their ciphertext; the others get a new nonce.
func TestUpdateKeepsCiphertext(t *testing.T) {
	k := newKeyring(t)
	f := formats.JSON{}
	enc := k.encrypt(t, f, sample, Rules{})
	file := k.open(t, f, enc)
	same, err := file.Update([]byte(sample), time.Now())
	if err != nil || !bytes.Equal(same.Text, enc) {
		t.Fatalf("an unchanged file changed (%v)", err)
	}
	changed := strings.Replace(sample, "hunter22", "hunter23", 1)
	s, err := file.Update([]byte(changed), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	old, now := strings.Split(string(enc), "\n"), strings.Split(string(s.Text), "\n")
	if len(old) != len(now) {
		t.Fatalf("%d lines became %d", len(old), len(now))
	}
	for i := range old {
		if old[i] != now[i] {
			lines = append(lines, strings.TrimSpace(now[i])[:6])
		}
	}
	if got := strings.Join(lines, " "); got != `"db":  "lastm "mac":` {
		t.Errorf("changed lines: %s", got)
	}
	if got := k.open(t, f, s.Text); string(got.Plain) != changed {
		t.Errorf("got %q", got.Plain)
	}
}

// The spelling 1.50 is sealed as the canonical 1.5, so that neither sops nor we
// ever seal two plaintexts under one nonce: changing the spelling alone keeps
// the token, and changing the value draws a new nonce.
func TestNonceIsNeverReusedForAnotherPlaintext(t *testing.T) {
	k := newKeyring(t)
	f := formats.JSON{}
	enc := k.encrypt(t, f, `{"a": 1.50, "b": "1.5"}`, Rules{})
	seen := map[string]string{} // IV -> plaintext, type and place
	note := func(enc []byte) {
		file := k.open(t, f, enc)
		doc, err := f.ParseEncrypted(enc)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range doc.Leaves {
			tok, err := parseToken(l.Value)
			if err != nil {
				t.Fatal(err)
			}
			iv := string(tok.iv)
			plain, err := file.key.open(&tok, []byte(l.At.AAD()))
			if err != nil {
				t.Fatal(err)
			}
			what := tok.typ.String() + " " + l.At.AAD() + " " + plain
			if old, ok := seen[iv]; ok && old != what {
				t.Errorf("one nonce for %q and %q", old, what)
			}
			seen[iv] = what
		}
		for id, residue := range file.Metadata.Own.Residue {
			tok, err := parseToken(residue)
			if err != nil {
				t.Fatal(err)
			}
			if old, ok := seen[string(tok.iv)]; ok && old != residue {
				t.Errorf("one nonce for two residues of %s", id)
			}
			seen[string(tok.iv)] = residue
		}
	}
	note(enc)
	for _, next := range []string{`{"a": 1.5, "b": "1.5"}`, `{"a": 1.500, "b": "1.5"}`, `{"a": "1.5", "b": 1.5}`, `{"b": 1.50, "a": 1.50}`, `{"a": 2, "b": 1}`, `{"a": 1.50, "b": "1.5"}`} {
		s, err := k.open(t, f, enc).Update([]byte(next), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		enc = s.Text
		note(enc)
	}
	if len(seen) < 8 {
		t.Errorf("only %d nonces were seen", len(seen))
	}
}

// Every flipped character of a value, an IV, a tag, the MAC or lastmodified is
// noticed.
func TestTampering(t *testing.T) {
	k := newKeyring(t)
	f := formats.JSON{}
	enc := k.encrypt(t, f, `{"a": "secret", "b": 1.50, "c_unencrypted": "x"}`, Rules{})
	start := 0
	end := bytes.Index(enc, []byte(`"sops"`))
	spans := [][2]int{{start, end}}
	for _, key := range []string{`"layout": "`, `"lastmodified": "`, `"mac": "`} {
		at := bytes.Index(enc, []byte(key)) + len(key)
		spans = append(spans, [2]int{at, at + bytes.IndexByte(enc[at:], '"')})
	}
	n := 0
	for _, span := range spans {
		for i := span[0]; i < span[1]; i++ {
			if enc[i] == ' ' || enc[i] == '=' {
				continue // the last letters before "=" hold unused bits
			}
			bad := bytes.Clone(enc)
			bad[i] ^= 4
			if strings.ContainsRune("=,", rune(enc[i+1])) {
				continue
			}
			file, err := Open(context.Background(), k.env, f, bad, OpenOptions{})
			if err == nil && file.Exact {
				t.Errorf("flipping byte %d (%q) was not noticed", i, enc[max(0, i-10):i+10])
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a value: %v", err)
			}
			n++
		}
	}
	if n < 500 {
		t.Errorf("only %d bytes were tried", n)
	}
}

func TestMovedValueIsNoticed(t *testing.T) {
	k := newKeyring(t)
	f := formats.JSON{}
	enc := string(k.encrypt(t, f, `{"l": ["one", "two"]}`, Rules{}))
	doc, err := f.ParseEncrypted([]byte(enc))
	if err != nil {
		t.Fatal(err)
	}
	one, two := doc.Leaves[0].Value, doc.Leaves[1].Value
	swapped := strings.NewReplacer(one, two, two, one).Replace(enc)
	_, err = Open(context.Background(), k.env, f, []byte(swapped), OpenOptions{})
	var ce *Error
	if !errors.As(err, &ce) || ce.Kind != KindMACMismatch {
		t.Errorf("got %v, want a MAC mismatch", err)
	}
	if file, err := Open(context.Background(), k.env, f, []byte(swapped), OpenOptions{IgnoreMAC: true}); err != nil || string(file.Plain) != `{"l": ["two", "one"]}` {
		t.Errorf("with IgnoreMAC: %v", err)
	}
}

// A token that somebody copied within the file is used for one value only.
func TestCopiedTokenIsUsedOnce(t *testing.T) {
	k := newKeyring(t)
	enc := k.encrypt(t, formats.YAML{}, "l:\n  - 0x1F\n  - 31\n", Rules{})
	lines := bytes.Split(enc, []byte("\n"))
	lines[2] = lines[1]
	file := k.open(t, formats.YAML{}, bytes.Join(lines, []byte("\n")))
	defer file.Close()
	const want = "l:\n  - 31\n  - 0x1F\n  - 31\n"
	s, err := file.Update([]byte(want), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := k.open(t, formats.YAML{}, s.Text); string(got.Plain) != want {
		t.Errorf("got %q", got.Plain)
	}
}

// sops authenticates no types: without the key, a text could become a number.
func TestChangedTypeIsNoticed(t *testing.T) {
	k := newKeyring(t)
	for _, f := range []formats.Format{formats.JSON{}, formats.YAML{}} {
		enc := k.encrypt(t, f, `{"pin": "123", "n": 5}`+"\n", Rules{})
		changed := bytes.Replace(enc, []byte("type:str"), []byte("type:int"), 1)
		_, err := Open(context.Background(), k.env, f, changed, OpenOptions{})
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindMACMismatch {
			t.Errorf("%s: got %v, want a mismatch", f.Name(), err)
		}
		if _, err := Open(context.Background(), k.env, f, changed, OpenOptions{IgnoreMAC: true}); err != nil {
			t.Errorf("%s: ignoring the MAC: %v", f.Name(), err)
		}
	}
}

func TestWrongKey(t *testing.T) {
	k, other := newKeyring(t), newKeyring(t)
	enc := k.encrypt(t, formats.JSON{}, sample, Rules{})
	_, err := Open(context.Background(), other.env, formats.JSON{}, enc, OpenOptions{})
	var ce *Error
	var ue *keysource.UnlockError
	if !errors.As(err, &ce) || ce.Kind != KindNoKey || !errors.As(err, &ue) || ue.Attempts[0].Recipient != k.public {
		t.Errorf("got %v, want an error about %s", err, k.public)
	}
}

func TestNothingSelected(t *testing.T) {
	k := newKeyring(t)
	_, err := Encrypt(context.Background(), k.env, formats.JSON{}, []byte(`{"a": "x"}`),
		Options{Groups: k.groups, Rules: Rules{EncryptedRegex: "^nothing$"}})
	var ce *Error
	if !errors.As(err, &ce) || ce.Kind != KindNothingToDo {
		t.Errorf("got %v", err)
	}
}

// A recipient that is pasted into the block does not get the next data key
// unnoticed.
func TestStrangers(t *testing.T) {
	k, thief := newKeyring(t), newKeyring(t)
	enc := k.encrypt(t, formats.JSON{}, sample, Rules{})
	var tree map[string]any
	if err := json.Unmarshal(enc, &tree); err != nil {
		t.Fatal(err)
	}
	block := tree["sops"].(map[string]any)
	list := block["age"].([]any)
	block["age"] = append(list, map[string]any{"recipient": thief.public, "enc": list[0].(map[string]any)["enc"]})
	forged, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	// Update must not bless the stranger either.
	file := k.open(t, formats.JSON{}, forged)
	s, err := file.Update([]byte(strings.Replace(string(file.Plain), "hunter22", "x", 1)), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{forged, s.Text} {
		ids, ok := k.open(t, formats.JSON{}, text).Metadata.Strangers()
		if !ok || len(ids) != 1 || ids[0] != "age:"+thief.public {
			t.Errorf("strangers: %v, %v", ids, ok)
		}
	}
}

func TestReencryptForOthers(t *testing.T) {
	k, bob := newKeyring(t), newKeyring(t)
	enc := k.encrypt(t, formats.JSON{}, sample, Rules{})
	file := k.open(t, formats.JSON{}, enc)
	both := [][]keysource.Recipient{{k.groups[0][0], bob.groups[0][0]}}
	ch := file.Unchanged()
	ch.Groups = both
	added, err := file.Reencrypt(context.Background(), k.env, file.Plain, ch, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := bob.open(t, formats.JSON{}, added.Text); string(got.Plain) != sample {
		t.Error("bob reads something else")
	}
	if a, b := firstToken(t, enc), firstToken(t, added.Text); a != b {
		t.Error("adding a recipient changed a value")
	}
	ch.Groups, ch.NewKey = k.groups, true
	removed, err := file.Reencrypt(context.Background(), k.env, file.Plain, ch, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), bob.env, formats.JSON{}, removed.Text, OpenOptions{}); err == nil {
		t.Error("bob still reads the file")
	}
	if a, b := firstToken(t, enc), firstToken(t, removed.Text); a == b {
		t.Error("a new data key kept a value")
	}
}

func firstToken(t *testing.T, enc []byte) string {
	t.Helper()
	doc, err := formats.JSON{}.ParseEncrypted(enc)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Leaves[0].Value
}

// Rules about keys do not apply to a file that is one value.
func TestBinaryIgnoresRules(t *testing.T) {
	k := newKeyring(t)
	enc := k.encrypt(t, formats.Binary{}, "canary", Rules{EncryptedRegex: "^password$"})
	if bytes.Contains(enc, []byte("canary")) {
		t.Error("the value is in plain text")
	}
	if got := k.open(t, formats.Binary{}, enc); string(got.Plain) != "canary" {
		t.Errorf("got %q", got.Plain)
	}
}

// TestCommentTypeWithoutComments makes a value of a format without comments a
// comment's: that is noticed, and with IgnoreMAC the text is still there.
func TestCommentTypeWithoutComments(t *testing.T) {
	k := newKeyring(t)
	f := formats.ByName("json")
	enc := bytes.Replace(k.encrypt(t, f, `{"a": "x", "b": ["y"]}`, Rules{}), []byte("type:str]"), []byte("type:comment]"), 2)
	var e *Error
	if _, err := Open(context.Background(), k.env, f, enc, OpenOptions{}); !errors.As(err, &e) || e.Kind != KindMACMismatch {
		t.Errorf("error %v", err)
	}
	file, err := Open(context.Background(), k.env, f, enc, OpenOptions{IgnoreMAC: true})
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(file.Plain) {
		t.Errorf("%s", file.Plain)
	}
}
