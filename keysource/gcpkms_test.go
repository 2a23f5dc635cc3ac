package keysource

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/encfg/encfg/internal/standin"
)

const testGCP = standin.GCPKey

func gcpEnv(t *testing.T, srv *httptest.Server, token string) *Env {
	return testEnv(t, map[string]string{"SOPS_GCP_KMS_ENDPOINT": srv.URL, "GOOGLE_OAUTH_ACCESS_TOKEN": token})
}

func gcpFixture(t *testing.T) fixture {
	srv := standin.NewGCP(t)
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
	srv := standin.NewGCP(t)
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
		io.WriteString(w, `{"ciphertext":"eA=="}`)
	}))
	defer srv.Close()
	env := testEnv(t, map[string]string{"SOPS_GCP_KMS_ENDPOINT": srv.URL, "GOOGLE_OAUTH_ACCESS_TOKEN": "x", "GOOGLE_CLOUD_QUOTA_PROJECT": "payer"})
	must[Stanza](t)(GCPKMS{}.Wrap(t.Context(), env, gcpRecipient(testGCP), dataKey))
	if got != "payer" {
		t.Errorf("header %q", got)
	}
}

// TestGCPServiceAccount trades the key of a service account for a token, from a
// variable and from a file.
func TestGCPServiceAccount(t *testing.T) {
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}`)
	}))
	defer tokens.Close()
	key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	der := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(key))
	account := must[[]byte](t)(json.Marshal(map[string]string{
		"type": "service_account", "client_email": "app@example.iam.gserviceaccount.com", "token_uri": tokens.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}))
	srv := standin.NewGCP(t)
	for _, value := range []string{string(account), writeFile(t, t.TempDir()+"/account.json", string(account))} {
		env := testEnv(t, map[string]string{"SOPS_GCP_KMS_ENDPOINT": srv.URL, "GOOGLE_CREDENTIALS": value})
		checkRoundTrip(t, GCPKMS{}, fixture{recipient: gcpRecipient(testGCP), owner: env, ciphertext: "enc"})
	}
}
