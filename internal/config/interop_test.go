package config

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/encfg/encfg/internal/testneed"
)

// sopsBinary finds the real sops.
func sopsBinary(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("sops"); err == nil {
		return path
	}
	home, _ := os.UserHomeDir()
	path := filepath.Join(home, "go", "bin", "sops")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	testneed.Skip(t, "sops is missing: go install github.com/getsops/sops/v3/cmd/sops@v3.13.3")
	return ""
}

// sopsBlock is what sops writes about the rule that it used.
type sopsBlock struct {
	Age       []struct{ Recipient string }
	KeyGroups []struct {
		Age []struct{ Recipient string }
	} `json:"key_groups"`
	Shamir int  `json:"shamir_threshold"`
	MAC    bool `json:"mac_only_encrypted"`
	Selection
}

// summary is a text for comparing what a rule leads to.
func summary(groups [][]string, s Selection, shamir int, mac bool) string {
	if s == (Selection{}) {
		s.UnencryptedSuffix = "_unencrypted"
	}
	for _, g := range groups {
		slices.Sort(g)
	}
	return fmt.Sprintf("%v %+v %d %v", groups, s, shamir, mac)
}

// bySops encrypts a file with sops and reads what it wrote; "" if it refuses.
func bySops(t *testing.T, sops, dir, config, file string) string {
	t.Helper()
	cmd := exec.Command(sops, "--config", config, "encrypt", "--input-type", "json", "--output-type", "json", file)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "SOPS_DISABLE_VERSION_CHECK=1"}
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	var doc struct {
		Sops map[string]json.RawMessage
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(doc.Sops)
	var b sopsBlock
	if err := json.Unmarshal([]byte(strings.NewReplacer(
		`"unencrypted_suffix"`, `"UnencryptedSuffix"`, `"encrypted_suffix"`, `"EncryptedSuffix"`,
		`"unencrypted_regex"`, `"UnencryptedRegex"`, `"encrypted_regex"`, `"EncryptedRegex"`,
		`"unencrypted_comment_regex"`, `"UnencryptedCommentRegex"`, `"encrypted_comment_regex"`, `"EncryptedCommentRegex"`,
	).Replace(string(raw))), &b); err != nil {
		t.Fatal(err)
	}
	var groups [][]string
	for _, g := range b.KeyGroups {
		var group []string
		for _, a := range g.Age {
			group = append(group, a.Recipient)
		}
		groups = append(groups, group)
	}
	if groups == nil {
		groups = [][]string{nil}
		for _, a := range b.Age {
			groups[0] = append(groups[0], a.Recipient)
		}
	}
	return summary(groups, b.Selection, b.Shamir, b.MAC)
}

// byUs tells the same from our reading; "" if no rule matches or the
// configuration is wrong.
func byUs(t *testing.T, config, file string) string {
	t.Helper()
	f, err := Load(config)
	if err != nil {
		return ""
	}
	r, err := f.Rule(file)
	if err != nil || r == nil {
		return ""
	}
	groups := [][]string{nil}
	for _, k := range r.Keys {
		groups[0] = append(groups[0], k.Value)
	}
	if len(r.Groups) > 0 {
		groups = nil
	}
	for _, g := range r.Groups {
		var group []string
		for _, e := range g {
			group = append(group, e.Fields[0].Value.(string))
		}
		groups = append(groups, group)
	}
	shamir := r.ShamirThreshold
	if len(r.Groups) > 1 && shamir == 0 {
		shamir = len(r.Groups)
	}
	return summary(groups, r.Selection, shamir, r.MACOnlyEncrypted)
}

// interopConfigs use $1 to $6 for recipients.
var interopConfigs = []string{
	"creation_rules: [{age: $1}]",
	"creation_rules: [{path_regex: '', age: '$1, $2,'}]",
	"creation_rules: [{path_regex: '\\.yaml$', age: [$1, '$2,$3']}, {age: $4}]",
	"creation_rules: [{path_regex: ^dev/, age: $1}, {path_regex: dev, age: $2}]",
	"creation_rules: [{path_regex: ^/, age: $1}, {path_regex: '^[^/]+$', age: $2, encrypted_regex: '^k'}]",
	"creation_rules: [{path_regex: 'SECRET', age: $1}, {path_regex: '(?i)SECRET', age: $2, unencrypted_suffix: _p}]",
	"creation_rules: [{age: $1, encrypted_suffix: _s, mac_only_encrypted: on}, {age: $2}]",
	"creation_rules: [{age: $1, unencrypted_regex: '^x', encrypted_suffix: ''}]",
	"creation_rules: [{age: $1, unencrypted_comment_regex: x}]",
	"creation_rules: [{age: $1, encrypted_comment_regex: x, mac_only_encrypted: y}]",
	"creation_rules: [{age: $1, encrypted_regex: x, encrypted_suffix: y}]",
	"creation_rules: [{age: $1, age: $2}]",
	"creation_rules: [{path_regex: '(', age: $1}]",
	"creation_rules: [{age: $1, key_groups: [{age: [$2, $3, $2]}]}]",
	"creation_rules: [{key_groups: [{age: [$1]}, {age: [$2]}, {age: [$3]}], shamir_threshold: 2}]",
	"creation_rules: [{key_groups: [{age: [$1]}, {age: [$2]}]}]",
	"creation_rules: [{key_groups: [{age: [$1]}, {age: [$2]}], shamir_threshold: 1}]",
	"creation_rules: [{key_groups: [{age: [$1]}, {age: [$2]}], shamir_threshold: 3}]",
	"creation_rules: [{key_groups: [{age: [$1]}], shamir_threshold: 2}]",
	"creation_rules: [{key_groups: [{merge: [{age: [$1]}, {merge: [{age: [$2]}]}], age: [$3, $1]}]}]",
	"keys: [&a $1, &b $2]\ncreation_rules: [{path_regex: secret, age: [*a, *b]}, {key_groups: [{age: [*b]}]}]",
	"x: &x {age: $1, encrypted_regex: k}\ncreation_rules: [{<<: *x, path_regex: dev}, {<<: [*x], age: $2}]",
	"creation_rules: []",
	"",
}

func TestSameRuleAsSops(t *testing.T) {
	sops := sopsBinary(t)
	var pairs []string
	for i := range 4 {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, fmt.Sprintf("$%d", i+1), id.Recipient().String())
	}
	const content = `{"k": "v", "k_s": "w", "x": 1}`
	refused := 0
	for i, text := range interopConfigs {
		dir := tree(t, map[string]string{
			"p/.sops.yaml":  strings.NewReplacer(pairs...).Replace(text),
			"p/secret.yaml": content, "p/dev/a.json": content, "p/x/dev/b.yaml": content, "outside/Secret.yaml": content,
		})
		config := filepath.Join(dir, "p", SopsName)
		for _, name := range []string{"p/secret.yaml", "p/dev/a.json", "p/x/dev/b.yaml", "outside/Secret.yaml"} {
			file := filepath.Join(dir, name)
			want, got := bySops(t, sops, dir, config, file), byUs(t, config, file)
			if got != want {
				t.Errorf("configuration %d, %s:\nsops %s\nwe   %s\n%s", i, name, want, got, text)
			}
			if want == "" {
				refused++
			}
		}
	}
	t.Logf("%d files compared, %d of them refused by both", len(interopConfigs)*4, refused)
	if refused > len(interopConfigs)*4/2 {
		t.Errorf("sops refused %d files: the test compares too little", refused)
	}
}
