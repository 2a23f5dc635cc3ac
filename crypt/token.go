package crypt

import (
	"encoding/base64"
	"errors"
	"strings"
	"unsafe"

	"github.com/encfg/encfg/formats"
)

const (
	tokenPrefix = "ENC[AES256_GCM,data:"
	tokenIV     = ",iv:"
	tokenTag    = ",tag:"
	tokenType   = ",type:"
)

// token is one encrypted value, as written in a file:
//
//	ENC[AES256_GCM,data:<base64>,iv:<base64>,tag:<base64>,type:<name>]
//
// (aes/cipher.go in sops). Text after the last bracket is allowed.
type token struct {
	sealed []byte // ciphertext and tag, adjacent as AES-GCM wants them
	iv     []byte
	typ    formats.Type
}

// IsToken reports that a text begins like a token.
func IsToken(text string) bool { return strings.HasPrefix(text, "ENC[AES256_GCM,") }

var errToken = errors.New("the token is damaged")

// parseToken reads a token.
func parseToken(text string) (token, error) {
	t, _, err := decodeToken(nil, text)
	return t, err
}

// decodeToken reads a token into buf, which it gives back, perhaps larger: the
// slices of the token share it.
func decodeToken(buf []byte, text string) (token, []byte, error) {
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok {
		return token{}, buf, errToken
	}
	end := strings.LastIndexByte(rest, ']')
	if end < 0 {
		return token{}, buf, errToken
	}
	rest = rest[:end]
	data, rest, ok1 := cutAt(rest, tokenIV)
	iv, rest, ok2 := cutAt(rest, tokenTag)
	tag, name, ok3 := cutAt(rest, tokenType)
	typ, ok4 := formats.ParseType(name)
	if !ok1 || !ok2 || !ok3 || !ok4 || iv == "" {
		return token{}, buf, errToken
	}
	buf, err1 := base64.StdEncoding.AppendDecode(buf[:0], view(data))
	n := len(buf)
	buf, err2 := base64.StdEncoding.AppendDecode(buf, view(tag))
	m := len(buf)
	buf, err3 := base64.StdEncoding.AppendDecode(buf, view(iv))
	if err1 != nil || err2 != nil || err3 != nil || m-n != tagSize {
		return token{}, buf, errToken
	}
	return token{sealed: buf[:m:m], iv: buf[m:], typ: typ}, buf, nil
}

// cutAt cuts a text at its first comma, with which sep begins, if sep is there.
func cutAt(text, sep string) (before, after string, ok bool) {
	i := strings.IndexByte(text, ',')
	if i < 0 {
		return text, "", false
	}
	after, ok = strings.CutPrefix(text[i:], sep)
	return text[:i], after, ok
}

// view gives the bytes of a text without a copy, to be read only.
func view(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) }

// textView is the other way round: the bytes must not be changed as long as the
// text is in use.
func textView(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// appendToken writes a token; sealed is ciphertext and tag.
func appendToken(dst, sealed, iv []byte, typ formats.Type) []byte {
	enc := base64.StdEncoding
	n := len(sealed) - tagSize
	dst = enc.AppendEncode(append(dst, tokenPrefix...), sealed[:n])
	dst = enc.AppendEncode(append(dst, tokenIV...), iv)
	dst = enc.AppendEncode(append(dst, tokenTag...), sealed[n:])
	dst = append(append(dst, tokenType...), typ.String()...)
	return append(dst, ']')
}
