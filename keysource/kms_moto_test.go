package keysource

import (
	"os"
	"strings"
	"testing"

	"github.com/encfg/encfg/internal/standin"
)

// TestKMSMoto uses moto with the checks of IAM switched on: the user may do
// nothing but assume a role.
func TestKMSMoto(t *testing.T) {
	names := standin.NewMoto(t)
	for _, id := range []string{names.First, names.Second, names.Alias} {
		if _, err := (KMS{}).Wrap(t.Context(), testEnv(t, nil), parseOne(t, KMS{}, id), dataKey); err == nil || !strings.Contains(err.Error(), "access denied") {
			t.Errorf("without the role: %v", err)
		}
		checkRoundTrip(t, KMS{}, fixture{recipient: parseOne(t, KMS{}, id+"+"+names.Role), owner: testEnv(t, nil), ciphertext: "enc"})
	}

	missing := names.First + "+" + names.Role + "x"
	if _, err := (KMS{}).Wrap(t.Context(), testEnv(t, nil), parseOne(t, KMS{}, missing), dataKey); err == nil {
		t.Error("a role that does not exist was assumed")
	}

	writeFile(t, os.Getenv("AWS_SHARED_CREDENTIALS_FILE"),
		"[deploy]\naws_access_key_id = "+names.Access+"\naws_secret_access_key = "+names.Secret+"\n")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
	r := must[Recipient](t)(KMS{}.Configure(parseOne(t, KMS{}, names.First+"+"+names.Role),
		map[string]string{"aws-profile": "deploy", "encryption-context": "app:x"}))
	checkRoundTrip(t, KMS{}, fixture{recipient: r, owner: testEnv(t, nil), ciphertext: "enc"})
}
