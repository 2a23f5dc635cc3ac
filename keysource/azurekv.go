package keysource

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
)

// AzureKV locks data keys with RSA keys in Azure Key Vault (RSA-OAEP-256). On
// the wire a stanza has the fields vault_url, name, version, created_at and enc
// (base64 for URLs, without padding). Credentials are those of the Azure SDK's
// default chain.
type AzureKV struct {
	// Both are nil but in tests.
	options    *azkeys.ClientOptions
	credential azcore.TokenCredential
}

var _ Source = AzureKV{}

// Name is the stanzas' list in the sops block.
func (AzureKV) Name() string { return "azure_kv" }

// Local is false.
func (AzureKV) Local() bool { return false }

// Config gives the names that sops uses, and our overrides.
func (AzureKV) Config() Config {
	return Config{
		Flag:     "azure-kv",
		Usage:    "`URLS` of Azure Key Vault keys, separated by commas: https://VAULT.vault.azure.net/keys/NAME/VERSION",
		Env:      []string{"ENCFG_AZURE_KEYVAULT_URLS", "SOPS_AZURE_KEYVAULT_URLS"},
		RuleKey:  "azure_keyvault",
		GroupKey: "azure_keyvault",
	}
}

// azureKey is a key in Azure Key Vault. An empty version means the newest one,
// which is looked up when wrapping.
type azureKey struct{ vault, name, version string }

func (k azureKey) recipient() Recipient {
	id := k.vault + "/keys/" + k.name
	if k.version != "" {
		id += "/" + k.version
	}
	return Recipient{Source: "azure_kv", ID: id, Fields: k.fields()}
}

func (k azureKey) fields() []Field {
	return []Field{{"vault_url", k.vault}, {"name", k.name}, {"version", k.version}}
}

func readAzure(fields []Field) azureKey {
	s := Stanza{Fields: fields}
	return azureKey{s.Get("vault_url"), s.Get("name"), s.Get("version")}
}

// Parse reads the URLs of keys.
func (AzureKV) Parse(text string) ([]Recipient, error) {
	var out []Recipient
	for _, id := range splitList(text) {
		vault, path, _ := strings.Cut(id, "/keys/")
		name, version, _ := strings.Cut(path, "/")
		k := azureKey{vault, name, version}
		if err := k.check(id); err != nil {
			return nil, err
		}
		out = append(out, k.recipient())
	}
	return out, nil
}

// check says which part of a key's URL is wrong.
func (k azureKey) check(shown string) error {
	wrong := func(part string) error {
		return &Error{Recipient: showURL(shown), Reason: "malformed Azure Key Vault key: " + part,
			Hint: "it looks like https://VAULT.vault.azure.net/keys/NAME/VERSION"}
	}
	u, err := url.Parse(k.vault)
	switch {
	case err != nil || u.Scheme != "https":
		return wrong("it does not begin with https://")
	case u.Host == "":
		return wrong("there is no host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return wrong("the address of the vault has more than a host")
	case u.Path != "" || k.name == "":
		return wrong("/keys/NAME is missing")
	}
	const chars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	if !only(k.name, chars) {
		return wrong("the name of the key has other characters than letters, digits and -")
	}
	if k.version != "" && !only(k.version, chars) {
		return wrong("the version is malformed")
	}
	return nil
}

// ParseFields reads vaultUrl, key and version.
func (AzureKV) ParseFields(fields []Field) (Recipient, error) {
	s := Stanza{Fields: fields}
	k := azureKey{strings.TrimRight(s.Get("vaultUrl"), "/"), s.Get("key"), s.Get("version")}
	if err := k.check(s.Get("vaultUrl")); err != nil {
		return Recipient{}, err
	}
	return k.recipient(), nil
}

// Recipient tells for whom a stanza is.
func (AzureKV) Recipient(s Stanza) Recipient { return readAzure(s.Fields).recipient() }

// Wrap locks the data key with the newest version of the key, or the one that
// the recipient names.
func (a AzureKV) Wrap(ctx context.Context, env *Env, r Recipient, dataKey []byte) (Stanza, error) {
	k := readAzure(r.Fields)
	client, err := a.client(env, k)
	if err != nil {
		return Stanza{}, azureFailure(ctx, k, err)
	}
	if k.version == "" {
		found, err := client.GetKey(ctx, k.name, "", nil)
		if err != nil {
			return Stanza{}, azureFailure(ctx, k, err)
		}
		if found.Key == nil || found.Key.KID == nil {
			return Stanza{}, &Error{Recipient: r.ID, Reason: "Azure did not tell the key's version"}
		}
		k.version = found.Key.KID.Version()
	}
	out, err := client.Encrypt(ctx, k.name, k.version, azureOperation(dataKey), nil)
	if err != nil {
		return Stanza{}, azureFailure(ctx, k, err)
	}
	enc := base64.RawURLEncoding.EncodeToString(out.Result)
	return Stanza{Source: "azure_kv", Fields: append(k.fields(), created(time.Now()), Field{"enc", enc})}, nil
}

func azureOperation(value []byte) azkeys.KeyOperationParameters {
	return azkeys.KeyOperationParameters{Algorithm: to.Ptr(azkeys.EncryptionAlgorithmRSAOAEP256), Value: value}
}

// Unwrap opens a stanza with the version of the key that locked it.
func (a AzureKV) Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error) {
	k := readAzure(s.Fields)
	blob, err := base64.RawURLEncoding.DecodeString(s.Get("enc"))
	if err != nil || len(blob) == 0 {
		return nil, damaged(k.recipient().ID, "not base64")
	}
	client, err := a.client(env, k)
	if err != nil {
		return nil, azureFailure(ctx, k, err)
	}
	out, err := client.Decrypt(ctx, k.name, k.version, azureOperation(blob), nil)
	if err != nil {
		return nil, azureFailure(ctx, k, err)
	}
	return out.Result, nil
}

