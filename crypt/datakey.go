package crypt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/secure"
)

const (
	keySize   = 32 // bytes of a data key: AES-256
	nonceSize = 32 // bytes of a nonce, as sops draws them (aes/cipher.go)
	tagSize   = 16 // bytes of a GCM tag
)

// DataKey is the key that all values of a file are sealed with, together with
// its cipher. Make one with NewDataKey or UseDataKey, and Wipe it after use. The
// key stands in locked memory; the cipher's key schedule does not.
type DataKey struct {
	key  []byte
	aead cipher.AEAD
}

// NewDataKey draws a random data key.
func NewDataKey() (*DataKey, error) {
	key := secure.Key(keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return newDataKey(key)
}

// UseDataKey makes a DataKey of a copy of 32 bytes.
func UseDataKey(key []byte) (*DataKey, error) {
	if len(key) != keySize {
		return nil, errors.New("a data key has 32 bytes")
	}
	own := secure.Key(keySize)
	copy(own, key)
	return newDataKey(own)
}

func newDataKey(key []byte) (*DataKey, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithNonceSize(block, nonceSize)
	if err != nil {
		return nil, err
	}
	return &DataKey{key: key, aead: aead}, nil
}

// Bytes is the key itself, for wrapping. It is not a copy.
func (k *DataKey) Bytes() []byte { return k.key }

// Wipe overwrites the key. The AES key schedule inside the cipher is out of
// reach and goes with the garbage collector.
func (k *DataKey) Wipe() {
	clear(k.key)
	k.aead = nil
}

// appendSeal encrypts under the given nonce and writes the token. buf is
// working space and is given back, perhaps larger.
func (k *DataKey) appendSeal(dst, buf, nonce []byte, typ formats.Type, plain string, aad []byte) (out, space []byte) {
	buf = append(buf[:0], plain...)
	buf = k.aead.Seal(buf[:0], nonce, buf, aad)
	return appendToken(dst, buf, nonce, typ), buf
}

// sealText encrypts a text under a fresh nonce.
func (k *DataKey) sealText(plain, aad string) (string, error) {
	var nonce [nonceSize]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return "", err
	}
	out, _ := k.appendSeal(nil, nil, nonce[:], formats.Str, plain, []byte(aad))
	return string(out), nil
}

var errAuth = errors.New("does not authenticate")

// open decrypts a parsed token, which it destroys. The only error is errAuth.
func (k *DataKey) open(t *token, aad []byte) (string, error) {
	plain, err := k.openInPlace(t, aad)
	return string(plain), err
}

// openInPlace is open without a copy: the plaintext takes the token's place.
func (k *DataKey) openInPlace(t *token, aad []byte) ([]byte, error) {
	aead := k.aead
	if len(t.iv) != nonceSize {
		// Files of the first, Python, sops have other nonce lengths.
		block, err := aes.NewCipher(k.key)
		if err != nil {
			return nil, errAuth
		}
		if aead, err = cipher.NewGCMWithNonceSize(block, len(t.iv)); err != nil {
			return nil, errAuth
		}
	}
	plain, err := aead.Open(t.sealed[:0], t.iv, t.sealed, aad)
	if err != nil {
		return nil, errAuth
	}
	return plain, nil
}

// openText parses and decrypts a token.
func (k *DataKey) openText(text, aad string) (string, error) {
	t, err := parseToken(text)
	if err != nil {
		return "", err
	}
	return k.open(&t, []byte(aad))
}
