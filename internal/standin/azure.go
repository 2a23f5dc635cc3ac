package standin

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// AzureKey is the key that NewAzure has.
const AzureKey = "https://example.vault.azure.net/keys/app/0123456789abcdef0123456789abcdef"

// NewAzure stands in for Azure Key Vault, of which no emulator can be had:
// the challenge, one RSA key, and the errors.
func NewAzure(t testing.TB) *httptest.Server {
	srv := httptest.NewTLSServer(azureHandler(t))
	t.Cleanup(srv.Close)
	return srv
}

func azureHandler(t testing.TB) http.Handler {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		say := func(status int, code string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"code":%q,"message":"words of Azure"}}`, code)
		}
		parts := strings.Split(r.URL.Path, "/") // /keys/NAME/VERSION/VERB
		for len(parts) < 5 {
			parts = append(parts, "")
		}
		var in struct{ Alg, Value string }
		json.NewDecoder(r.Body).Decode(&in)
		value, err := base64.RawURLEncoding.DecodeString(in.Value)
		switch {
		case r.Header.Get("Authorization") == "":
			resource := "https://vault.azure.net"
			w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/tenant", resource="`+resource+`"`)
			say(401, "Unauthorized")
		case r.Header.Get("Authorization") != "Bearer t0ken":
			say(403, "Forbidden")
		case parts[2] == "disabled":
			w.WriteHeader(403)
			fmt.Fprint(w, `{"error":{"code":"Forbidden","message":"x","innererror":{"code":"KeyDisabled"}}}`)
		case parts[2] != "app" || parts[3] != "" && !strings.HasSuffix(AzureKey, parts[3]):
			say(404, "KeyNotFound")
		case r.Method == http.MethodGet:
			fmt.Fprintf(w, `{"key":{"kid":%q,"kty":"RSA"}}`, AzureKey)
		case err != nil || in.Alg != "RSA-OAEP-256":
			say(400, "BadParameter")
		default:
			var out []byte
			if parts[4] == "encrypt" {
				out, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.PublicKey, value, nil)
			} else {
				out, err = rsa.DecryptOAEP(sha256.New(), nil, key, value, nil)
			}
			if err != nil {
				say(400, "BadParameter")
				return
			}
			fmt.Fprintf(w, `{"kid":%q,"value":%q}`, AzureKey, base64.RawURLEncoding.EncodeToString(out))
		}
	})
}
