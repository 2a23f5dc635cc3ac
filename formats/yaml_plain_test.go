package formats

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// comparePlain says whether the plain reader gives what yaml.v3 gives; it may
// give nothing.
func comparePlain(t *testing.T, text string) (plain bool) {
	t.Helper()
	got := plainDocuments(text)
	if got == nil {
		return false
	}
	want, err := decodeYAML(text)
	if err != nil {
		t.Fatalf("accepted, and yaml.v3 says: %v\n%s", err, text)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("another tree than yaml.v3's:\n%s\n%s\nnot\n%s", text, nodesText(got...), nodesText(want...))
	}
	return true
}

func nodesText(nodes ...*yaml.Node) string {
	var b strings.Builder
	var write func(n *yaml.Node, depth int)
	write = func(n *yaml.Node, depth int) {
		b.WriteString(strings.Repeat("  ", depth) + itoa(n.Line) + ":" + itoa(n.Column) + " " + itoa(int(n.Kind)) + " " + n.Tag + " " + itoa(int(n.Style)) + " " +
			quoteJSON(n.Value) + " " + quoteJSON(n.HeadComment) + quoteJSON(n.LineComment) + quoteJSON(n.FootComment) + "\n")
		for _, c := range n.Content {
			write(c, depth+1)
		}
	}
	for _, n := range nodes {
		write(n, 0)
	}
	return b.String()
}

// plainPieces are what lines are made of: what is plain, and what is just not.
var plainPieces = struct{ indents, keys, values, lines []string }{
	indents: []string{"", "", "", "  ", "  ", "    ", " ", "   ", "     ", "      "},
	keys:    []string{"a:", "b:", "key-1:", "x.y:", "true:", "12:", "null:", "Nope:", "a/b:", "<<:", "\"q\":", "- a:", "é:", "aé:", "-:", "?:", ".:", "_:", "1e3:", "a :", "-a:"},
	values: []string{" x # note", " # note", " 'x'  # note", "", "", "", " x", " two words", " 1", " 1.50", " 0x1F", " true", " no", " ~", " null", " .inf", " 2020-01-02", " 'single'", " \"double\"",
		" 'it''s'", " \"a\\nb\"", " [1, 2]", " {a: 1}", " |", " >-", " &x 1", " *x", " !!str 1", " a: b", " a:b", " a #b", " a#b", "  spaced", " trailing ", " x:", " -", " - x", " -1", " +1",
		" $V", " /p", " ENC[~1,type:str]", " ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]", " # note", " x # note", " \"x\" # note", " ''", " \"\"", " \"open", " 'open", " é", " \t", " @x", " %x", " `x", " ,x", " ]", " x y:", " '''", " \"\"\"", " N", " n", " F", " t", " über", " x é", " \"ß\"", " 日本", " a\u0085b", " a\u2028b", " \ufeffx", " x\u00a0", " \u00a0", " 😀", " é: x", " a\xffb", " a\ufffdb"},
	lines: []string{"", "", "", "# comment", "# comment", "#", "#x", "# two  ", "# größer", "#é", "# a\u2029b", "# \ufeff", "---", "...", "- item", "- a: 1", "%YAML 1.1", "plain", "? x", ": y", "  ", "\t", "\"multi", "line\""},
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// plainText makes a text, most of the time of plain lines only.
func plainText(r *rand.Rand) string {
	var b strings.Builder
	odd := r.IntN(3) == 0
	indent := ""
	for range 1 + r.IntN(9) {
		switch r.IntN(8) {
		case 0, 1:
			indent = pick(r, plainPieces.indents)
		case 2:
			indent += "  "
		}
		switch {
		case r.IntN(4) == 0:
			line := plainPieces.lines[r.IntN(5)]
			if odd {
				line = pick(r, plainPieces.lines)
			}
			if line != "" {
				line = indent + line
			}
			b.WriteString(line)
		case r.IntN(5) == 0:
			for range 1 + r.IntN(3) {
				b.WriteString(indent + "-" + plainPieces.values[r.IntN(22)] + "\n")
			}
			continue
		case odd && r.IntN(2) == 0:
			b.WriteString(indent + pick(r, plainPieces.keys) + pick(r, plainPieces.values))
		default:
			value := plainPieces.values[r.IntN(19)]
			b.WriteString(indent + plainPieces.keys[r.IntN(4)] + value)
			if (value == "" || value == " # note") && r.IntN(4) > 0 {
				if r.IntN(3) > 0 {
					indent += "  "
				}
				if r.IntN(3) == 0 {
					b.WriteString("\n" + indent + "- x\n" + indent + "- \"y\"")
					indent = pick(r, plainPieces.indents)
				}
			}
		}
		if r.IntN(60) > 0 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func TestPlainYAML(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	n, plain := 40000, 0
	for range n {
		if comparePlain(t, plainText(r)) {
			plain++
		}
	}
	if plain < n/10 {
		t.Errorf("only %d of %d texts were plain", plain, n)
	}
	files, _ := filepath.Glob("testdata/*/*")
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			comparePlain(t, string(text))
		}
	}
}

// TestPlainYAMLIsUsed sees that usual files are read by it: it only pays then.
func TestPlainYAMLIsUsed(t *testing.T) {
	for _, text := range []string{
		"a: 1\n",
		"hosts:\n  - a\n  - \"b\"\n# next\nport: 1\nlist:\n- x # note\n- 2\n\nz: 1\n",
		"# what it is\ndb:\n  # who\n  user: x\n  pass: \"y\"\n\n# other\nport: 5\n",
		"a: 1\nsops:\n    age:\n        - recipient: x\n          enc: |\n            lines\n    mac: x\n",
		"a:\n  b: 1\nlist:\n- 1\n# foot\n",
		"a: 1\nb: [x]\n---\nc: 1\n",
		"# größer\nname: Jürgen # auch\ncity: 東京\ng: # group\n  k: \"v\" # quoted\n",
	} {
		if !comparePlain(t, text) {
			t.Errorf("not read:\n%s", text)
		}
	}
}

func FuzzPlainYAML(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		f.Add(plainText(r))
	}
	f.Fuzz(func(t *testing.T, text string) {
		(&plainYAML{text: text, line: 1}).read() // must not panic; yaml.v3 may
		defer func() { _ = recover() }()
		comparePlain(t, text)
	})
}
