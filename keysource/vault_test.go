package keysource

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/encfg/encfg/internal/standin"
)

func vaultFixture(t *testing.T) fixture {
	d := standin.NewVault(t)
	return fixture{
		recipient:  parseOne(t, Vault{}, d.URL+"/v1/team/transit/keys/app"),
		owner:      testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken"}),
		stranger:   testEnv(t, map[string]string{"VAULT_TOKEN": "another"}),
		ciphertext: "enc",
	}
}

func TestVaultParse(t *testing.T) {
	r := parseOne(t, Vault{}, "https://vault.example.com:8200/v1/team/transit/keys/app")
	if r.Get("vault_address") != "https://vault.example.com:8200" || r.Get("engine_path") != "team/transit" || r.Get("key_name") != "app" {
		t.Errorf("fields %v", r.Fields)
	}
	for text, want := range map[string]string{
		"vault.example.com/v1/transit/keys/app":           "https://",
		"ftp://vault.example.com/v1/transit/keys/app":     "https://",
		"https:///v1/transit/keys/app":                    "no host",
		"https://me:hunter2@vault/v1/transit/keys/app":    "user name",
		"https://vault/v1/transit/keys/app?token=hunter2": "goes on",
		"https://vault/ui/v1/transit/keys/app":            "begin with /v1/",
		"https://vault/v1/transit/app":                    "end with /keys/NAME",
		"https://vault/v1/transit/encrypt/app":            "end with /keys/NAME",
		"https://vault/v1/a/../keys/app":                  "malformed Vault path",
		"https://vault/v1/transit/keys/a%2fb":             "end with /keys/NAME",
		"AGE-SECRET-KEY-1HUNTER2":                         "https://",
	} {
		_, err := Vault{}.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want %q", text, err, want)
		} else if strings.Contains(strings.ToLower(err.Error()), "hunter2") {
			t.Errorf("the error tells a secret: %v", err)
		}
	}
}

func TestVaultEnvironment(t *testing.T) {
	d := standin.NewVault(t)
	d.Namespace = "ns1"
	r := parseOne(t, Vault{}, d.URL+"/v1/team/transit/keys/app")
	env := testEnv(t, map[string]string{"VAULT_NAMESPACE": "ns1"})
	writeFile(t, env.home(".vault-token"), "t0ken\n")
	checkRoundTrip(t, Vault{}, fixture{recipient: r, owner: env, ciphertext: "enc"})

	for name, tt := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"no token":      {map[string]string{"VAULT_NAMESPACE": "ns1"}, "no Vault token"},
		"wrong token":   {map[string]string{"BAO_TOKEN": "x", "VAULT_TOKEN": "t0ken", "VAULT_NAMESPACE": "ns1"}, "permission denied"},
		"not allowed":   {map[string]string{"VAULT_TOKEN": "t0ken", "SOPS_HC_VAULT_ALLOWLIST": "https://a.example.com, http://127.0.0.1"}, "SOPS_HC_VAULT_ALLOWLIST does not allow"},
		"nobody":        {map[string]string{"VAULT_TOKEN": "t0ken", "ENCFG_HC_VAULT_ALLOWLIST": "none"}, "ENCFG_HC_VAULT_ALLOWLIST does not allow"},
		"no such CA":    {map[string]string{"VAULT_TOKEN": "t0ken", "VAULT_CACERT": "/nonexistent"}, "/nonexistent: no such file"},
		"no such proxy": {map[string]string{"VAULT_TOKEN": "t0ken", "VAULT_PROXY_ADDR": "http://127.0.0.1:1"}, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := (Vault{}).Wrap(t.Context(), testEnv(t, tt.variables), r, dataKey); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v", err)
			}
		})
	}
	env.Getenv = func(name string) string {
		return map[string]string{"VAULT_NAMESPACE": "ns1", "SOPS_HC_VAULT_ALLOWLIST": "https://x, " + d.URL + "/"}[name]
	}
	must[Stanza](t)(Vault{}.Wrap(t.Context(), env, r, dataKey))
}

func TestVaultErrors(t *testing.T) {
	for status, want := range map[int]string{400: "does not open", 403: "permission denied", 404: "no transit engine at team/transit", 500: "status 500", 503: "sealed"} {
		d := standin.NewVault(t)
		d.Status = status
		env := testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken"})
		_, err := Vault{}.Wrap(t.Context(), env, parseOne(t, Vault{}, d.URL+"/v1/team/transit/keys/app"), dataKey)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, want) || e.Hint == "" {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

func TestVaultTLS(t *testing.T) {
	d := standin.NewVault(t)
	secure := httptest.NewTLSServer(d)
	t.Cleanup(secure.Close)
	r := parseOne(t, Vault{}, secure.URL+"/v1/team/transit/keys/app")
	env := testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken"})
	if _, err := (Vault{}).Wrap(t.Context(), env, r, dataKey); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("error = %v", err)
	}
	ca := writeFile(t, t.TempDir()+"/ca.pem", pemCertificate(secure.Certificate().Raw))
	checkRoundTrip(t, Vault{}, fixture{recipient: r, owner: testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken", "VAULT_CACERT": ca}), ciphertext: "enc"})
	checkRoundTrip(t, Vault{}, fixture{recipient: r, owner: testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken", "VAULT_SKIP_VERIFY": "1"}), ciphertext: "enc"})
}

// TestVaultRedirect follows a standby server, but not to plain HTTP.
func TestVaultRedirect(t *testing.T) {
	d := standin.NewVault(t)
	standby := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, d.URL+r.URL.Path, http.StatusTemporaryRedirect)
	})
	plain, secure := httptest.NewServer(standby), httptest.NewTLSServer(standby)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	env := testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken", "VAULT_SKIP_VERIFY": "true"})
	checkRoundTrip(t, Vault{}, fixture{recipient: parseOne(t, Vault{}, plain.URL+"/v1/team/transit/keys/app"), owner: env, ciphertext: "enc"})
	if _, err := (Vault{}).Wrap(t.Context(), env, parseOne(t, Vault{}, secure.URL+"/v1/team/transit/keys/app"), dataKey); err == nil || !strings.Contains(err.Error(), "from https to http") {
		t.Errorf("error = %v", err)
	}
	env = testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken", "SOPS_HC_VAULT_ALLOWLIST": plain.URL})
	if _, err := (Vault{}).Wrap(t.Context(), env, parseOne(t, Vault{}, plain.URL+"/v1/team/transit/keys/app"), dataKey); err == nil || !strings.Contains(err.Error(), "does not allow") {
		t.Errorf("error = %v", err)
	}
}

func TestVaultBusy(t *testing.T) {
	d := standin.NewVault(t)
	d.Busy = 2
	env := testEnv(t, map[string]string{"VAULT_TOKEN": "t0ken"})
	r := parseOne(t, Vault{}, d.URL+"/v1/team/transit/keys/app")
	must[Stanza](t)(Vault{}.Wrap(t.Context(), env, r, dataKey))
	if d.Calls != 3 {
		t.Errorf("%d calls", d.Calls)
	}
	d.Busy = 100
	if _, err := (Vault{}).Wrap(t.Context(), env, r, dataKey); err == nil || !strings.Contains(err.Error(), "throttling") {
		t.Errorf("error = %v", err)
	}
	if d.Calls != 3+attempts {
		t.Errorf("%d calls", d.Calls)
	}
}
