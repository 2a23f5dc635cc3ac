package standin

import (
	_ "embed"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/encfg/encfg/internal/testneed"
)

//go:embed moto_setup.py
var motoSetup string

// MotoNames are what a moto server was filled with: keys in two regions, an
// alias of the first, and a user who may only assume the role, which may only
// use KMS.
type MotoNames struct{ First, Second, Alias, Role, Access, Secret string }

// NewMoto starts moto, which behaves like AWS in most ways, with the checks of
// IAM switched on, and points the SDK at it as that user.
func NewMoto(t testing.TB) (names MotoNames) {
	t.Helper()
	python := testneed.Python(t, "boto3", "moto", "flask")
	url := StartServer(t, []string{"INITIAL_NO_AUTH_ACTION_COUNT=1000"}, python, "-m", "moto.server", "-H", "127.0.0.1", "-p", "PORT")
	out, err := exec.Command(python, "-c", motoSetup, url).Output()
	if err != nil {
		t.Fatalf("setting moto up: %v", err)
	}
	if err := json.Unmarshal(out, &names); err != nil {
		t.Fatal(err)
	}
	AWSVariables(t, url)
	t.Setenv("AWS_ACCESS_KEY_ID", names.Access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", names.Secret)
	return names
}

// StartServer runs a server program on a free port of this machine until the
// test ends. PORT in the arguments is the port.
func StartServer(t testing.TB, env []string, name string, args ...string) (url string) {
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
