package keysource

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/internal/standin"
	"github.com/encfg/encfg/internal/testneed"
)

// startServer runs a server program on a free port of this machine until the
// test ends. PORT in the arguments is the port.
func startServer(t *testing.T, env []string, name string, args ...string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "PORT", port)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	url = "http://127.0.0.1:" + port
	for range 300 {
		if r, err := http.Get(url); err == nil {
			r.Body.Close()
			return url
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s does not answer", name)
	return ""
}

// TestKMSMoto uses moto with the checks of IAM switched on: the user may do
// nothing but assume a role.
func TestKMSMoto(t *testing.T) {
	python := testneed.Python(t, "boto3", "moto", "flask")
	url := startServer(t, []string{"INITIAL_NO_AUTH_ACTION_COUNT=1000"}, python, "-m", "moto.server", "-H", "127.0.0.1", "-p", "PORT")
	out, err := exec.Command(python, "testdata/moto_setup.py", url).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
	}
	var names struct{ First, Second, Alias, Role, Access, Secret string }
	if err := json.Unmarshal(out, &names); err != nil {
		t.Fatal(err)
	}
	standin.AWSVariables(t, url)
	t.Setenv("AWS_ACCESS_KEY_ID", names.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", names.Secret)

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
