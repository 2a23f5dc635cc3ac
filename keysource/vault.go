package keysource

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"
)

// Vault locks data keys with the transit engine of HashiCorp Vault or OpenBao,
// by their REST API. On the wire a stanza has the fields vault_address,
// engine_path, key_name, created_at and enc (vault:v1:…). Servers, tokens and
// certificates are chosen by Vault's own variables.
type Vault struct{}

var _ Source = Vault{}

// Name is the stanzas' list in the sops block.
func (Vault) Name() string { return "hc_vault" }

// Local is false.
func (Vault) Local() bool { return false }

// Config gives the names that sops uses, and our overrides.
func (Vault) Config() Config {
	return Config{
		Flag:     "hc-vault-transit",
		Usage:    "`URLS` of Vault or OpenBao transit keys, separated by commas: https://HOST:8200/v1/transit/keys/NAME",
		Env:      []string{"ENCFG_VAULT_URIS", "SOPS_VAULT_URIS"},
		RuleKey:  "hc_vault_transit_uri",
		GroupKey: "hc_vault",
	}
}

// vaultKey is a key of a transit engine.
type vaultKey struct{ address, engine, name string }

func (k vaultKey) id() string { return k.address + "/v1/" + k.engine + "/keys/" + k.name }

func (k vaultKey) recipient() Recipient {
	return Recipient{Source: "hc_vault", ID: k.id(), Fields: k.fields()}
}

func (k vaultKey) fields() []Field {
	return []Field{{"vault_address", k.address}, {"engine_path", k.engine}, {"key_name", k.name}}
}

// Parse reads the URLs of keys.
func (Vault) Parse(text string) ([]Recipient, error) {
	var out []Recipient
	for _, id := range splitList(text) {
		k, err := parseVault(id)
		if err != nil {
			return nil, err
		}
		out = append(out, k.recipient())
	}
	return out, nil
}

func parseVault(text string) (vaultKey, error) {
	wrong := func(part string) (vaultKey, error) {
		return vaultKey{}, &Error{Recipient: showURL(text), Reason: "malformed Vault key URL: " + part,
			Hint: "it looks like https://vault.example.com:8200/v1/transit/keys/NAME"}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return wrong("it is no URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return wrong("it does not begin with https://")
	case u.Host == "":
		return wrong("there is no host")
	case u.User != nil:
		return wrong("it holds a user name; tokens belong into VAULT_TOKEN")
	case u.RawQuery != "" || u.Fragment != "":
		return wrong("it goes on after the name of the key")
	}
	dirs := strings.Split(strings.Trim(u.Path, "/"), "/")
	n := len(dirs)
	switch {
	case dirs[0] != "v1":
		return wrong("the path does not begin with /v1/ (servers below a path cannot be used)")
	case n < 4 || dirs[n-2] != "keys":
		return wrong("the path does not end with /keys/NAME")
	case dirs[n-1] == "":
		return wrong("the name of the key is missing")
	}
	return newVaultKey(u.Scheme+"://"+u.Host, path.Join(dirs[1:n-2]...), dirs[n-1])
}

// newVaultKey refuses what would lead the request to another path.
func newVaultKey(address, engine, name string) (vaultKey, error) {
	k := vaultKey{strings.TrimRight(address, "/"), engine, name}
	u, err := url.Parse(k.address)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return k, &Error{Recipient: showURL(address), Reason: "malformed Vault address"}
	}
	for _, part := range append(strings.Split(engine, "/"), name) {
		if part == "" || part == "." || part == ".." || strings.ContainsAny(part, "/?#%\\") {
			return k, &Error{Recipient: showURL(address), Reason: "malformed Vault path or key name"}
		}
	}
	return k, nil
}

// ParseFields reads the text that is an hc_vault entry of a key group.
func (v Vault) ParseFields(fields []Field) (Recipient, error) { return parseText(v, fields) }

// Recipient tells for whom a stanza is.
func (Vault) Recipient(s Stanza) Recipient {
	return vaultKey{s.Get("vault_address"), s.Get("engine_path"), s.Get("key_name")}.recipient()
}

// Wrap locks the data key with transit's encrypt.
func (Vault) Wrap(ctx context.Context, env *Env, r Recipient, dataKey []byte) (Stanza, error) {
	var out struct{ Data struct{ Ciphertext string } }
	in := map[string]string{"plaintext": base64.StdEncoding.EncodeToString(dataKey)}
	k, err := callVault(ctx, env, r, "encrypt", in, &out)
	if err != nil {
		return Stanza{}, err
	}
	if out.Data.Ciphertext == "" {
		return Stanza{}, &Error{Recipient: k.id(), Reason: "Vault gave no wrapped key"}
	}
	return Stanza{Source: "hc_vault", Fields: append(k.fields(), created(time.Now()), Field{"enc", out.Data.Ciphertext})}, nil
}

