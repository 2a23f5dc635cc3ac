package keysource

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/encfg/encfg/internal/standin"
)

// silentVault is a server that never answers, and a stanza that needs it.
func silentVault(t testing.TB) (s Stanza, called chan bool) {
	called = make(chan bool, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // else the server does not notice the end
		called <- true
		<-r.Context().Done()
	}))
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return Stanza{Source: "hc_vault", Fields: []Field{{"vault_address", srv.URL}, {"engine_path", "transit"}, {"key_name", "app"}, {"enc", "vault:v1:AAAA"}}}, called
}

// wrapped makes a stanza; its source's double must run.
func wrapped(t testing.TB, env *Env, r Recipient, key []byte) Stanza {
	t.Helper()
	return must[Stanza](t)(ByName(r.Source).Wrap(t.Context(), env, r, key))
}

// TestUnlockSilentRecipient makes sure that a recipient that cannot be reached
// does not hold up another, wherever it stands.
func TestUnlockSilentRecipient(t *testing.T) {
	standin.NewAWS(t)
	env := testEnv(t, map[string]string{"VAULT_TOKEN": "x"})
	silent, _ := silentVault(t)
	good := wrapped(t, env, parseOne(t, KMS{}, testARN), dataKey)
	for _, group := range [][]Stanza{{silent, good}, {good, silent}, {silent, silent, good}} {
		if got := must[[]byte](t)(Unlock(t.Context(), env, [][]Stanza{group}, 0)); !bytes.Equal(got, dataKey) {
			t.Error("another key came back")
		}
	}
}

// TestNoAnswer gives up, and says so.
func TestNoAnswer(t *testing.T) {
	silent, _ := silentVault(t)
	env := testEnv(t, map[string]string{"VAULT_TOKEN": "x"})
	env.patience = 50 * time.Millisecond
	_, err := Unlock(t.Context(), env, [][]Stanza{{silent}}, 0)
	var e *UnlockError
	if !errors.As(err, &e) || len(e.Attempts) != 1 || e.Attempts[0].Reason() != "no answer in 50ms" || e.Attempts[0].Hint() == "" {
		t.Errorf("error = %v", err)
	}
	if _, err := Lock(t.Context(), env, [][]Recipient{{Vault{}.Recipient(silent)}}, 0, dataKey); err == nil || !strings.HasSuffix(err.Error(), "no answer in 50ms") {
		t.Errorf("error = %v", err)
	}
}

func TestUnlockLocalFirst(t *testing.T) {
	d := standin.NewAWS(t)
	id := newAge(t, false)
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY": id.Secret})
	group := []Stanza{wrapped(t, env, parseOne(t, KMS{}, testARN), dataKey), wrapped(t, env, ageRecipient(id.Public), dataKey)}
	calls := d.Calls
	must[[]byte](t)(Unlock(t.Context(), env, [][]Stanza{group}, 0))
	if d.Calls != calls {
		t.Error("the network was used although a local key fits")
	}
	env.Order = []string{"hckms", "kms", "age"}
	must[[]byte](t)(Unlock(t.Context(), env, [][]Stanza{group}, 0))
	if d.Calls != calls+1 {
		t.Error("--decryption-order kms,age did not use KMS")
	}
	env.Order, env.Cache = nil, new(Cache)
	env.Getenv = func(name string) string {
		return map[string]string{"SOPS_DECRYPTION_ORDER": "kms, age", "SOPS_AGE_KEY": id.Secret}[name]
	}
	must[[]byte](t)(Unlock(t.Context(), env, [][]Stanza{group}, 0))
	if d.Calls != calls+2 {
		t.Error("SOPS_DECRYPTION_ORDER did not use KMS")
	}
	for _, bad := range [][]string{{"abacus"}, {"age", "age"}} {
		env.Order = bad
		if _, err := Unlock(t.Context(), env, [][]Stanza{group}, 0); err == nil {
			t.Errorf("the order %v is taken", bad)
		}
	}
}

