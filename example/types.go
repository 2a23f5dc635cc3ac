package example

import (
	"encoding/base64"
	"math/big"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/encfg/encfg/formats"
)

// kinds are the values of @type.
var kinds = []string{"string", "url", "int", "number", "bool", "enum", "port", "email", "base64"}

// boolWords are what programs take for true and false.
var boolWords = []string{"true", "false", "yes", "no", "on", "off", "1", "0"}

// wrongType says what is wrong with a value, without showing it; "" if it is
// what @type wants.
func (a *Annotations) wrongType(text string) string {
	ok := true
	switch a.Kind {
	case "url":
		u, err := url.Parse(text)
		ok = err == nil && u.Scheme != "" && (u.Host != "" || u.Path != "" && u.Path != "/")
	case "int":
		_, ok = new(big.Int).SetString(text, 10)
	case "number":
		_, err := strconv.ParseFloat(text, 64)
		ok = err == nil
	case "bool":
		ok = slices.Contains(boolWords, strings.ToLower(text))
	case "enum":
		if !slices.Contains(a.Choices, text) {
			return "the value is none of " + strings.Join(a.Choices, ", ")
		}
	case "port":
		n, err := strconv.ParseUint(text, 10, 16)
		ok = err == nil && n > 0
	case "email":
		m, err := mail.ParseAddress(text)
		ok = err == nil && m.Address == text
	case "base64":
		ok = isBase64(text)
	}
	if ok {
		return ""
	}
	return "the value is no " + map[string]string{
		"url": "URL", "int": "whole number", "number": "number", "bool": "true or false",
		"port": "port number", "email": "e-mail address", "base64": "base64 text",
	}[a.Kind]
}

// isBase64 accepts the usual alphabets, with and without padding.
func isBase64(text string) bool {
	text = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' {
			return -1
		}
		return r
	}, text)
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if _, err := e.DecodeString(text); err == nil {
			return text != ""
		}
	}
	return false
}

// otherType says that a value of a typed format is not of the type that the
// template shows; "" if it is. Texts and nothing stand for any type.
func otherType(want, got formats.Type) string {
	switch {
	case want == got || want == formats.Float && got == formats.Int:
		return ""
	case want == formats.Int || want == formats.Float || want == formats.Bool:
		return "the template has " + article(want) + ", and the value is " + article(got)
	}
	return ""
}
