// Package mask replaces secrets in a stream of output by [MASKED:path].
//
// New builds a Set of the values and of the forms they take in logs: each
// line of a multi-line value, base64, hexadecimal, URL-, JSON- and
// shell-escaped. NewWriter filters a stream through a Set. Values are found
// across the borders of writes, the leftmost first, and of several that start
// at one place the longest.
package mask

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Secret is one value and the name shown in its place.
type Secret struct {
	Path  string
	Value string
}

// DefaultMin is the least number of characters of a value that is masked. It
// keeps words such as "dev" and "8080" readable in logs.
const DefaultMin = 6

// common are longer values that logs are full of, and that tell nobody
// anything.
var common = strings.Fields(`
	true false enabled disabled none null undefined default
	localhost 127.0.0.1 0.0.0.0 localhost.localdomain host.docker.internal
	production staging development testing debug warning notice error
	info trace verbose public private primary replica master latest
	postgres postgresql mysql sqlite redis mongodb rabbitmq
	http:// https:// utf-8 en_US.UTF-8 C.UTF-8 UTC Europe/Berlin`)

// Maskable reports that a value is masked: it has at least least characters
// (DefaultMin for 0), is not a port number, and not one of the common words.
func Maskable(value string, least int) bool {
	if least <= 0 {
		least = DefaultMin
	}
	trimmed := strings.TrimSpace(value)
	if utf8.RuneCountInString(trimmed) < least {
		return false
	}
	for _, w := range common {
		if strings.EqualFold(w, trimmed) {
			return false
		}
	}
	port, err := strconv.Atoi(trimmed)
	return err != nil || port < 0 || port >= 1<<16
}