// TestUnlockCancelsTheRest makes sure that Unlock does not return before its
// calls have ended, and that Ctrl-C ends them.
func TestUnlockCancelsTheRest(t *testing.T) {
	silent, called := silentVault(t)
	env := testEnv(t, map[string]string{"VAULT_TOKEN": "x"})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-called
		cancel()
	}()
	if _, err := Unlock(ctx, env, [][]Stanza{{silent}}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

func TestUnlockMixedGroups(t *testing.T) {
	standin.NewAWS(t)
	id := newAge(t, false)
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY": id.Secret, "VAULT_TOKEN": "x"})
	recipients := [][]Recipient{{ageRecipient(id.Public)}, {parseOne(t, KMS{}, testARN)}, {ageRecipient(newAge(t, false).Public)}}
	stanzas := must[[][]Stanza](t)(Lock(t.Context(), env, recipients, 2, dataKey))
	if got := must[[]byte](t)(Unlock(t.Context(), env, stanzas, 2)); !bytes.Equal(got, dataKey) {
		t.Error("another key came back")
	}
	_, err := Unlock(t.Context(), env, [][]Stanza{stanzas[0], {{Source: "abacus"}}, stanzas[2]}, 2)
	var e *UnlockError
	if !errors.As(err, &e) || e.Groups != 3 || e.Needed != 2 || e.Got != 1 || len(e.Attempts) != 2 {
		t.Fatalf("error = %#v", err)
	}
	if a := e.Attempts[0]; a.Group != 2 || a.Source != "abacus" || a.Hint() == "" {
		t.Errorf("attempt %+v", a)
	}
	if a := e.Attempts[1]; a.Group != 3 || !strings.HasPrefix(a.Recipient, "age1") || a.Reason() == "" {
		t.Errorf("attempt %+v", a)
	}
}

// TestUnlockOnce unwraps a key that several files share only once, also at the
// same time.
func TestUnlockOnce(t *testing.T) {
	d := standin.NewAWS(t)
	d.Delay = 20 * time.Millisecond
	env := testEnv(t, nil)
	s := wrapped(t, env, parseOne(t, KMS{}, testARN), dataKey)
	before := d.Calls
	unlockAll(t, env, 30, func(int) Stanza { return s })
	if d.Calls != before+1 {
		t.Errorf("%d calls", d.Calls-before)
	}
}

func unlockAll(t testing.TB, env *Env, n int, stanza func(int) Stanza) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			got, err := Unlock(t.Context(), env, [][]Stanza{{stanza(i)}}, 0)
			if err != nil || !bytes.Equal(got, dataKey) {
				t.Errorf("file %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

// TestUnlockManyFiles opens 500 files whose KMS takes 100 ms for each call. It
// checks the number of calls at a time, from which the time follows: 500/16
// rounds of 100 ms.
func TestUnlockManyFiles(t *testing.T) {
	d := standin.NewAWS(t)
	env := testEnv(t, nil)
	stanzas := manyStanzas(t, env, 500)
	d.Delay = 100 * time.Millisecond
	d.Most = 0
	start := time.Now()
	unlockAll(t, env, len(stanzas), func(i int) Stanza { return stanzas[i] })
	t.Logf("%d files in %v", len(stanzas), time.Since(start))
	if d.Most != maxCalls {
		t.Errorf("%d calls at a time, want %d", d.Most, maxCalls)
	}
}

func manyStanzas(t testing.TB, env *Env, n int) []Stanza {
	r := must[[]Recipient](t)(KMS{}.Parse(testARN))[0]
	out := make([]Stanza, n)
	for i := range out {
		out[i] = wrapped(t, env, r, dataKey)
	}
	return out
}

func BenchmarkUnlockManyFiles(b *testing.B) {
	d := standin.NewAWS(b)
	env := testEnv(b, nil)
	stanzas := manyStanzas(b, env, 500)
	d.Delay = 100 * time.Millisecond
	for b.Loop() {
		env.Cache = new(Cache)
		unlockAll(b, env, len(stanzas), func(i int) Stanza { return stanzas[i] })
	}
}

// TestLockAllOrNothing names the recipient that cannot be wrapped for.
func TestLockAllOrNothing(t *testing.T) {
	d := standin.NewAWS(t)
	bad := strings.Replace(testARN, "1234abcd", "deadbeef", 1)
	d.Fail[bad[strings.LastIndexByte(bad, '/')+1:]] = "DisabledException"
	group := []Recipient{ageRecipient(newAge(t, false).Public), parseOne(t, KMS{}, testARN), parseOne(t, KMS{}, bad)}
	s, err := Lock(t.Context(), testEnv(t, nil), [][]Recipient{group}, 0, dataKey)
	if s != nil || err == nil || !strings.HasPrefix(err.Error(), bad+": the key is disabled") {
		t.Errorf("stanzas %v, error %v", s, err)
	}
}
