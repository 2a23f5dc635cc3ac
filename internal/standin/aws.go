// Package standin has servers that stand in for key services of which no real
// one can be had in a test. They are not the real services: they know as much
// of the protocols as sops and encfg need.
package standin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// AWS stands in for AWS KMS where moto does not behave like it: mrk- keys,
// disabled keys, throttling, expired tokens. Signatures are not checked. Its
// fields may be set while no call is under way.
type AWS struct {
	mu       sync.Mutex
	secret   cipher.AEAD
	Delay    time.Duration
	Calls    int
	together int               // calls under way
	Most     int               // the most at a time
	Throttle int               // so many calls are answered with ThrottlingException
	Fail     map[string]string // access key or key id -> error code
}

// NewAWS starts the double and points the SDK at it.
func NewAWS(t testing.TB) *AWS {
	t.Helper()
	d := &AWS{secret: newAEAD(), Fail: map[string]string{}}
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	AWSVariables(t, srv.URL)
	return d
}

// AWSVariables gives the SDK an endpoint and credentials, and nothing else.
func AWSVariables(t testing.TB, endpoint string) {
	dir := t.TempDir()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "AKIAOWNER", "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": dir + "/config", "AWS_SHARED_CREDENTIALS_FILE": dir + "/credentials",
	} {
		t.Setenv(name, value)
	}
}

var credential = regexp.MustCompile(`Credential=(\w+)/\d+/([\w-]+)/kms/`)

func (d *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.enter()
	defer d.leave()
	select {
	case <-time.After(d.Delay):
	case <-r.Context().Done():
		return
	}
	who := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	var in struct {
		KeyId                     string
		Plaintext, CiphertextBlob []byte
		EncryptionContext         map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || who == nil {
		refuse(w, "ValidationException")
		return
	}
	id := in.KeyId[strings.LastIndexByte(in.KeyId, '/')+1:]
	for _, what := range []string{who[1], id} {
		if code := d.failure(what); code != "" {
			refuse(w, code)
			return
		}
	}
	if d.throttled() {
		refuse(w, "ThrottlingException")
		return
	}
	// A multi-Region key opens what its replicas sealed; others only their own.
	if !strings.HasPrefix(id, "mrk-") {
		id += who[2]
	}
	bound := []byte(id)
	if len(in.EncryptionContext) > 0 {
		context, _ := json.Marshal(in.EncryptionContext)
		bound = append(bound, context...)
	}
	switch r.Header.Get("X-Amz-Target") {
	case "TrentService.Encrypt":
		nonce := []byte(rand.Text()[:12])
		reply(w, map[string]any{"KeyId": in.KeyId, "CiphertextBlob": d.secret.Seal(nonce, nonce, in.Plaintext, bound)})
	case "TrentService.Decrypt":
		if len(in.CiphertextBlob) < 12 {
			refuse(w, "InvalidCiphertextException")
			return
		}
		plain, err := d.secret.Open(nil, in.CiphertextBlob[:12], in.CiphertextBlob[12:], bound)
		if err != nil {
			refuse(w, "InvalidCiphertextException")
			return
		}
		reply(w, map[string]any{"KeyId": in.KeyId, "Plaintext": plain})
	default:
		refuse(w, "UnknownOperationException")
	}
}

func (d *AWS) enter() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Calls++
	d.together++
	d.Most = max(d.Most, d.together)
}

func (d *AWS) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.together--
}

func (d *AWS) failure(what string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Fail[what]
}

func (d *AWS) throttled() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Throttle--
	return d.Throttle >= 0
}

// newAEAD is a key that a double keeps for itself.
func newAEAD() cipher.AEAD {
	block, _ := aes.NewCipher([]byte(rand.Text()[:16]))
	aead, _ := cipher.NewGCM(block)
	return aead
}

// reply sends v as JSON.
func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"__type":%q,"message":"request-id-1234 User: arn:aws:iam::111122223333:user/x is refused"}`, code)
}
