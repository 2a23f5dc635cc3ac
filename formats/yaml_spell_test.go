package formats

import (
	"fmt"
	"strings"
	"testing"
)

// oddStrings are hard to spell.
var oddStrings = []string{
	"x", "true", "True", "null", "~", "123", "-1", "0x1F", "1e3", "1.5", ".inf", "2001-01-01", "12:30", "yes", "No", "<<", "=", "y",
	"a: b", "a #b", "#a", "a:", ":a", "- a", "-", "--", "---", "...", "...x", "-a", "?", "? a", "?a", "!a", "&a", "*a", "@a", "`a", "%a", "|", ">", "'", "\"", "a'b", "a\"b",
	"[a]", "{a}", "a,b", "a]b", "a?b", "http://x/y?z=1#f", " a", "a ", "\ta", "a\tb", "a\t", "\\", "a\\n", "a\\",
	"l1\nl2", "l1\nl2\n", "l1\n", "l1\n\n", "\n", "\n\n", "\nl1", " l1\nl2", "l1\n l2\n", "l1\n\nl2", "l1\n\n\nl2\n", "l1 \nl2", "\tl1\nl2", "l1\n\tl2", "l1\r\nl2", "# l1\nl2", "l1\n---\nl2",
	"\x00", "\x07", "\x7f", "\u0085", "a\u2028b", "\u00a0", "\ufeff", "é", "😀", "日本\n語", "\xff\xfe", "ENC[AES256_GCM,data:", "ENC[~1,type:str]", strings.Repeat("long ", 400),
}

// spellings is every value that a token can have, by type.
func spellings() map[Type][]string {
	return map[Type][]string{
		Str:   oddStrings,
		Int:   {"0", "-1", "42", "9223372036854775807", "-9223372036854775808"},
		Float: {"0", "1", "-1", "1.5", "100000000000000000000000", "18446744073709552000", "9223372036854776000", "0.0000001", "NaN", "+Inf", "-Inf"},
		Bool:  {"True", "False"},
		Time:  {"2001-01-01T00:00:00Z", "2001-12-14T21:59:43.1-05:00"},
		Null:  {""},
	}
}

// Whatever value a token turns out to have, the text that Spell gives denotes
// just this value, in the place of the token.
func TestYAMLSpellDenotes(t *testing.T) {
	places := []string{
		"a: %s\n", "a: %s # c\n", "a: %s", "- %s\n", "- - %s\n", "a:\n    b:\n        - %s\nc: 1\n", "a: [%s]\n", "a: [ %s , x]\n", "{a: %s}\n", "{\"a\":%s}\n",
		"? k\n: %s\n", "a: &x %s\n", "a: %s\r\nb: 1\r\n", "a:\n  %s\n", "- k: %s\n  l: 1\n",
		"a: %s \n", "a: %s\n      # c\nb: 1\n", "a: %s\n\n        \nb: 1\n", "a:\n  b: %s\n  # c\n",
	}
	styles := []string{"x", "'x'", "\"x\"", "'x'#c", "|\n      x", "|-\n      x", "|+\n      x\n\n", "|2\n           x", ">\n      x", ">-\n      x\n      y", "!!int 5", "!!binary aGk="}
	f, used := YAML{}, 0
	for _, place := range places {
		for _, style := range styles {
			src := []byte(fmt.Sprintf(place, style))
			d, err := f.Parse(src)
			if err != nil {
				continue
			}
			used++
			e, leaf := encryptFirst(t, f, d)
			if e == nil {
				continue
			}
			for typ, values := range spellings() {
				for _, value := range values {
					checkDenotes(t, f, src, e, leaf, typ, value)
				}
			}
		}
	}
	if used < 100 {
		t.Errorf("only %d sources were of use", used)
	}
}

// Also where no value is written.
func TestYAMLSpellDenotesNew(t *testing.T) {
	f := YAML{}
	for _, src := range []string{"a:\n", "a: \n", "a:", "-\n", "- \n- x\n", "a: # c\n", "{a: }\n", "{a: , b: c}\n", "{a}\n", "{\"a\"}\n", "a: &x\n", "a: ~\n", "[null]\n", "a:\n  b:\nc: d\n"} {
		d, err := f.Parse([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		leaf := 0
		for d.Leaves[leaf].Type != Null {
			leaf++
		}
		d.MetadataSpans = []Span{{len(src), len(src)}}
		for typ, values := range spellings() {
			for _, value := range values {
				checkDenotes(t, f, []byte(src), d, leaf, typ, value)
			}
		}
	}
}

// encryptFirst puts a token in the place of the first value.
func encryptFirst(t *testing.T, f Format, d *Document) (e *Document, leaf int) {
	t.Helper()
	tokens := make([]string, len(d.Leaves))
	for d.Leaves[leaf].Type == Comment {
		leaf++
	}
	if d.Leaves[leaf].Value == "" {
		return nil, 0
	}
	tokens[leaf] = yamlFakeToken(leaf, d.Leaves[leaf].Type)
	e, err := f.ParseEncrypted(d.Assemble(f, tokens, f.Block(d, yamlFakeBlock)).Text)
	if err != nil {
		t.Fatalf("%q: %v", d.Source, err)
	}
	for leaf = range e.Leaves {
		if e.Leaves[leaf].Type != Comment {
			break
		}
	}
	return e, leaf
}

func checkDenotes(t *testing.T, f Format, src []byte, e *Document, leaf int, typ Type, value string) {
	t.Helper()
	l := &e.Leaves[leaf]
	text := f.Spell(l, typ, value)
	out := Splice(e.Source, []Replacement{{l.Start, l.End, text}, {e.MetadataSpans[0].Start, e.MetadataSpans[0].End, ""}})
	back, err := f.Parse(out)
	if err != nil {
		t.Errorf("%q with %s %q is %q: %v", src, typ, value, out, err)
		return
	}
	if len(back.Leaves) != len(e.Leaves) {
		t.Errorf("%q with %s %q is %q: %d leaves, want %d", src, typ, value, out, len(back.Leaves), len(e.Leaves))
		return
	}
	if got := back.Leaves[leaf]; got.Type != typ || got.Value != value {
		t.Errorf("%q with %s %q is %q, which is %s %q", src, typ, value, out, got.Type, got.Value)
	}
}
