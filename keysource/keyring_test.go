package keysource

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/encfg/encfg/internal/testneed"
)

// keyringEnv has a session bus, if only a name of one.
func keyringEnv(t *testing.T) *Env {
	return testEnv(t, map[string]string{"DBUS_SESSION_BUS_ADDRESS": os.Getenv("DBUS_SESSION_BUS_ADDRESS") + "x"})
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	checkKeyring(t)
	keyring.MockInitWithError(errors.New("failed to unlock correct collection"))
	if _, err := KeyringGet(t.Context(), keyringEnv(t), "age1x"); err == nil || err.Error() != "the keyring is locked" {
		t.Errorf("error = %v", err)
	}
	env := keyringEnv(t)
	s := must[Stanza](t)(Age{}.Wrap(t.Context(), env, ageRecipient(newAge(t, false).Public), dataKey))
	if _, err := (Age{}).Unwrap(t.Context(), env, s); err == nil || !strings.Contains(err.Error(), "the keyring is locked") {
		t.Errorf("error = %v", err)
	}
	for _, variables := range []map[string]string{nil, {"DBUS_SESSION_BUS_ADDRESS": "x", "ENCFG_KEYRING": "off"}} {
		if _, err := KeyringGet(t.Context(), testEnv(t, variables), "age1x"); err == nil || !strings.Contains(err.Error(), "no keyring") {
			t.Errorf("error = %v", err)
		}
	}
}

func checkKeyring(t *testing.T) {
	for _, pq := range []bool{false, true} {
		env, id := keyringEnv(t), newAge(t, pq)
		f := fixture{recipient: ageRecipient(id.Public), owner: env, stranger: env, ciphertext: "enc"}
		checkStranger(t, Age{}, f)
		if public := must[string](t)(KeyringSet(t.Context(), env, id.Secret+"\n")); public != id.Public {
			t.Errorf("public key %q", public)
		}
		f.owner = keyringEnv(t)
		checkRoundTrip(t, Age{}, f)
		if got := must[string](t)(KeyringGet(t.Context(), env, id.Public)); got != id.Secret {
			t.Error("another key came out")
		}
		if err := KeyringDelete(t.Context(), env, id.Public); err != nil {
			t.Error(err)
		}
		if _, err := KeyringGet(t.Context(), env, id.Public); !errors.Is(err, ErrNotMine) {
			t.Errorf("after deletion: %v", err)
		}
	}
	for _, bad := range []string{"", "hunter2", "age1x", encodePlugin(t, "age1yubikey1")} {
		if _, err := KeyringSet(t.Context(), keyringEnv(t), bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("KeyringSet(%q): %v", bad, err)
		}
	}
}

// TestKeyringReal runs itself again in a session with a real gnome-keyring.
func TestKeyringReal(t *testing.T) {
	if os.Getenv("ENCFG_TEST_REAL_KEYRING") != "" {
		os.Unsetenv("DBUS_STARTER_ADDRESS")
		checkKeyring(t)
		return
	}
	testneed.Command(t, "gnome-keyring-daemon", "install gnome-keyring")
	run := testneed.Command(t, "dbus-run-session", "install dbus")
	home := t.TempDir()
	cmd := exec.Command(run, "--", "sh", "-c", `printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$0" -test.run '^TestKeyringReal$'`, os.Args[0])
	cmd.Env = append(os.Environ(), "ENCFG_TEST_REAL_KEYRING=1", "HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
