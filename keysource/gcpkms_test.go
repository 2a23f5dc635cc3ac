package keysource

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const testGCP = "projects/example/locations/global/keyRings/ring/cryptoKeys/app"

// gcpDouble stands in for Google Cloud KMS, of which no emulator can be had.
// It knows one key and one token.
func gcpDouble(t *testing.T) *httptest.Server {
	block, _ := aes.NewCipher([]byte(rand.Text()[:16]))
	aead, _ := cipher.NewGCM(block)
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

func gcpEnv(t *testing.T, srv *httptest.Server, token string) *Env {
	return testEnv(t, map[string]string{"SOPS_GCP_KMS_ENDPOINT": srv.URL, "GOOGLE_OAUTH_ACCESS_TOKEN": token})
}

func gcpFixture(t *testing.T) fixture {
	srv := gcpDouble(t)
	return fixture{recipient: parseOne(t, GCPKMS{}, testGCP), owner: gcpEnv(t, srv, "t0ken"), stranger: gcpEnv(t, srv, "other"), ciphertext: "enc"}
}

func TestGCPParse(t *testing.T) {
	for text, want := range map[string]string{
		"app":                                         "projects/ is missing",
		"projects/":                                   "after projects/",
		"projects/x/keyRings/ring":                    "locations/ is missing",
		"projects/x/locations/global":                 "keyRings/ is missing",
		testGCP + "/cryptoKeyVersions/1":              "goes on",
		strings.TrimSuffix(testGCP, "app"):            "after cryptoKeys/",
		strings.Replace(testGCP, "/ring/", "/../", 1): "forbidden characters",
		testGCP + "?key=hunter2":                      "forbidden characters",
	} {
		if _, err := (GCPKMS{}).Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want %q", text, err, want)
		}
	}
	if r, err := (GCPKMS{}).ParseFields([]Field{{"resource_id", testGCP}}); err != nil || r.ID != testGCP {
		t.Errorf("ParseFields: %v, %v", r, err)
	}
}

func TestGCPErrors(t *testing.T) {
	srv := gcpDouble(t)
	set := func(name, value string) *Env {
		return testEnv(t, map[string]string{"SOPS_GCP_KMS_ENDPOINT": srv.URL, name: value})
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "")
	for name, tt := range map[string]struct {
		env  *Env
		id   string
		want string
	}{
		"denied":      {gcpEnv(t, srv, "other"), testGCP, "permission denied"},
		"expired":     {gcpEnv(t, srv, "expired"), testGCP, "expired"},
		"disabled":    {gcpEnv(t, srv, "t0ken"), strings.Replace(testGCP, "/app", "/disabled", 1), "disabled"},
		"missing":     {gcpEnv(t, srv, "t0ken"), testGCP + "x", "no such key"},
		"no server":   {testEnv(t, map[string]string{"ENCFG_GCP_KMS_ENDPOINT": "http://127.0.0.1:1", "GOOGLE_OAUTH_ACCESS_TOKEN": "t0ken"}), testGCP, "refused"},
		"credentials": {set("GOOGLE_CREDENTIALS", `{"type":"hunter2"}`), testGCP, "GOOGLE_CREDENTIALS is neither"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := GCPKMS{}.Wrap(t.Context(), tt.env, gcpRecipient(tt.id), dataKey)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Reason, tt.want) || strings.Contains(err.Error(), "words of Google") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestGCPEndpoint(t *testing.T) {
	for value, want := range map[string]string{
		"":                          "https://cloudkms.googleapis.com",
		"cloudkms.example.com:443":  "https://cloudkms.example.com:443",
		"http://127.0.0.1:9/":       "http://127.0.0.1:9",
		"https://kms.example.com/x": "https://kms.example.com/x",
	} {
		if got := gcpEndpoint(testEnv(t, map[string]string{"SOPS_GCP_KMS_ENDPOINT": value})); got != want {
			t.Errorf("endpoint %q = %q", value, got)
		}
	}
	if got := gcpEndpoint(testEnv(t, map[string]string{"SOPS_GCP_KMS_UNIVERSE_DOMAIN": "s3nsapis.fr"})); got != "https://cloudkms.s3nsapis.fr" {
		t.Errorf("universe domain: %q", got)
	}
}

// TestGCPQuotaProject checks the header that chooses who pays.
func TestGCPQuotaProject(t *testing.T) {
	var got string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("X-Goog-User-Project")
		reply(w, map[string]string{"ciphertext": "eA=="})
	}))
	defer srv.Close()
	env := testEnv(t, map[string]string{"SOPS_GCP_KMS_ENDPOINT": srv.URL, "GOOGLE_OAUTH_ACCESS_TOKEN": "x", "GOOGLE_CLOUD_QUOTA_PROJECT": "payer"})
	must[Stanza](t)(GCPKMS{}.Wrap(t.Context(), env, gcpRecipient(testGCP), dataKey))
	if got != "payer" {
		t.Errorf("header %q", got)
	}
}
