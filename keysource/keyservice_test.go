package keysource

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/internal/standin"
	"github.com/encfg/encfg/internal/testneed"
)

// sopsService runs sops's key service, which has these variables and no other
// keys, and gives its address.
func sopsService(t *testing.T, network string, variables ...string) string {
	sops := testneed.Command(t, "sops", "go install github.com/getsops/sops/v3/cmd/sops@v3.13.3")
	address := filepath.Join(t.TempDir(), "s")
	if network == "tcp" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address = l.Addr().String()
		l.Close()
	}
	cmd := exec.Command(sops, "keyservice", "--network", network, "--address", address)
	cmd.Env = append(os.Environ(), variables...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 100 {
		if c, err := net.Dial(network, address); err == nil {
			c.Close()
			return network + "://" + address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("sops keyservice does not answer")
	return ""
}

func TestKeyService(t *testing.T) {
	id := newAge(t, false)
	vault := standin.NewVault(t)
	newAWS := standin.NewAWS(t)
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			defer func() {
				if !t.Skipped() && newAWS.Calls == 0 {
					t.Error("the service did not use KMS")
				}
			}()
			env := testEnv(t, nil)
			env.KeyServices = []string{sopsService(t, network, "SOPS_AGE_KEY="+id.Secret, "VAULT_TOKEN=t0ken")}
			env.NoLocal = true
			withContext := must[Recipient](t)(KMS{}.ParseFields([]Field{{"arn", testARN}, {"context", []Field{{"a", "1"}, {"b", "2"}}}}))
			for _, r := range []Recipient{ageRecipient(id.Public), parseOne(t, Vault{}, vault.URL+"/v1/team/transit/keys/app"), withContext} {
				s, err := Lock(t.Context(), env, [][]Recipient{{r}}, 0, dataKey)
				if err != nil {
					t.Errorf("%s: %v", r.Source, err)
					continue
				}
				if got, err := Unlock(t.Context(), env, s, 0); err != nil || !bytes.Equal(got, dataKey) {
					t.Errorf("%s: %v", r.Source, err)
				}
				// What the service wrapped opens without it, and the other way.
				own := testEnv(t, map[string]string{"SOPS_AGE_KEY": id.Secret, "VAULT_TOKEN": "t0ken"})
				must[[]byte](t)(Unlock(t.Context(), own, s, 0))
				s = must[[][]Stanza](t)(Lock(t.Context(), own, [][]Recipient{{r}}, 0, dataKey))
				must[[]byte](t)(Unlock(t.Context(), env, s, 0))
			}
			s := must[[][]Stanza](t)(Lock(t.Context(), testEnv(t, nil), [][]Recipient{{ageRecipient(newAge(t, false).Public)}}, 0, dataKey))
			env.NoLocal = false
			_, err := Unlock(t.Context(), env, s, 0)
			var e *UnlockError
			if !errors.As(err, &e) || len(e.Attempts) != 2 || !strings.Contains(e.Attempts[1].Reason(), "key service "+env.KeyServices[0]) {
				t.Errorf("error = %+v", err)
			}
		})
	}
}

func TestKeyServiceErrors(t *testing.T) {
	id := newAge(t, false)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	s := must[[][]Stanza](t)(Lock(t.Context(), testEnv(t, nil), [][]Recipient{{ageRecipient(id.Public)}}, 0, dataKey))
	for address, want := range map[string]string{
		"tcp://127.0.0.1:1":   "refused",
		"unix:///nonexistent": "no such file",
		"http://127.0.0.1:1":  "malformed key service",
		"tcp://":              "malformed key service",
		"127.0.0.1:5000":      "malformed key service",
		"tcp" + plain.URL[4:]: "key service",
	} {
		env := testEnv(t, nil)
		env.KeyServices, env.NoLocal = []string{address}, true
		_, err := Unlock(t.Context(), env, s, 0)
		var e *UnlockError
		if errors.As(err, &e) && len(e.Attempts) == 1 {
			err = e.Attempts[0].Err
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	env := testEnv(t, nil)
	env.NoLocal = true
	if _, err := Lock(t.Context(), env, [][]Recipient{{ageRecipient(id.Public)}}, 0, dataKey); !errors.Is(err, error(errNoService)) {
		t.Errorf("error = %v", err)
	}
}