// client makes the client of a vault once per command.
func (a AzureKV) client(env *Env, k azureKey) (*azkeys.Client, error) {
	if err := k.check(k.vault); err != nil {
		return nil, err
	}
	v, err := env.Cache.Do("azure\x00"+k.vault, func() (any, error) {
		credential, err := a.credentials(env)
		if err != nil {
			return nil, err
		}
		options := a.options
		if options == nil {
			options = &azkeys.ClientOptions{}
			options.Retry.MaxRetryDelay = 5 * time.Second
		}
		return azkeys.NewClient(k.vault, credential, options)
	})
	if err != nil {
		return nil, err
	}
	return v.(*azkeys.Client), nil
}

func (a AzureKV) credentials(env *Env) (azcore.TokenCredential, error) {
	if a.credential != nil {
		return a.credential, nil
	}
	v, err := env.Cache.Do("azure", func() (any, error) { return azidentity.NewDefaultAzureCredential(nil) })
	if err != nil {
		return nil, err
	}
	return v.(azcore.TokenCredential), nil
}

// azureFailure says what went wrong without the SDK's long words.
func azureFailure(ctx context.Context, k azureKey, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Recipient: k.recipient().ID, Err: err}
	var ours *Error
	var answer *azcore.ResponseError
	var refused *azidentity.AuthenticationFailedError
	text := err.Error()
	switch {
	case errors.As(err, &ours):
		return err
	case strings.Contains(text, "DefaultAzureCredential"):
		e.Reason, e.Hint = "no Azure credentials", "run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
	case errors.As(err, &refused):
		e.Reason, e.Hint = "Azure does not accept the credentials", "run az login, or check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
	case strings.Contains(text, "challenge resource"):
		e.Reason, e.Hint = "this is no Azure Key Vault", "check the address of the vault"
	case errors.As(err, &answer):
		e.Reason, e.Hint = azureAnswer(answer)
	default:
		e.Reason, e.Hint = networkReason(err)
	}
	return e
}

func azureAnswer(a *azcore.ResponseError) (reason, hint string) {
	switch {
	case strings.Contains(a.Error(), "KeyDisabled"):
		return "the key is disabled", "az keyvault key set-attributes --enabled true enables it"
	case a.StatusCode == http.StatusForbidden:
		return "access denied", "ask for the role Key Vault Crypto User on this key; az account show shows who you are"
	case a.StatusCode == http.StatusUnauthorized:
		return "the Azure credentials have expired", "run az login"
	case a.StatusCode == http.StatusNotFound:
		return "there is no such key or version", "az keyvault key list-versions shows them"
	case a.StatusCode == http.StatusBadRequest:
		return "the wrapped key does not open: it is damaged, or wrapped by another key", "restore the file's sops block from an earlier version"
	case a.StatusCode == http.StatusTooManyRequests:
		return "Azure is throttling the requests", "try again later"
	}
	return fmt.Sprintf("Azure answered with status %d", a.StatusCode), "try again later"
}
