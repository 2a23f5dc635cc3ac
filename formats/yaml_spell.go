package formats

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// AppendToken implements Format. A string that was plain within brackets gets quotes
// whose last character is written as an escape: that tells it from one that
// had quotes.
func (YAML) AppendToken(dst []byte, l *Leaf, token []byte) []byte {
	switch l.Style {
	case yamlSingle:
		return appendQuoted(dst, token, '\'')
	case yamlDouble:
		return appendQuoted(dst, token, '"')
	case yamlFlow:
		if bytes.HasSuffix(token, []byte(tokenEndStr)) {
			dst = append(append(dst, '"'), token[:len(token)-1]...)
			return append(append(dst, tokenWasPlain...), '"')
		}
		return appendQuoted(dst, token, '"')
	case yamlBlock:
		dst = append(dst, l.Head...)
	default:
		return append(dst, token...)
	}
	for range l.Indent {
		dst = append(dst, ' ')
	}
	return append(dst, token...)
}

const (
	tokenEndStr   = "type:str]"
	tokenWasPlain = `\x5d`
)

// Spell implements Format.
func (YAML) Spell(l *Leaf, t Type, value string) string {
	if t == Comment || t == Null && (l.Head == blankNeeded || l.Head == colonNeeded) {
		return value
	}
	switch {
	case t != Str && t != Bytes:
		value = spellYAMLPlain(t, value)
	case utf8.ValidString(value):
		value = spellYAMLString(l, value)
		if l.Head == closeComment {
			return value
		}
	default:
		value = "!!binary " + base64.StdEncoding.EncodeToString([]byte(value))
	}
	switch l.Head {
	case closeComment:
		value += " "
	case blankNeeded, colonNeeded:
		value = l.Head + value
	}
	return value
}

// spellYAMLPlain spells what is no string.
func spellYAMLPlain(t Type, value string) string {
	switch t {
	case Null:
		return "null"
	case Bool:
		return strings.ToLower(value)
	case Float:
		switch value {
		case "NaN":
			return ".nan"
		case "+Inf":
			return ".inf"
		case "-Inf":
			return "-.inf"
		}
		if strings.IndexByte(value, '.') < 0 {
			if _, err := strconv.ParseInt(value, 10, 64); err == nil {
				return value + ".0"
			}
			if _, err := strconv.ParseUint(value, 10, 64); err == nil {
				return value + ".0"
			}
		}
	}
	return value
}

func spellYAMLString(l *Leaf, value string) string {
	switch l.Style {
	case yamlSingle:
		if printableLine(value) {
			return "'" + strings.ReplaceAll(value, "'", "''") + "'"
		}
		return quoteYAML(value)
	case yamlDouble:
		return quoteYAML(value)
	case yamlBlock:
		if body, ok := spellBlock(l, value); ok {
			return l.Head + body
		}
		return quoteUnlessPlain(value, false)
	case yamlFlow:
		return quoteUnlessPlain(value, true)
	}
	if l.Indent > 0 && strings.IndexByte(value, '\n') >= 0 {
		if text, ok := literalBlock(value, l.Indent); ok {
			return text
		}
	}
	return quoteUnlessPlain(value, false)
}

// quoteUnlessPlain writes a string plain if it can be, else as yaml.v3 prints
// it: in single quotes if only its characters are in the way, in double quotes
// if it looks like another type or needs escapes.
func quoteUnlessPlain(value string, flow bool) string {
	switch {
	case value == "" || !printableLine(value) || looksTyped(value):
		return quoteYAML(value)
	case canBePlain(value, flow):
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// printableLine reports that no character needs an escape.
func printableLine(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !printableYAML(r) {
			return false
		}
		i += size
	}
	return true
}

// printableYAML reports that a character can stand in a file as it is, on one
// line, and come back.
func printableYAML(r rune) bool {
	return r >= ' ' && r < 0x7f || r >= 0xa0 && r != '\u2028' && r != '\u2029' && r != '\ufeff' && r != 0xfffe && r != 0xffff
}

// looksTyped reports that a plain text would be read as something else than a
// string, by yaml.v3 or by an older reader (YAML 1.1: yes, no, 1:30).
func looksTyped(s string) bool {
	if len(s) > 0 && !typedStart[s[0]] {
		return false
	}
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "<<", "=":
		return true
	}
	if c := s[0]; (c >= '0' && c <= '9' || c == '-' || c == '+') && strings.IndexByte(s, ':') > 0 && isBase60(s) {
		return true
	}
	n := yaml.Node{Kind: yaml.ScalarNode, Value: s}
	return n.ShortTag() != "!!str"
}

// typedStart has the bytes that a plain value of another type starts with.
var typedStart = func() (t [256]bool) {
	for _, c := range []byte("+-.~<=0123456789yYnNtTfFoO") {
		t[c] = true
	}
	return t
}()

// isBase60 reports that YAML 1.1 takes a text for a sexagesimal number.
func isBase60(s string) bool {
	for i, part := range strings.Split(strings.TrimLeft(s, "+-"), ":") {
		if i > 0 && (part == "" || len(strings.SplitN(part, ".", 2)[0]) > 2) {
			return false
		}
		if strings.Trim(part, "0123456789_.") != "" {
			return false
		}
	}
	return true
}

// canBePlain reports that a printable, non-empty line is read back as it is.
func canBePlain(s string, flow bool) bool {
	if isBlank(s[0]) || isBlank(s[len(s)-1]) || s[len(s)-1] == ':' {
		return false
	}
	if s[0] == '-' {
		if len(s) == 1 || s[1] == ' ' || strings.HasPrefix(s, "---") {
			return false
		}
	} else if strings.IndexByte("?:,[]{}#&*!|>'\"%@`", s[0]) >= 0 {
		return false
	}
	if strings.HasPrefix(s, "...") || strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.IndexByte(s, '\t') >= 0 {
		return false
	}
	return !flow || !strings.ContainsAny(s, ",?[]{}")
}

// quoteYAML writes a string in double quotes, on one line.
func quoteYAML(s string) string {
	b := make([]byte, 0, len(s)+8)
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case printableYAML(r):
			b = utf8.AppendRune(b, r)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r <= 0xff:
			b = append(b, `\x`...)
			b = append(b, hexByte(r>>4), hexByte(r))
		default:
			b = append(b, `\u`...)
			b = append(b, hexByte(r>>12), hexByte(r>>8), hexByte(r>>4), hexByte(r))
		}
	}
	return string(append(b, '"'))
}

func hexByte(r rune) byte { return "0123456789abcdef"[r&15] }
