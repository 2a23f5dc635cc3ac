package example

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
)

// tree makes a random tree in which every text holds the canary.
func tree(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case depth > 0 && n < 3:
		m := map[string]any{}
		for range 1 + r.IntN(4) {
			m[fmt.Sprintf("key%d", r.IntN(50))] = tree(r, depth-1)
		}
		return m
	case depth > 0 && n == 3:
		list := make([]any, 1+r.IntN(3))
		for i := range list {
			list[i] = tree(r, depth-1)
		}
		return list
	case n == 4:
		return 1000000 + r.IntN(1000000)
	case n == 5:
		return r.IntN(2) == 0
	case n == 6:
		return strings.Repeat("CANARY in\n  several lines\n", 1+r.IntN(3))
	}
	return fmt.Sprintf("CANARY %c%c: # '\"%d", rune(33+r.IntN(90)), rune(33+r.IntN(90)), r.IntN(1000))
}

// generated writes a random tree in a format.
func generated(r *rand.Rand, f formats.Format) string {
	top := map[string]any{"first": tree(r, 3), "second": tree(r, 3), "third": "CANARY"}
	switch f.Name() {
	case "json":
		b, _ := json.MarshalIndent(top, "", strings.Repeat(" ", r.IntN(5)))
		return string(b)
	case "yaml":
		b, _ := yaml.Marshal(top)
		return "# CANARY\n" + string(b)
	}
	var b strings.Builder
	for i := range 1 + r.IntN(20) {
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, "# CANARY %d\n", i)
		}
		fmt.Fprintf(&b, "KEY_%d=%q\n", i, fmt.Sprint("CANARY ", tree(r, 0)))
	}
	return b.String()
}

// Of a generated file the template has every key and no secret, with a key and
// without, and the file fulfils the contract of its template.
func TestGenerated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		f := []formats.Format{formats.YAML{}, formats.JSON{}, formats.Dotenv{}}[i%3]
		plain := generated(r, f)
		enc, err := FromEncrypted(f, encrypt(t, f, plain))
		if err != nil {
			t.Fatalf("%v\n%s", err, plain)
		}
		source := fromPlain(t, f, plain)
		for _, s := range []*Source{enc, source} {
			text := template(t, s, Options{})
			if strings.Contains(text, "CANARY") || strings.Contains(text, "several") {
				t.Fatalf("%s: a secret is in\n%s", f.Name(), text)
			}
			contract, err := ReadContract(f, []byte(text), crypt.Rules{})
			if err != nil {
				t.Fatal(err)
			}
			values, err := Values(f, []byte(plain))
			if err != nil {
				t.Fatal(err)
			}
			if found := contract.Check(values, CheckOptions{}); len(found) > 0 {
				t.Fatalf("%s: the contract of the file's own template: %v\n%s\n%s", f.Name(), found, plain, text)
			}
			if len(contract.Entries) != len(values) {
				t.Fatalf("%s: %d keys became %d", f.Name(), len(values), len(contract.Entries))
			}
		}
	}
}
