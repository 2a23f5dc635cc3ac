package formats

import (
	"strconv"
	"strings"

	"github.com/encfg/encfg/internal/hugepage"
)

// maxJSONDepth is the nesting that encoding/json accepts.
const maxJSONDepth = 10000

// styleHuge marks a JSON number that is beyond float64. sops refuses it, so it
// is a string for sops; see reshape.
const styleHuge = 1

// jsonScanner finds the values of a JSON text. It accepts just what
// encoding/json accepts. The methods that read return false after a failure;
// err then says what is wrong.
type jsonScanner struct {
	text   string // the source; values are slices of it where they can be
	pos    int
	depth  int
	err    error
	leaves []Leaf
	places placeSlab

	encrypted bool         // read a root member "sops" as metadata; accept duplicate keys
	members   []jsonMember // keys of the objects that are open
	seen      map[string]struct{}
	root      jsonRoot
}

// jsonMember is a key and where it stands.
type jsonMember struct {
	key   string
	start int
}

// jsonRoot says where the members of a root object stand, by offset.
type jsonRoot struct {
	open    int // the {
	lastEnd int // end of the last member's value; 0 without members
	sops    bool
	cut     Span // what to cut out to get rid of the sops member
	first   bool // the sops member is the first: a comma behind it goes too
	meta    any  // its value
}

const (
	hintJSON      = hintBinary
	msgJSONEnd    = "invalid JSON: the file ends too early"
	msgJSONValue  = "invalid JSON: expected a value"
	msgJSONEscape = "invalid JSON: a string has an invalid escape"
)

func newJSONScanner(src []byte, start int, encrypted bool) *jsonScanner {
	s := &jsonScanner{text: textOf(src, encrypted), pos: start, encrypted: encrypted}
	n := strings.Count(s.text, ",") + 1
	s.leaves = hugepage.Make[Leaf](min(n, len(src)/2+1, 1<<17))
	return s
}

func (s *jsonScanner) fail(offset int, msg string) bool {
	return s.failHint(offset, msg, hintJSON)
}

func (s *jsonScanner) failHint(offset int, msg, hint string) bool {
	if s.err == nil {
		s.err = ErrorAt([]byte(s.text), offset, msg, hint)
	}
	return false
}

// space skips white space and gives the next byte, or 0 at the end.
func (s *jsonScanner) space() byte {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c > ' ' || (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
			return c
		}
		s.pos++
	}
	return 0
}

// document reads the root value below at, and the white space around it.
func (s *jsonScanner) document(at *Place) bool {
	if !s.value(at) {
		return false
	}
	end := s.pos
	s.space()
	if s.pos < len(s.text) {
		return s.fail(s.pos, "invalid JSON: there is data after the end of the first value")
	}
	s.pos = end
	return true
}

func (s *jsonScanner) value(at *Place) bool {
	c := s.space()
	start := s.pos
	switch {
	case c == '"':
		v, ok := s.str()
		return ok && s.leaf(start, at, Str, v)
	case c == '{':
		return s.enter() && s.object(at)
	case c == '[':
		return s.enter() && s.array(at)
	case c == '-' || (c >= '0' && c <= '9'):
		return s.number(at)
	case c == 't':
		return s.literal("true") && s.leaf(start, at, Bool, "True")
	case c == 'f':
		return s.literal("false") && s.leaf(start, at, Bool, "False")
	case c == 'n':
		return s.literal("null") && s.leaf(start, at, Null, "")
	}
	return s.noValue()
}

func (s *jsonScanner) noValue() bool {
	if s.pos == len(s.text) {
		return s.fail(s.pos, msgJSONEnd)
	}
	switch s.text[s.pos] {
	case '/', '#':
		return s.failHint(s.pos, "invalid JSON: JSON has no comments", "remove the comment, or encrypt the file as a blob with --type binary")
	case '\'':
		return s.failHint(s.pos, "invalid JSON: strings stand in double quotes", hintJSON)
	case ']', '}':
		return s.failHint(s.pos, "invalid JSON: expected a value (is there a comma too many?)", hintJSON)
	}
	return s.fail(s.pos, msgJSONValue)
}

func (s *jsonScanner) leaf(start int, at *Place, t Type, value string) bool {
	s.leaves = append(s.leaves, Leaf{Start: start, End: s.pos, At: at, Type: t, Value: value})
	return true
}

