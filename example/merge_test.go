package example

import (
	"strings"
	"testing"

	"github.com/encfg/encfg/formats"
)

func TestMerge(t *testing.T) {
	for _, c := range []struct {
		name           string
		format         formats.Format
		file, old, new string
		lost           string // keys and messages that are lost
	}{
		{
			"comments and placeholders stay", formats.Dotenv{},
			"A=1\nB=2\nNEW=3\n\nC=4\n",
			"# about this file\n\n# @required\nA=<ask alice>\nB=\n\n# two\n# lines\nC=\n# the end\n",
			"# about this file\n\n# @required\nA=<ask alice>\nB=\nNEW=\n\n# two\n# lines\nC=\n# the end\n", "",
		}, {
			"a key that is gone", formats.Dotenv{},
			"A=1\n", "A=\n# note\nB=\n", "A=\n", "3 B: the template has this key, and the file does not",
		}, {
			"a value in the clear follows the file", formats.Dotenv{},
			"A=1\nLEVEL_unencrypted=debug\n", "A=x\nLEVEL_unencrypted=info # hm\n", "A=x\nLEVEL_unencrypted=debug\n", "2 LEVEL_unencrypted: the template shows another value than the file",
		}, {
			"nested", formats.YAML{},
			"db:\n  new: n\n  user: u\n  port: 1\nlist:\n  - a\n  - b\n",
			"# top\n\n# the database\ndb:\n    # who\n    user: '<user>' # @type=string\n    port: 5432\nlist: # all of them\n    - \"one\"\n",
			"# top\n\n# the database\ndb:\n  new: \"\"\n  # who\n  user: '<user>' # @type=string\n  port: 5432\nlist: # all of them\n  - \"one\"\n  - \"\"\n",
			"",
		}, {
			"a section that is gone", formats.YAML{}, "a: {x: 1}\nb: 2\n", "# the a\na:\n  x: 0\n# the b\nb: 0\n",
			"a: {x: 0}\n# the b\nb: 0\n", "1 : what this comment stands above is gone",
		}, {
			"types", formats.YAML{},
			"a: 1\nb: true\nc: x\nd: {x: 1}\ne: 5\n", "a: true\nb: <bool>\nc: 12\nd: x\ne: {y: 1}\n",
			"a: 0\nb: <bool>\nc: 12\nd: {x: 0}\ne: 0\n",
			"1 a: the template has true or false, and the file an integer; 4 d: it is one value in the template or the file, and several in the other; 5 e.y: it is one value in the template or the file, and several in the other",
		}, {
			"JSON", formats.JSON{},
			`{"a": "x", "b": {"c": 1, "d": 2}}`, `{"b": {"c": 7}, "a": "\u003cask>"}`, `{"a": "\u003cask>", "b": {"c": 7, "d": 0}}`, "",
		}, {
			"CRLF", formats.Dotenv{}, "A=1\r\nB=2\r\n", "# c\r\nA=x\r\n", "# c\r\nA=x\r\nB=\r\n", "",
		}, {
			"file without final newline", formats.Dotenv{}, "A=1\nB=2", "A=\nB=x\n# end", "A=\nB=x\n# end", "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fromPlain(t, c.format, c.file)
			fresh := template(t, s, Options{})
			merged, lost, err := s.Merge([]byte(fresh), []byte(c.old))
			if err != nil {
				t.Fatal(err)
			}
			if string(merged) != c.new {
				t.Errorf("merged:\n%s", merged)
			}
			var b []string
			for _, p := range lost {
				b = append(b, itoa(p.Line)+" "+p.Key+": "+p.Msg)
			}
			if got := strings.Join(b, "; "); got != c.lost {
				t.Errorf("lost: %s", got)
			}
			again, lost, err := s.Merge([]byte(fresh), merged)
			if err != nil || len(lost) > 0 || string(again) != string(merged) {
				t.Errorf("merging again: %v %v\n%s", err, lost, again)
			}
			if diff, err := s.Compare([]byte(fresh), merged); err != nil || len(diff) > 0 {
				t.Errorf("compared: %v %v", err, diff)
			}
		})
	}
}

// A template merged with itself stays as it is.
func TestMergeIsStable(t *testing.T) {
	for _, c := range files {
		s := fromPlain(t, c.format, c.plain)
		fresh := template(t, s, Options{})
		merged, lost, err := s.Merge([]byte(fresh), []byte(fresh))
		if err != nil || len(lost) > 0 || string(merged) != fresh {
			t.Errorf("%s: %v %v\n%s", c.format.Name(), err, lost, merged)
		}
	}
}

func TestCompare(t *testing.T) {
	s := fromPlain(t, formats.YAML{}, "a: x\nb:\n  c: 1\nn_unencrypted: 5\n")
	fresh := template(t, s, Options{})
	diff, err := s.Compare([]byte(fresh), []byte("# c\nz: 1\na: anything\nn_unencrypted: 6\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Problem{
		{Line: 2, Key: "z", Msg: "the template has this key, and the file does not"},
		{Line: 4, Key: "n_unencrypted", Msg: "the template shows another value than the file"},
		{Key: "b.c", Msg: "the template lacks this key"},
	}
	for i := range want {
		if i >= len(diff) || diff[i] != want[i] {
			t.Fatalf("the differences are %v", diff)
		}
	}
	if len(diff) != len(want) {
		t.Errorf("the differences are %v", diff)
	}
}
