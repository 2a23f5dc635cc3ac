package keysource

import (
	"fmt"
	"net/url"
	"strings"
)

// splitList splits at commas and white space.
func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
}

// parseText reads an entry of a key group that is a text with one recipient.
func parseText(src Source, fields []Field) (Recipient, error) {
	name := src.Config().GroupKey
	if len(fields) != 1 || fields[0].Name != "" {
		return Recipient{}, &Error{Reason: "an entry of " + name + " must be a text, not a map"}
	}
	text, ok := fields[0].Value.(string)
	if !ok {
		return Recipient{}, &Error{Reason: "an entry of " + name + " must be a text"}
	}
	all, err := src.Parse(text)
	if err != nil {
		return Recipient{}, err
	}
	if len(all) != 1 {
		return Recipient{}, &Error{Reason: fmt.Sprintf("an entry of %s must be one recipient, not %d", name, len(all))}
	}
	return all[0], nil
}

func only(text, chars string) bool { return text != "" && strings.Trim(text, chars) == "" }

// looksSecret recognises the beginnings of secret keys, such as must never be
// shown or taken for a recipient.
func looksSecret(text string) bool {
	upper := strings.ToUpper(text)
	return strings.Contains(upper, "AGE-SECRET-KEY-") || strings.Contains(upper, "AGE-PLUGIN-") ||
		strings.Contains(upper, "-----BEGIN")
}

// shortUnknown shows only the beginning of what may be anything.
func shortUnknown(id string) string {
	if r := []rune(id); len(r) > 12 {
		id = string(r[:12]) + "…"
	}
	return fmt.Sprintf("%q", id)
}

// showURL shows a text whole only if it is a URL without a password.
func showURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return shortUnknown(text)
	}
	return text
}