// Unwrap opens a stanza with transit's decrypt.
func (v Vault) Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error) {
	var out struct{ Data struct{ Plaintext []byte } }
	_, err := callVault(ctx, env, v.Recipient(s), "decrypt", map[string]string{"ciphertext": s.Get("enc")}, &out)
	return out.Data.Plaintext, err
}

func callVault(ctx context.Context, env *Env, r Recipient, verb string, in, out any) (vaultKey, error) {
	k, err := newVaultKey(r.Get("vault_address"), r.Get("engine_path"), r.Get("key_name"))
	if err != nil {
		return k, err
	}
	if err := vaultAllowed(env, k.address); err != nil {
		return k, err
	}
	token, err := vaultToken(env)
	if err != nil {
		return k, &Error{Recipient: k.id(), Reason: err.Error(), Err: err}
	}
	client, err := vaultClient(env)
	if err != nil {
		return k, &Error{Recipient: k.id(), Reason: err.Error(), Err: err}
	}
	header := http.Header{"X-Vault-Request": {"true"}}
	if token != "" {
		header.Set("X-Vault-Token", token)
	}
	if ns := baoVariable(env, "NAMESPACE"); ns != "" {
		header.Set("X-Vault-Namespace", ns)
	}
	err = postJSON(ctx, client, k.address+"/v1/"+k.engine+"/"+verb+"/"+k.name, header, in, out)
	return k, vaultFailure(ctx, k, token, err)
}

// baoVariable looks a variable up as OpenBao and as Vault call it.
func baoVariable(env *Env, name string) string {
	if v := env.getenv("BAO_" + name); v != "" {
		return v
	}
	return env.getenv("VAULT_" + name)
}

// vaultToken is the variable, or what vault login left in the home folder.
func vaultToken(env *Env) (string, error) {
	if token := baoVariable(env, "TOKEN"); token != "" {
		return token, nil
	}
	name := env.home(".vault-token")
	data, err := readKeyFile(name)
	if err != nil && name != "" && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return strings.TrimSpace(string(data)), nil
}

// vaultAllowed protects the token from files that name a foreign server.
func vaultAllowed(env *Env, address string) error {
	variable, list := env.variable("HC_VAULT_ALLOWLIST")
	if list == "" || list == "all" {
		return nil
	}
	for _, allowed := range strings.Split(list, ",") {
		if allowed = strings.TrimSpace(allowed); allowed == "" {
			return &Error{Reason: variable + " has an empty entry"}
		}
		if strings.HasPrefix(address+"/", strings.TrimRight(allowed, "/")+"/") {
			return nil
		}
	}
	return &Error{Recipient: address, Reason: variable + " does not allow this server", Hint: "add it to " + variable + " if you trust it"}
}

func vaultFailure(ctx context.Context, k vaultKey, token string, err error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Recipient: k.id(), Err: err}
	var answer *httpError
	if !errors.As(err, &answer) {
		e.Reason, e.Hint = networkReason(err)
		return e
	}
	said := string(answer.body)
	switch {
	case answer.status == http.StatusForbidden && token == "":
		e.Reason, e.Hint = "no Vault token", "run vault login, or set VAULT_TOKEN"
	case answer.status == http.StatusForbidden:
		e.Reason, e.Hint = "permission denied", "the token has expired or its policy lacks "+k.engine+": vault token lookup shows it"
	case answer.status == http.StatusBadRequest && strings.Contains(said, "encryption key not found"):
		e.Reason, e.Hint = "there is no such key", "check its name: vault list "+k.engine+"/keys"
	case answer.status == http.StatusBadRequest:
		e.Reason, e.Hint = "the wrapped key does not open: it is damaged, or wrapped by another key", "restore the file's sops block from an earlier version"
	case answer.status == http.StatusNotFound:
		e.Reason, e.Hint = "there is no transit engine at "+k.engine, "check the path and VAULT_NAMESPACE: vault secrets list"
	case answer.status == http.StatusServiceUnavailable:
		e.Reason, e.Hint = "Vault is sealed or not available", "vault status shows why"
	case answer.status == http.StatusTooManyRequests:
		e.Reason, e.Hint = "Vault is throttling the requests", "try again later"
	default:
		e.Reason, e.Hint = fmt.Sprintf("Vault answered with status %d", answer.status), "see Vault's log"
	}
	return e
}
