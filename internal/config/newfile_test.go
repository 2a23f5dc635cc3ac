package config

import (
	"path/filepath"
	"testing"
)

func TestNewFile(t *testing.T) {
	ssh := "ssh-ed25519 AAAA it's: me # x"
	f := parse(t, string(NewFile([]string{"age1abc", ssh})))
	for name, want := range map[string]string{
		"secrets.yaml": "keys", "secrets.yml": "keys", "secrets-prod.yaml": "keys", "secrets.prod.yaml": "keys",
		"a/b/secrets.yaml": "keys", "secrets.json": "keys", "secrets.env": "keys", "app.secrets.json": "keys",
		"app.secrets.yaml": "keys", "app-secrets.yml": "keys", "values.enc.yaml": "keys", "config.enc.json": "keys",
		"prod.enc.env": "keys", "secrets_test.yaml": "keys",
		".env": "keys", "a/.env": "keys", ".env.local": "keys", ".env.production": "keys", ".env.e": "keys",
		".env.examples": "keys", ".env-ci": "keys", ".env_ci": "keys", ".env.production.local": "keys",

		".env.example": "skip", "a/.env.example": "skip", ".env.sample": "skip", ".env.dist": "skip",
		".env.template": "skip", ".env.production.example": "skip", ".env.example.local": "skip",
		"secrets.example.yaml": "skip", "secrets-example.yaml": "skip", "app.secrets.example.json": "skip",
		"secrets.dec.yaml": "skip", ".env.dec": "skip", "secrets.yaml.dist": "skip",

		".envrc": "", "env": "", "my.env": "", "config.yaml": "", "secret.yaml": "", "secrets": "", "secrets.go": "",
		"secrets.toml": "", "my-secrets-notes.md": "", "secrets/config.yaml": "", "a.env/x": "", ".secrets": "",
		"nosecrets.yaml": "", ".sops.yaml": "", ".encfg.yaml": "", "package.json": "", "encyclopedia.yaml": "",
		"example/config.yaml": "",
	} {
		r, err := f.Rule(filepath.Join("/p", name))
		got := ""
		switch {
		case err != nil:
			t.Fatal(err)
		case r != nil && r.Skip:
			got = "skip"
		case r != nil && len(r.Keys) == 2 && r.Keys[0].Value == "age1abc" && r.Keys[1].Value == ssh:
			got = "keys"
		case r != nil:
			got = "other"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r, _ := f.Rule(filepath.FromSlash("/p/my-example-project/secrets.yaml")); r == nil || r.Skip {
		t.Error("a folder's name makes a file a template")
	}
}

func TestNewFileWithoutRecipients(t *testing.T) {
	f := parse(t, string(NewFile(nil)))
	if r, _ := f.Rule("/p/.env"); r == nil || len(r.Keys) != 0 {
		t.Errorf("rule is %+v", r)
	}
}
