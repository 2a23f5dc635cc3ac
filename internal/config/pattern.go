package config

import (
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/encfg/encfg/formats"
)

// Pattern selects values by their path:
//
//	db.password       the value at this path, or all values below it
//	*.password        * stands for one key, or a part of its name: *_KEY
//	**.password       ** for any number of keys, also none
//	hosts[0].token    an item of a list; hosts[*].token and hosts.token are all
//	"odd.key".token   quotes around a key with a dot
type Pattern []patternStep

type patternStep struct {
	glob string // for a key, or for the number of a list's item
	list bool
	deep bool // **
}

var (
	errPatternQuote = errors.New("a quote is not closed")
	errPatternIndex = errors.New("an index must be a number or * in brackets")
	errPatternEmpty = errors.New("a key is missing")
)

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	var p Pattern
	for rest := text; ; {
		var s patternStep
		switch {
		case strings.HasPrefix(rest, "["):
			index, after, ok := strings.Cut(rest[1:], "]")
			if _, err := strconv.ParseUint(index, 10, 31); !ok || err != nil && index != "*" {
				return nil, errPatternIndex
			}
			s, rest = patternStep{glob: index, list: true}, after
		case strings.HasPrefix(rest, `"`):
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, errPatternQuote
			}
			key, _ := strconv.Unquote(quoted)
			s, rest = patternStep{glob: escapeGlob(key)}, rest[len(quoted):]
		default:
			n := strings.IndexAny(rest, ".[")
			if n < 0 {
				n = len(rest)
			}
			s, rest = patternStep{glob: rest[:n], deep: rest[:n] == "**"}, rest[n:]
			if s.glob == "" {
				return nil, errPatternEmpty
			}
			if _, err := path.Match(s.glob, ""); err != nil {
				return nil, err
			}
		}
		p = append(p, s)
		if rest == "" {
			return p, nil
		}
		if rest[0] == '.' {
			rest = rest[1:]
		} else if rest[0] != '[' {
			return nil, errPatternEmpty
		}
	}
}

func escapeGlob(key string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(key)
}

// Match reports that the pattern selects the place, or something above it.
func (p Pattern) Match(at *formats.Place) bool { return p.match(at.Steps()) }

func (p Pattern) match(steps []*formats.Place) bool {
	switch {
	case len(p) == 0:
		return true
	case p[0].deep:
		for i := range steps {
			if p[1:].match(steps[i:]) {
				return true
			}
		}
		return len(p) == 1
	case len(steps) == 0:
		return false
	case steps[0].List && !p[0].list:
		return p.match(steps[1:])
	}
	return p[0].matches(steps[0]) && p[1:].match(steps[1:])
}

func (s patternStep) matches(at *formats.Place) bool {
	if s.list || at.List {
		return s.list && at.List && (s.glob == "*" || s.glob == strconv.Itoa(int(at.Index)))
	}
	ok, _ := path.Match(s.glob, strings.ReplaceAll(at.Key, "/", "\x00"))
	return ok
}

// Covers reports that the rotation rule is about the value at a place.
func (r *Rotation) Covers(at *formats.Place) bool {
	for _, p := range r.patterns {
		if p.Match(at) {
			return true
		}
	}
	return false
}

// Covers reports that the text is for the value at a place.
func (p *Placeholder) Covers(at *formats.Place) bool { return p.pattern.Match(at) }
