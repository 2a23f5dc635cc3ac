package keysource

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// GCPKMS locks data keys with Google Cloud KMS, by its REST API: the vendor's
// gRPC client would triple the size of encfg. On the wire a stanza has the
// fields resource_id, created_at and enc (base64).
type GCPKMS struct{}

var _ Source = GCPKMS{}

// Name is the stanzas' list in the sops block.
func (GCPKMS) Name() string { return "gcp_kms" }

// Local is false.
func (GCPKMS) Local() bool { return false }

// Config gives the names that sops uses, and our overrides.
func (GCPKMS) Config() Config {
	return Config{
		Flag:     "gcp-kms",
		Usage:    "`IDS` of Google Cloud KMS keys, separated by commas: projects/P/locations/L/keyRings/R/cryptoKeys/K",
		Env:      []string{"ENCFG_GCP_KMS_IDS", "SOPS_GCP_KMS_IDS"},
		RuleKey:  "gcp_kms",
		GroupKey: "gcp_kms",
	}
}

// Parse reads resource ids.
func (GCPKMS) Parse(text string) ([]Recipient, error) {
	var out []Recipient
	for _, id := range splitList(text) {
		if err := checkResource(id); err != nil {
			return nil, err
		}
		out = append(out, gcpRecipient(id))
	}
	return out, nil
}

func gcpRecipient(id string) Recipient {
	return Recipient{Source: "gcp_kms", ID: id, Fields: []Field{{"resource_id", id}}}
}

// checkResource says which part of a resource id is wrong.
func checkResource(id string) error {
	wrong := func(part string) error {
		shown := shortUnknown(id)
		if strings.HasPrefix(id, "projects/") {
			shown = id
		}
		return &Error{Recipient: shown, Reason: "malformed Google Cloud KMS resource id: " + part,
			Hint: "it looks like projects/P/locations/L/keyRings/R/cryptoKeys/K: gcloud kms keys list shows it"}
	}
	parts := strings.Split(id, "/")
	for i, name := range []string{"projects", "locations", "keyRings", "cryptoKeys"} {
		if len(parts) <= 2*i || parts[2*i] != name {
			return wrong(name + "/ is missing")
		}
		if len(parts) <= 2*i+1 || parts[2*i+1] == "" {
			return wrong("the name after " + name + "/ is missing")
		}
		if v := parts[2*i+1]; v == "." || v == ".." || strings.ContainsAny(v, "?#%\\") {
			return wrong("the name after " + name + "/ has forbidden characters")
		}
	}
	if len(parts) > 8 {
		return wrong("it goes on after the name of the key (versions are chosen by Google)")
	}
	return nil
}

// ParseFields reads resource_id.
func (g GCPKMS) ParseFields(fields []Field) (Recipient, error) {
	id := Stanza{Fields: fields}.Get("resource_id")
	if err := checkResource(id); err != nil {
		return Recipient{}, err
	}
	return gcpRecipient(id), nil
}

// Recipient gives the resource id back.
func (GCPKMS) Recipient(s Stanza) Recipient { return gcpRecipient(s.Get("resource_id")) }

// Wrap locks the data key with the method encrypt.
func (GCPKMS) Wrap(ctx context.Context, env *Env, r Recipient, dataKey []byte) (Stanza, error) {
	var out struct{ Ciphertext string }
	if err := callGCP(ctx, env, r.ID, "encrypt", map[string][]byte{"plaintext": dataKey}, &out); err != nil {
		return Stanza{}, err
	}
	if out.Ciphertext == "" {
		return Stanza{}, &Error{Recipient: r.ID, Reason: "Google gave no wrapped key"}
	}
	return Stanza{Source: "gcp_kms", Fields: append(r.Fields[:1:1], created(time.Now()), Field{"enc", out.Ciphertext})}, nil
}

// Unwrap opens a stanza with the method decrypt.
func (GCPKMS) Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error) {
	id, enc := s.Get("resource_id"), s.Get("enc")
	if enc == "" {
		return nil, damaged(id, "it is empty")
	}
	var out struct{ Plaintext []byte }
	err := callGCP(ctx, env, id, "decrypt", map[string]string{"ciphertext": enc}, &out)
	return out.Plaintext, err
}

func callGCP(ctx context.Context, env *Env, id, method string, in, out any) error {
	if err := checkResource(id); err != nil {
		return err
	}
	creds, err := abandonable(ctx, func() (*google.Credentials, error) { return gcpCredentials(env) })
	if err != nil {
		return gcpFailure(ctx, id, err)
	}
	token, err := abandonable(ctx, creds.TokenSource.Token)
	if err != nil {
		return gcpFailure(ctx, id, err)
	}
	header := http.Header{"Authorization": {token.Type() + " " + token.AccessToken}}
	if project := quotaProject(env, creds); project != "" {
		header.Set("X-Goog-User-Project", project)
	}
	return gcpFailure(ctx, id, postJSON(ctx, restClient(env), gcpEndpoint(env)+"/v1/"+id+":"+method, header, in, out))
}

