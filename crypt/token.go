package crypt

import (
	"encoding/base64"
	"errors"
	"strings"

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

// parseToken reads a token. The slices share one new buffer.
func parseToken(text string) (token, error) {
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok {
		return token{}, errToken
	}
	end := strings.LastIndexByte(rest, ']')
	if end < 0 {
		return token{}, errToken
	}
	rest = rest[:end]
	data, rest, ok1 := strings.Cut(rest, tokenIV)
	iv, rest, ok2 := strings.Cut(rest, tokenTag)
	tag, name, ok3 := strings.Cut(rest, tokenType)
	typ, ok4 := formats.ParseType(name)
	if !ok1 || !ok2 || !ok3 || !ok4 || iv == "" {
		return token{}, errToken
	}
	enc := base64.StdEncoding
	buf := make([]byte, 0, enc.DecodedLen(len(data))+enc.DecodedLen(len(iv))+enc.DecodedLen(len(tag)))
	buf, err1 := enc.AppendDecode(buf, []byte(data))
	n := len(buf)
	buf, err2 := enc.AppendDecode(buf, []byte(tag))
	m := len(buf)
	buf, err3 := enc.AppendDecode(buf, []byte(iv))
	if err1 != nil || err2 != nil || err3 != nil || m-n != tagSize {
		return token{}, errToken
	}
	return token{sealed: buf[:m:m], iv: buf[m:], typ: typ}, nil
}

// formatToken writes a token; sealed is ciphertext and tag.
func formatToken(sealed, iv []byte, typ formats.Type) string {
	enc := base64.StdEncoding
	name := typ.String()
	n := len(sealed) - tagSize
	size := len(tokenPrefix) + enc.EncodedLen(n) + len(tokenIV) + enc.EncodedLen(len(iv)) +
		len(tokenTag) + enc.EncodedLen(tagSize) + len(tokenType) + len(name) + 1
	var b strings.Builder
	b.Grow(size)
	var stack [1024]byte
	buf := stack[:0]
	b.WriteString(tokenPrefix)
	b.Write(enc.AppendEncode(buf, sealed[:n]))
	b.WriteString(tokenIV)
	b.Write(enc.AppendEncode(buf, iv))
	b.WriteString(tokenTag)
	b.Write(enc.AppendEncode(buf, sealed[n:]))
	b.WriteString(tokenType)
	b.WriteString(name)
	b.WriteByte(']')
	return b.String()
}
