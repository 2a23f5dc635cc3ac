package keysource

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"github.com/encfg/encfg/internal/standin"
)

const testAzure = standin.AzureKey

type azureToken string

func (a azureToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(a), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// azureSource sends every connection to the double, whatever the host is.
func azureSource(srv *httptest.Server, token string) AzureKV {
	options := &azkeys.ClientOptions{}
	options.Retry.MaxRetries = -1
	options.Transport = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", srv.Listener.Addr().String())
		},
	}}
	return AzureKV{options: options, credential: azureToken(token)}
}

func azureFixture(t *testing.T) fixture {
	srv := standin.NewAzure(t)
	stranger := testEnv(t, nil)
	must[*azkeys.Client](t)(azureSource(srv, "other").client(stranger, readAzure(parseOne(t, AzureKV{}, testAzure).Fields)))
	return fixture{
		source: azureSource(srv, "t0ken"), recipient: parseOne(t, AzureKV{}, testAzure),
		owner: testEnv(t, nil), stranger: stranger, ciphertext: "enc",
	}
}

func TestAzureParse(t *testing.T) {
	for text, want := range map[string]string{
		"app": "https://",
		"http://example.vault.azure.net/keys/app":             "https://",
		"https:///keys/app":                                   "no host",
		"https://example.vault.azure.net":                     "/keys/NAME is missing",
		"https://example.vault.azure.net/secrets/app":         "/keys/NAME is missing",
		"https://example.vault.azure.net/keys/":               "/keys/NAME is missing",
		"https://example.vault.azure.net/keys/a_b":            "name of the key",
		"https://example.vault.azure.net/keys/app/1/2":        "version",
		"https://me:hunter2@example.vault.azure.net/keys/app": "more than a host",
	} {
		_, err := AzureKV{}.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Parse(%q): %v, want %q", text, err, want)
		}
	}
	r, err := AzureKV{}.ParseFields([]Field{{"vaultUrl", "https://example.vault.azure.net/"}, {"key", "app"}, {"version", "0123456789abcdef0123456789abcdef"}})
	if err != nil || r.ID != testAzure {
		t.Errorf("ParseFields: %v, %v", r, err)
	}
}

// TestAzureVersion looks the newest version up when none is named.
func TestAzureVersion(t *testing.T) {
	src, env := azureSource(standin.NewAzure(t), "t0ken"), testEnv(t, nil)
	for _, text := range []string{"https://example.vault.azure.net/keys/app", "https://example.vault.azure.net/keys/app/"} {
		s := must[Stanza](t)(src.Wrap(t.Context(), env, parseOne(t, src, text), dataKey))
		if got := src.Recipient(s).ID; got != testAzure {
			t.Errorf("recipient %q", got)
		}
		must[[]byte](t)(src.Unwrap(t.Context(), env, s))
	}
}

func TestAzureErrors(t *testing.T) {
	srv := standin.NewAzure(t)
	for name, tt := range map[string]struct{ token, url, want string }{
		"denied":   {"other", testAzure, "access denied"},
		"missing":  {"t0ken", "https://example.vault.azure.net/keys/other/1", "no such key"},
		"disabled": {"t0ken", "https://example.vault.azure.net/keys/disabled/1", "disabled"},
		"foreign":  {"t0ken", "https://example.com/keys/app/1", "no Azure Key Vault"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := azureSource(srv, tt.token).Wrap(t.Context(), testEnv(t, nil), parseOne(t, AzureKV{}, tt.url), dataKey)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Reason, tt.want) || e.Hint == "" || strings.Contains(err.Error(), "words of Azure") {
				t.Errorf("error = %v", err)
			}
		})
	}
}
