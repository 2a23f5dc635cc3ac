package standin

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Vault behaves like the transit engine of Vault where encfg looks.
type Vault struct {
	*httptest.Server
	mu        sync.Mutex
	secret    cipher.AEAD
	Namespace string
	Busy      int // so many calls are answered with 429
	Status    int // if set, the answer to everything
	Calls     int
}

// NewVault starts the double. Its token is t0ken, its engine team/transit.
func NewVault(t testing.TB) *Vault {
	d := &Vault{secret: newAEAD()}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *Vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Calls++
	d.Busy--
	say := func(status int, words string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"errors":[%q]}`, words)
	}
	verb, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/team/transit/"), "/")
	var in struct {
		Plaintext  []byte
		Ciphertext string
	}
	switch {
	case d.Status != 0:
		say(d.Status, "so be it")
	case d.Busy >= 0:
		say(http.StatusTooManyRequests, "busy")
	case r.Header.Get("X-Vault-Token") != "t0ken", r.Header.Get("X-Vault-Namespace") != d.Namespace:
		say(http.StatusForbidden, "permission denied")
	case r.Method != http.MethodPost && r.Method != http.MethodPut || name == "":
		say(http.StatusNotFound, "no handler for route")
	case json.NewDecoder(r.Body).Decode(&in) != nil:
		say(http.StatusBadRequest, "bad body")
	case verb == "encrypt":
		nonce := []byte(rand.Text()[:12])
		sealed := d.secret.Seal(nonce, nonce, in.Plaintext, []byte(name))
		reply(w, map[string]any{"data": map[string]string{"ciphertext": "vault:v1:" + base64.StdEncoding.EncodeToString(sealed)}})
	case verb == "decrypt" && name == "missing":
		say(http.StatusBadRequest, "encryption key not found")
	case verb == "decrypt":
		text, _ := strings.CutPrefix(in.Ciphertext, "vault:v1:")
		sealed, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(sealed) < 12 {
			say(http.StatusBadRequest, "invalid ciphertext: no prefix")
			return
		}
		plain, err := d.secret.Open(nil, sealed[:12], sealed[12:], []byte(name))
		if err != nil {
			say(http.StatusBadRequest, "cipher: message authentication failed")
			return
		}
		reply(w, map[string]any{"data": map[string]any{"plaintext": plain}})
	default:
		say(http.StatusNotFound, "no handler for route")
	}
}