func (s *jsonScanner) literal(word string) bool {
	if !strings.HasPrefix(s.text[s.pos:], word) {
		return s.noValue()
	}
	s.pos += len(word)
	return true
}

// enter steps over the opening bracket of a list or an object.
func (s *jsonScanner) enter() bool {
	if s.depth++; s.depth > maxJSONDepth {
		return s.fail(s.pos, "invalid JSON: nested too deeply (more than 10000 levels)")
	}
	s.pos++
	return true
}

func (s *jsonScanner) array(at *Place) bool {
	if s.space() == ']' {
		return s.leave()
	}
	for i := 0; ; i++ {
		if !s.value(s.places.index(at, i)) {
			return false
		}
		switch s.space() {
		case ',':
			s.pos++
		case ']':
			return s.leave()
		default:
			return s.noComma("]")
		}
	}
}

func (s *jsonScanner) leave() bool {
	s.depth--
	s.pos++
	return true
}

func (s *jsonScanner) noComma(end string) bool {
	if s.pos == len(s.text) {
		return s.fail(s.pos, msgJSONEnd)
	}
	return s.fail(s.pos, "invalid JSON: expected a comma or "+end)
}

func (s *jsonScanner) object(at *Place) bool {
	base := len(s.members)
	if at == nil {
		s.root.open = s.pos - 1
	}
	if s.space() == '}' {
		return s.leave()
	}
	for {
		if s.space() != '"' {
			return s.noKey()
		}
		start := s.pos
		key, ok := s.str()
		if !ok {
			return false
		}
		if !s.colon() {
			return false
		}
		s.members = append(s.members, jsonMember{key, start})
		if at == nil && key == "sops" {
			ok = s.sopsMember(start)
		} else {
			ok = s.value(s.places.key(at, key))
		}
		if !ok {
			return false
		}
		if at == nil {
			s.root.lastEnd = s.pos
		}
		switch s.space() {
		case ',':
			s.pos++
			if at == nil && s.root.first {
				s.root.cut.End, s.root.first = s.pos, false
			}
		case '}':
			if s.encrypted {
				s.members = s.members[:base] // sops keeps both, and so do we
			}
			return s.leave() && s.unique(base)
		default:
			return s.noComma("}")
		}
	}
}

// colon steps over the colon behind a key.
func (s *jsonScanner) colon() bool {
	if s.space() != ':' {
		if s.pos == len(s.text) {
			return s.fail(s.pos, msgJSONEnd)
		}
		return s.fail(s.pos, "invalid JSON: expected : after the key")
	}
	s.pos++
	return true
}

func (s *jsonScanner) noKey() bool {
	if s.pos == len(s.text) {
		return s.fail(s.pos, msgJSONEnd)
	}
	switch s.text[s.pos] {
	case '/', '#', '\'':
		return s.noValue()
	case '}':
		return s.fail(s.pos, "invalid JSON: a comma too many")
	}
	return s.fail(s.pos, "invalid JSON: expected a key in double quotes")
}

// sopsMember reads the value of the root's member "sops".
func (s *jsonScanner) sopsMember(keyStart int) bool {
	r := &s.root
	if r.sops && s.encrypted {
		return s.fail(keyStart, "there are two sops blocks")
	}
	r.sops = true
	var ok bool
	if r.meta, ok = s.tree(); !ok {
		return false
	}
	if r.lastEnd > 0 {
		r.cut = Span{r.lastEnd, s.pos}
	} else {
		r.cut, r.first = Span{r.open + 1, s.pos}, true
	}
	return true
}

// unique takes the members from base on off the stack; it is an error if two
// have the same key.
func (s *jsonScanner) unique(base int) bool {
	members := s.members[base:]
	s.members = s.members[:base]
	if len(members) <= 8 {
		for i := range members {
			for j := range i {
				if members[i].key == members[j].key {
					return s.twice(members[i])
				}
			}
		}
		return true
	}
	seen := s.seen
	if seen == nil || len(members) > 1000 {
		seen = make(map[string]struct{}, len(members))
		if len(members) <= 1000 {
			s.seen = seen
		}
	}
	clear(seen)
	for _, m := range members {
		n := len(seen)
		if seen[m.key] = struct{}{}; len(seen) == n {
			return s.twice(m)
		}
	}
	return true
}

func (s *jsonScanner) twice(m jsonMember) bool {
	return s.failHint(m.start, "the key "+strconv.Quote(m.key)+" stands twice in the same object",
		"remove one of them, or encrypt the file as a blob with --type binary")
}
