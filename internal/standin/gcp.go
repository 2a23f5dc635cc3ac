package standin

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// GCPKey is the key that NewGCP has.
const GCPKey = "projects/example/locations/global/keyRings/ring/cryptoKeys/app"

// NewGCP stands in for Google Cloud KMS, of which no emulator can be had.
// It knows the key GCPKey, which .../disabled is not, and the token t0ken.
func NewGCP(t testing.TB) *httptest.Server {
	aead := newAEAD()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		say := func(code int, status string) {
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"error":{"code":%d,"status":%q,"message":"words of Google"}}`, code, status)
		}
		name, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/"), ":")
		key, _ := strings.CutPrefix(name, "projects/example/locations/global/keyRings/ring/cryptoKeys/")
		var in struct{ Plaintext, Ciphertext []byte }
		switch {
		case r.Header.Get("Authorization") == "Bearer expired":
			say(401, "UNAUTHENTICATED")
		case r.Header.Get("Authorization") != "Bearer t0ken":
			say(403, "PERMISSION_DENIED")
		case key == "disabled":
			say(400, "FAILED_PRECONDITION")
		case key != "app" || r.Method != http.MethodPost:
			say(404, "NOT_FOUND")
		case json.NewDecoder(r.Body).Decode(&in) != nil:
			say(400, "INVALID_ARGUMENT")
		case method == "encrypt":
			nonce := []byte(rand.Text()[:12])
			reply(w, map[string]any{"name": name, "ciphertext": aead.Seal(nonce, nonce, in.Plaintext, nil)})
		case len(in.Ciphertext) < 12:
			say(400, "INVALID_ARGUMENT")
		default:
			plain, err := aead.Open(nil, in.Ciphertext[:12], in.Ciphertext[12:], nil)
			if err != nil {
				say(400, "INVALID_ARGUMENT")
				return
			}
			reply(w, map[string]any{"plaintext": plain})
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}
