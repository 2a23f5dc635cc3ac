package mask

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// forms lists the spellings in which a value is looked for: itself first.
func forms(value string) []string {
	all := []string{value}
	all = append(all, base64Forms(value)...)
	all = append(all, hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))))
	all = append(all, urlForms(value)...)
	all = append(all, escapedForms(value)...)
	return all
}

// base64Forms gives the part of each encoding that depends on nothing but the
// value: whole when the value was encoded alone, and without the characters
// that it shares with its neighbours for the three places that it can have
// within a longer text, such as the "user:password" of an HTTP header. Lines
// of 64 and 76 characters are what PEM and the base64 program write.
func base64Forms(value string) []string {
	var all []string
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		alone := enc.EncodeToString([]byte(value))
		all = append(all, alone, strings.TrimRight(alone, "="))
		for shift := range 3 {
			padded := enc.EncodeToString(append(make([]byte, shift), value...))
			first := (8*shift + 5) / 6
			end := 8 * (shift + len(value)) / 6
			all = append(all, padded[first:end])
		}
		for _, width := range []int{64, 76} {
			for at := 0; len(alone) > width && at < len(alone); at += width {
				all = append(all, alone[at:min(at+width, len(alone))])
			}
		}
	}
	return all
}

// urlForms gives the value as the common languages put it into a URL. They
// differ in which characters they leave alone.
func urlForms(value string) []string {
	const unreserved = "-_.~"
	all := []string{
		url.QueryEscape(value),
		strings.ReplaceAll(percent(value, "-_.*"), "%20", "+"), // URLSearchParams, Java
		url.PathEscape(value),
		percent(value, unreserved),                    // RFC 3986
		percent(value, unreserved+"/"),                // Python's quote
		percent(value, unreserved+"!*'()"),            // encodeURIComponent
		percent(value, unreserved+"!*'();,/?:@&=+$#"), // encodeURI
	}
	for _, s := range all {
		all = append(all, lowerPercent(s))
	}
	return all
}

func percent(s, keep string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lowerPercent writes the hexadecimal digits of a URL in lower case.
func lowerPercent(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], strings.ToLower(s[i+1:i+3]))
			i += 2
		}
	}
	return string(b)
}

// escapedForms gives the value within the quotes of other languages: JSON as
// several encoders write it, and JSON within JSON; Go, shell, HTML.
func escapedForms(value string) []string {
	tags := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	all := []string{html.EscapeString(value), tags.Replace(value), strings.ReplaceAll(value, "'", `'\''`), strings.ReplaceAll(value, "'", `'"'"'`)}
	quoted := strconv.Quote(value)
	all = append(all, quoted[1:len(quoted)-1])
	goJSON, err := json.Marshal(value)
	if err != nil {
		return all
	}
	plain := jsonEscape(value, false)
	ascii := jsonEscape(value, true)
	all = append(all, string(goJSON[1:len(goJSON)-1]), plain, ascii,
		strings.ReplaceAll(plain, "/", `\/`), strings.ReplaceAll(ascii, "/", `\/`),
		jsonEscape(plain, false), jsonEscape(ascii, true))
	return all
}

// jsonEscape writes a string as JSON.stringify does, or with ascii as
// Python's json.dumps does.
func jsonEscape(s string, ascii bool) string {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	var b strings.Builder
	for _, c := range s {
		switch e, ok := short[c]; {
		case ok:
			b.WriteString(e)
		case c < ' ' || (ascii && c == 0x7f):
			fmt.Fprintf(&b, `\u%04x`, c)
		case ascii && c > 0xffff:
			hi, lo := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		case ascii && c >= utf8.RuneSelf:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
