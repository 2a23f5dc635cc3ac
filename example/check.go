package example

import (
	"time"
	"unicode/utf8"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/internal/lazyregexp"
	"github.com/encfg/encfg/internal/mask"
)

// Finding is a broken rule of a contract. It names the key and never shows the
// value.
type Finding struct {
	Key  string `json:"key"`
	Code string `json:"code"` // missing, empty, placeholder, unknown, type, length, expired or schema
	Msg  string `json:"problem"`
	Line int    `json:"line,omitempty"` // of the file, 0 where it has no such line
	// TemplateLine is where the key stands in the template; 0 if nowhere.
	TemplateLine int `json:"template_line,omitempty"`
}

// CheckOptions say what a contract is checked against.
type CheckOptions struct {
	// Environment says that the values are variables: others may be there, and
	// all are texts.
	Environment bool
	// Changed is the date of the last change of a value; may be nil.
	Changed func(Value) (time.Time, bool)
	Now     time.Time
}

// Check compares values with the contract and gives all findings.
func (c *Contract) Check(values []Value, o CheckOptions) []Finding {
	out := []Finding{}
	judge := func(e *Entry, v *Value) {
		if code, msg := e.judge(v, o); code != "" {
			out = append(out, Finding{Key: v.Key, Code: code, Msg: msg, Line: v.Line, TemplateLine: e.Line})
		}
	}
	byKey, families := map[string]*Value{}, map[string]bool{}
	for i := range values {
		byKey[values[i].Key] = &values[i]
		families[family(values[i].Key)] = true
	}
	known, first := map[string]bool{}, map[string]*Entry{}
	for i := range c.Entries {
		e := &c.Entries[i]
		group := family(e.Key)
		switch v := byKey[e.Key]; {
		case v != nil:
			judge(e, v)
		case !families[group] && first[group] == nil && !e.Optional:
			out = append(out, Finding{Key: e.Key, Code: "missing", Msg: "it is missing", TemplateLine: e.Line})
		}
		known[e.Key] = true
		if first[group] == nil {
			first[group] = e
		}
	}
	for i := range values {
		v := &values[i]
		switch e := first[family(v.Key)]; {
		case known[v.Key] || e == nil && o.Environment:
		case e != nil: // a further item of a list
			judge(e, v)
		default:
			out = append(out, Finding{Key: v.Key, Code: "unknown", Msg: "the template does not know it", Line: v.Line})
		}
	}
	return out
}

// judge looks at one value.
func (e *Entry) judge(v *Value, o CheckOptions) (code, msg string) {
	if e.Expires > 0 && o.Changed != nil && v.Leaf != nil {
		if at, ok := o.Changed(*v); ok && o.Now.After(at.Add(e.Expires)) {
			return "expired", "it was last changed on " + at.Format(time.DateOnly) + " and may be used for " + days(e.Expires)
		}
	}
	if v.Hidden {
		return "", ""
	}
	if v.Text == "" {
		if e.Optional || e.Type == formats.Null && v.Type == formats.Null {
			return "", ""
		}
		return "empty", "it is empty"
	}
	if e.isHolder(v.Text) {
		return "placeholder", "it is still a placeholder"
	}
	if !o.Environment && v.Leaf != nil {
		if msg := otherType(e.Type, v.Type); msg != "" {
			return "type", msg
		}
	}
	if msg := e.wrongType(v.Text); msg != "" {
		return "type", msg
	}
	if utf8.RuneCountInString(v.Text) < e.MinLength {
		return "length", "it has less than " + itoa(e.MinLength) + " characters"
	}
	return "", ""
}

// holderText matches what people write where a value is to come.
var holderText = lazyregexp.New(`(?i)^(change[-_ ]?me|replace[-_ ]?me|fill[-_ ]?me[-_ ]?in|to-?do|placeholder|x{3,}|your[-_ ].*|<.*>)$`)

// isHolder tells of a value that it is the template's. Words such as "info" and
// port numbers can be right all the same, and so can what is optional.
func (e *Entry) isHolder(text string) bool {
	if e.Holder && !e.Optional && text == e.Text && mask.Maskable(text, 0) {
		return true
	}
	return holderText().MatchString(text)
}

func days(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); {
	case d%(24*time.Hour) != 0:
		return itoa(int(d/time.Hour)) + " hours"
	case n == 1:
		return "1 day"
	default:
		return itoa(n) + " days"
	}
}
