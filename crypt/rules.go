package crypt

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/encfg/encfg/formats"
)

// DefaultUnencryptedSuffix is in force when a file names no rule (sops.go).
const DefaultUnencryptedSuffix = "_unencrypted"

// Rules say which values of a file are encrypted. At most one of the six
// selections is set; with none, all values are encrypted whose keys, from the
// root down, do not end in DefaultUnencryptedSuffix. The meaning is that of
// sops (sops.go, shouldBeEncrypted).
type Rules struct {
	UnencryptedSuffix       string
	EncryptedSuffix         string
	UnencryptedRegex        string
	EncryptedRegex          string
	UnencryptedCommentRegex string
	EncryptedCommentRegex   string

	// CommentsPlain leaves all comments as they are. It is ours: sops warns
	// about plain comments and reads the file.
	CommentsPlain bool
}

// fields lists the selections with the names they have in the sops block.
func (r *Rules) fields() []ruleField {
	return []ruleField{
		{"unencrypted_suffix", &r.UnencryptedSuffix},
		{"encrypted_suffix", &r.EncryptedSuffix},
		{"unencrypted_regex", &r.UnencryptedRegex},
		{"encrypted_regex", &r.EncryptedRegex},
		{"unencrypted_comment_regex", &r.UnencryptedCommentRegex},
		{"encrypted_comment_regex", &r.EncryptedCommentRegex},
	}
}

type ruleField struct {
	name  string
	value *string
}

// Normalize checks the rules and fills in the default.
func (r Rules) Normalize() (Rules, error) {
	var set []string
	for _, f := range r.fields() {
		if *f.value == "" {
			continue
		}
		set = append(set, f.name)
		if strings.HasSuffix(f.name, "_regex") {
			if _, err := regexp.Compile(*f.value); err != nil {
				return r, fmt.Errorf("%s is no regular expression: %w", f.name, err)
			}
		}
	}
	if len(set) > 1 {
		return r, fmt.Errorf("only one selection is possible, and there are %s", strings.Join(set, " and "))
	}
	if len(set) == 0 {
		r.UnencryptedSuffix = DefaultUnencryptedSuffix
	}
	return r, nil
}

// String names the selection, such as "encrypted_regex: ^password$".
func (r Rules) String() string {
	for _, f := range r.fields() {
		if *f.value != "" {
			return f.name + ": " + *f.value
		}
	}
	return "unencrypted_suffix: " + DefaultUnencryptedSuffix
}

// selector decides for each leaf of a file. It remembers what a regular
// expression said about a text, since keys and comments come again.
type selector struct {
	key           func(string) bool // nil for the comment rules
	whenMatched   bool              // the answer if something matches
	commentsPlain bool

	remark     func(string) bool // nil but for the comment rules
	skipItself bool              // a comment does not select itself
}

func newSelector(r Rules) (*selector, error) {
	r, err := r.Normalize()
	if err != nil {
		return nil, err
	}
	s := &selector{commentsPlain: r.CommentsPlain}
	suffix := func(suffix string) func(string) bool {
		return func(key string) bool { return strings.HasSuffix(key, suffix) }
	}
	switch {
	case r.UnencryptedSuffix != "":
		s.key = suffix(r.UnencryptedSuffix)
	case r.EncryptedSuffix != "":
		s.key, s.whenMatched = suffix(r.EncryptedSuffix), true
	case r.UnencryptedRegex != "":
		s.key = remember(r.UnencryptedRegex)
	case r.EncryptedRegex != "":
		s.key, s.whenMatched = remember(r.EncryptedRegex), true
	case r.UnencryptedCommentRegex != "":
		s.remark = remember(r.UnencryptedCommentRegex)
	case r.EncryptedCommentRegex != "":
		s.remark, s.whenMatched, s.skipItself = remember(r.EncryptedCommentRegex), true, true
	}
	return s, nil
}

// remember compiles a valid expression into a function with a memory.
func remember(expr string) func(string) bool {
	re := regexp.MustCompile(expr)
	known := make(map[string]bool)
	return func(text string) bool {
		m, ok := known[text]
		if !ok {
			m = re.MatchString(text)
			known[text] = m
		}
		return m
	}
}

// selects reports that the rules want the leaf encrypted.
func (s *selector) selects(l *formats.Leaf) bool {
	if l.Type == formats.Comment && s.commentsPlain {
		return false
	}
	if s.key != nil {
		for p := l.At; p != nil; p = p.Parent {
			if !p.List && s.key(p.Key) {
				return s.whenMatched
			}
		}
		return !s.whenMatched
	}
	r := l.Remarks
	if s.skipItself && l.Type == formats.Comment && r != nil {
		r = r.Prev
	}
	for ; r != nil; r = r.Prev {
		if s.remark(r.Text) {
			return s.whenMatched
		}
	}
	return !s.whenMatched
}

// check refuses what cannot be decrypted again: an encrypted comment that
// itself matches unencrypted_comment_regex (sops.go, Tree.Encrypt).
func (s *selector) check(l *formats.Leaf, token string) error {
	if l.Type == formats.Comment && s.remark != nil && !s.whenMatched && s.remark(token) {
		return &Error{Path: l.At.String(), Msg: "unencrypted_comment_regex matches an encrypted comment, which could not be decrypted again",
			Hint: "make the expression longer, or let it begin with ^"}
	}
	return nil
}
