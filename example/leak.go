package example

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/mask"
)

// leakMin is the least number of characters of a value that is looked for
// anywhere in a template. Shorter ones are only compared with what stands at
// their own place: they stand in many a text by chance.
const leakMin = 6

// wordMax is the length up to which a value of letters alone counts as a word,
// which stands in a template only between other characters than letters.
const wordMax = 15

// Leaks says where a template holds a secret of the source, which must be made
// FromPlain; nil if nowhere. Values that the file shows anyway, as a key or as
// a value in the clear, are no secrets.
func (s *Source) Leaks(template []byte) error {
	shown := ""
	var secrets []mask.Secret
	short := map[place]string{}
	for i := range s.doc.Leaves {
		l := &s.doc.Leaves[i]
		if s.roles[i].kind != secret {
			continue
		}
		short[placeOf(l)] = l.Value
		secrets = append(secrets, mask.Secret{Path: itoa(i), Value: l.Value})
	}
	set := mask.New(secrets, leakMin)
	for from := 0; ; {
		path, span, ok := set.Find(template, from)
		if !ok {
			break
		}
		if from = span[0] + 1; partOfWord(template, span) {
			continue
		}
		i, _ := strconv.Atoi(path)
		l := &s.doc.Leaves[i]
		if shown == "" {
			shown = s.shown()
		}
		if !strings.Contains(shown, l.Value) && !strings.Contains(shown, string(template[span[0]:span[1]])) {
			return leak(template, span[0], l.At.String())
		}
	}
	doc, err := s.format.Parse(template)
	if err != nil {
		return err
	}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if v, ok := short[placeOf(l)]; ok && v == l.Value && l.Type == formats.Str && l.Value != "" {
			return leak(doc.Source, l.Start, l.At.String())
		}
	}
	return nil
}

func leak(template []byte, at int, path string) error {
	return formats.ErrorAt(template, at, "the template would show the value of "+path,
		"nothing was written; take the value out of the comment or placeholder at this line")
}

// shown is the text that the file shows to everybody.
func (s *Source) shown() string {
	var b strings.Builder
	for i := range s.doc.Leaves {
		l := &s.doc.Leaves[i]
		if l.Type != formats.Comment {
			b.WriteString(l.At.String() + "\n")
		}
		if s.roles[i].kind == keep {
			b.WriteString(l.Value + "\n")
		}
	}
	return b.String()
}

// partOfWord tells of a short word that it was found inside of a longer one.
func partOfWord(text []byte, span [2]int) bool {
	found := text[span[0]:span[1]]
	if len(found) > wordMax || bytes.ContainsFunc(found, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return false
	}
	before, _ := utf8.DecodeLastRune(text[:span[0]])
	after, _ := utf8.DecodeRune(text[span[1]:])
	return unicode.IsLetter(before) || unicode.IsLetter(after)
}
