package keysource

import (
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"testing"
)

// dataKey is what the tests wrap: not a secret.
var dataKey = bytes.Repeat([]byte("0123456789abcdef"), 2)

// testEnv is an environment with these variables and nothing else.
func testEnv(t testing.TB, variables map[string]string) *Env {
	t.Helper()
	return &Env{
		Getenv: func(name string) string { return variables[name] },
		Home:   t.TempDir(), ConfigDir: t.TempDir(), Cache: new(Cache),
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func pemCertificate(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func hexString(b []byte) string { return hex.EncodeToString(b) }
