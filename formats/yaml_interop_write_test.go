package formats

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// sops reads what is assembled from any of the texts: it decrypts all values
// and all comments at their places, and the MAC is that of its own walk.
func TestYAMLIsReadBySops(t *testing.T) {
	s := newSops(t)
	sources := append([]string{yamlComments}, yamlSeeds(t)...)
	for seed := range uint64(25) {
		sources = append(sources, generateYAML(seed))
	}
	for _, src := range sources {
		enc, err := s.encrypt(src)
		if err != nil {
			continue // refused
		}
		plain, stderr, err := s.run("decrypt", enc)
		switch {
		case err != nil:
			t.Errorf("%q: %v\n%s", src, err, enc)
		case strings.Contains(stderr, "unencrypted comment"), strings.Contains(plain, tokenStart) && !strings.Contains(src, tokenStart):
			t.Errorf("%q: sops leaves tokens: %s\n%s\n%s", src, stderr, plain, enc)
		}
	}
}

// encrypt makes a file for the real sops.
func (s *sopsRunner) encrypt(src string) (string, error) {
	f := YAML{}
	d, err := f.Parse([]byte(src))
	if err != nil {
		return "", err
	}
	seals := func(i int) bool {
		l := &d.Leaves[i]
		return l.Type != Null && l.Value != ""
	}
	if err := f.Settle(d, seals); err != nil {
		return "", err
	}
	key := make([]byte, 32)
	rand.Read(key)
	tokens := make([]string, len(d.Leaves))
	mac := sha512.New()
	for i := range d.Leaves {
		l := &d.Leaves[i]
		if seals(i) {
			tokens[i] = sealToken(key, l.Value, l.At.AAD(), l.Type)
		}
		if l.Type != Comment && l.Type != Null {
			io.WriteString(mac, l.Value)
		}
	}
	var enc bytes.Buffer
	a := armor.NewWriter(&enc)
	w, err := age.Encrypt(a, s.identity.Recipient())
	if err != nil {
		return "", err
	}
	w.Write(key)
	w.Close()
	a.Close()
	const stamp = "2026-01-02T03:04:05Z"
	block := f.Block(d, Map{
		{"age", []any{Map{{"recipient", s.identity.Recipient().String()}, {"enc", enc.String()}}}},
		{"lastmodified", stamp},
		{"mac", sealToken(key, fmt.Sprintf("%X", mac.Sum(nil)), stamp, Str)},
		{"unencrypted_suffix", "_none"},
		{"version", "3.13.3"},
	})
	return string(d.Assemble(f, tokens, block).Text), nil
}

// sealToken encrypts as sops does.
func sealToken(key []byte, plain, aad string, typ Type) string {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, 32)
	if err != nil {
		panic(err)
	}
	iv := make([]byte, 32)
	rand.Read(iv)
	out := gcm.Seal(nil, iv, []byte(plain), []byte(aad))
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("ENC[AES256_GCM,data:%s,iv:%s,tag:%s,type:%s]", b64(out[:len(out)-16]), b64(iv), b64(out[len(out)-16:]), typ)
}
