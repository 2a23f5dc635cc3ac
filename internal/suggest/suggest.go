// Package suggest finds the known word that a misspelled one was meant to be.
package suggest

import (
	"strings"

	"github.com/xrash/smetrics"
)

// longest bounds the words that are compared: the effort grows with the
// product of the lengths, and no name is longer.
const longest = 100

// Nearest gives the entry of known that is closest to word, or "" when none is
// close: it allows one slip for every three letters, at least one. Case does
// not count. Among equals the first wins.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	if word == "" || len(word) > longest {
		return ""
	}
	best, distance := "", max(1, len(word)/3)+1
	for _, k := range known {
		if len(k) > longest {
			continue
		}
		if d := smetrics.WagnerFischer(word, strings.ToLower(k), 1, 1, 1); d < distance {
			best, distance = k, d
		}
	}
	return best
}
