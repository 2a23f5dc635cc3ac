package crypt

import (
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// macOnlyEncryptedStart begins the hash of a file with mac_only_encrypted, so
// that it differs from a hash of all values: SHA-256 of "sops" (sops.go,
// MACOnlyEncryptedInitialization).
var macOnlyEncryptedStart = []byte{
	0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b,
	0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
}

// mac is the running hash over the plaintexts of a file in document order:
// SHA-512, written as upper-case hex (sops.go, Tree.Encrypt).
type mac struct {
	hash          hash.Hash
	onlyEncrypted bool
	buf           []byte
}

// newMAC begins the hash of a file of about the given size in bytes.
func newMAC(onlyEncrypted bool, size int) *mac {
	m := &mac{hash: sha512.New(), onlyEncrypted: onlyEncrypted, buf: make([]byte, 0, min(size, 1<<14))}
	if onlyEncrypted {
		m.hash.Write(macOnlyEncryptedStart)
	}
	return m
}

// add takes the canonical plaintext of a value.
func (m *mac) add(plain string, encrypted bool) {
	if m.onlyEncrypted && !encrypted {
		return
	}
	if len(m.buf)+len(plain) > cap(m.buf) {
		m.flush()
	}
	m.buf = append(m.buf, plain...)
}

func (m *mac) flush() {
	m.hash.Write(m.buf)
	clear(m.buf)
	m.buf = m.buf[:0]
}

func (m *mac) sum() string {
	m.flush()
	return strings.ToUpper(hex.EncodeToString(m.hash.Sum(nil)))
}