// gcpEndpoint is where the service is, for sovereign clouds and tests; sops's
// variable may lack the scheme.
func gcpEndpoint(env *Env) string {
	if _, url := env.variable("GCP_KMS_ENDPOINT"); strings.Contains(url, "://") {
		return strings.TrimRight(url, "/")
	} else if url != "" {
		return "https://" + strings.TrimRight(url, "/")
	}
	if _, domain := env.variable("GCP_KMS_UNIVERSE_DOMAIN"); domain != "" {
		return "https://cloudkms." + domain
	}
	return "https://cloudkms.googleapis.com"
}

// gcpCredentials finds credentials once per command: GOOGLE_CREDENTIALS (a file
// or its content), GOOGLE_OAUTH_ACCESS_TOKEN, else Google's default ones.
func gcpCredentials(env *Env) (*google.Credentials, error) {
	v, err := env.Cache.Do("gcp", func() (any, error) {
		const scope = "https://www.googleapis.com/auth/cloud-platform"
		ctx := context.Background() // for the tokens of later calls, too
		if text := env.getenv("GOOGLE_CREDENTIALS"); text != "" {
			data := []byte(text)
			if _, err := os.Stat(text); err == nil {
				if data, err = readKeyFile(text); err != nil {
					return nil, placeError("GOOGLE_CREDENTIALS: "+text, err)
				}
			}
			var file struct{ Type google.CredentialsType }
			json.Unmarshal(data, &file) // what is no JSON has no type
			creds, err := google.CredentialsFromJSONWithType(ctx, data, file.Type, scope)
			if err != nil {
				return nil, &Error{Reason: "GOOGLE_CREDENTIALS is neither a file nor the JSON of credentials"}
			}
			return creds, nil
		}
		if token := env.getenv("GOOGLE_OAUTH_ACCESS_TOKEN"); token != "" {
			return &google.Credentials{TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})}, nil
		}
		return google.FindDefaultCredentials(ctx, scope)
	})
	if err != nil {
		return nil, err
	}
	return v.(*google.Credentials), nil
}

// quotaProject is the project that is billed, where the credentials name one.
func quotaProject(env *Env, creds *google.Credentials) string {
	if p := env.getenv("GOOGLE_CLOUD_QUOTA_PROJECT"); p != "" {
		return p
	}
	var file struct {
		Project string `json:"quota_project_id"`
	}
	json.Unmarshal(creds.JSON, &file) // no project if there is no JSON
	return file.Project
}

func gcpFailure(ctx context.Context, id string, err error) error {
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Recipient: id, Err: err}
	var answer *httpError
	var refused *oauth2.RetrieveError
	var ours *Error
	switch {
	case errors.As(err, &ours):
		e.Reason, e.Hint = ours.Reason, ours.Hint
	case errors.As(err, &answer):
		e.Reason, e.Hint = gcpAnswer(answer)
	case errors.As(err, &refused):
		e.Reason, e.Hint = "Google does not accept the credentials", "run gcloud auth application-default login"
	case strings.Contains(err.Error(), "could not find default credentials"):
		e.Reason, e.Hint = "no Google credentials", "run gcloud auth application-default login, or set GOOGLE_CREDENTIALS"
	default:
		e.Reason, e.Hint = networkReason(err)
	}
	return e
}

func gcpAnswer(a *httpError) (reason, hint string) {
	var said struct{ Error struct{ Status string } }
	json.Unmarshal(a.body, &said) // the status line suffices if this fails
	switch {
	case said.Error.Status == "FAILED_PRECONDITION":
		return "the key is disabled or destroyed", "gcloud kms keys versions list shows its state"
	case a.status == http.StatusBadRequest:
		return "the wrapped key does not open: it is damaged, or wrapped by another key", "restore the file's sops block from an earlier version"
	case a.status == http.StatusUnauthorized:
		return "the Google credentials have expired", "run gcloud auth application-default login"
	case a.status == http.StatusForbidden:
		return "permission denied", "ask for the role roles/cloudkms.cryptoKeyEncrypterDecrypter on this key; gcloud auth list shows who you are"
	case a.status == http.StatusNotFound:
		return "there is no such key", "gcloud kms keys list shows the keys"
	case a.status == http.StatusTooManyRequests:
		return "Google is throttling the requests", "try again later"
	}
	return "Google answered with " + a.Error(), "try again later"
}
