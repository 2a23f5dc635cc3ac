package keysource

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

// kmsDouble stands in for AWS KMS where moto does not behave like it: mrk-
// keys, disabled keys, throttling, expired tokens. It is not AWS.
type kmsDouble struct {
	mu       sync.Mutex
	secret   cipher.AEAD
	delay    time.Duration
	calls    int
	together int               // calls under way
	most     int               // the most at a time
	throttle int               // so many calls are answered with ThrottlingException
	fail     map[string]string // access key or key id -> error code
}

// newKMSDouble starts the double and points the SDK at it.
func newKMSDouble(t testing.TB) *kmsDouble {
	t.Helper()
	block, _ := aes.NewCipher([]byte(rand.Text()[:16]))
	aead, _ := cipher.NewGCM(block)
	d := &kmsDouble{secret: aead, fail: map[string]string{}}
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	awsVariables(t, srv.URL)
	return d
}

// awsVariables gives the SDK an endpoint and credentials, and nothing else.
func awsVariables(t testing.TB, endpoint string) {
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

func (d *kmsDouble) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.enter()
	defer d.leave()
	select {
	case <-time.After(d.delay):
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
	context, _ := json.Marshal(in.EncryptionContext)
	bound := append([]byte(id), context...)
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

func (d *kmsDouble) enter() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	d.together++
	d.most = max(d.most, d.together)
}

func (d *kmsDouble) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.together--
}

func (d *kmsDouble) failure(what string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fail[what]
}

func (d *kmsDouble) throttled() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.throttle--
	return d.throttle >= 0
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"__type":%q,"message":"request-id-1234 User: arn:aws:iam::111122223333:user/x is refused"}`, code)
}
