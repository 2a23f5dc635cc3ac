package example

import (
	"strings"
	"testing"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
)

// FuzzTemplate makes templates of any text that a format reads: none holds a
// secret, each can be read, and merging it with itself changes nothing.
func FuzzTemplate(f *testing.F) {
	for _, c := range files {
		f.Add(c.format.Name(), c.plain)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		format := formats.ByName(name)
		if format == nil || name == "binary" {
			return
		}
		s, err := FromPlain(format, []byte(text), crypt.Rules{})
		if err != nil {
			return
		}
		template, err := s.Template(Options{})
		if err != nil {
			t.Fatalf("%v\n%q\n%q", err, text, template)
		}
		for i := range s.doc.Leaves {
			// What stands in the file once stands nowhere in the template.
			v := s.doc.Leaves[i].Value
			if s.roles[i].kind >= secret && len(v) >= 4 && v != "False" && strings.Count(text, v) < 2 && strings.Contains(string(template), v) {
				t.Fatalf("%s stays\n%q\n%q", s.doc.Leaves[i].At, text, template)
			}
		}
		merged, lost, err := s.Merge(template, template)
		if err != nil || len(lost) > 0 || string(merged) != string(template) {
			t.Fatalf("merged with itself: %v %v\n%q\n%q", err, lost, template, merged)
		}
		if diff, err := s.Compare(template, template); err != nil || len(diff) > 0 {
			t.Fatalf("compared with itself: %v %v\n%q", err, diff, template)
		}
	})
}
