package formats

import (
	"strings"
	"testing"
)

var binaryInputs = []string{
	"", "x", "\n", "\x00\xff\r\n\x1a", `{"data":"x"}`, `{"sops":1}`, "{", strings.Repeat("long\n", 1000),
}

// The encrypted file is laid out as sops lays it out.
func TestBinaryLayout(t *testing.T) {
	for src, want := range map[string]string{
		"":  "{\n\t\"data\": \"\",\n\t\"sops\": {\n\t\t\"version\": \"3\"\n\t}\n}\n",
		"x": "{\n\t\"data\": \"ENC[x]\",\n\t\"sops\": {\n\t\t\"version\": \"3\"\n\t}\n}\n",
	} {
		d, err := Binary{}.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		tokens := []string{""}
		if src != "" {
			tokens[0] = "ENC[x]"
		}
		a := d.Assemble(Binary{}, tokens, Binary{}.Block(d, Map{{"version", "3"}}))
		if string(a.Text) != want {
			t.Errorf("%q: %q, want %q", src, a.Text, want)
		}
	}
}

// Any layout of the object is read, and nothing but the data is left.
func TestBinaryCut(t *testing.T) {
	for _, src := range []string{
		`{"data":"ENC[x]","sops":{}}`,
		" {\n \"data\" : \"ENC[x]\" , \"sops\": {} }\n\n",
		`{"sops":{},"data":"ENC[x]"}`,
	} {
		d, err := Binary{}.ParseEncrypted([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		reps := []Replacement{{d.Leaves[0].Start, d.Leaves[0].End, "plain"}}
		for _, s := range d.MetadataSpans {
			reps = append(reps, Replacement{Start: s.Start, End: s.End})
		}
		if got := string(Splice([]byte(src), reps)); got != "plain" {
			t.Errorf("%s: %q", src, got)
		}
	}
	for _, src := range []string{`{"sops":{}}`, `{"data":1,"sops":{}}`, `{"data":["x"],"sops":{}}`, `{"data":"x","b":"y","sops":{}}`} {
		if _, err := (Binary{}).ParseEncrypted([]byte(src)); err == nil {
			t.Errorf("%s is accepted", src)
		}
	}
}

func FuzzBinary(f *testing.F) {
	for _, src := range binaryInputs {
		f.Add([]byte(src))
	}
	f.Add([]byte(`{"data":"x","sops":{}}`))
	f.Fuzz(func(t *testing.T, src []byte) { checkAccepted(t, Binary{}, src) })
}
