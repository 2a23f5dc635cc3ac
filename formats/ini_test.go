package formats

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"gopkg.in/ini.v1"
)

var iniInputs = []string{
	"", "\n", "a=1", "a=1\n", "[s]\n", "[s]\na = 1\nb: 2\n\n[t.u]\n\tc=3\n", "[s]\r\na = 1\r\n\r\n; c\r\nb = 2\r\n", "\ufeff[s]\na=1\n", "\ufeff",
	"; one\n# two\n\n  ; three\na=1 ; four\n", "; head\n[s] ; tail\na=1\n", "[s] # tail\n", "# only\n", "#", ";;;;\n;; deco\n;;;;\na=1\n", "#\n# x\n#\n[s]\na=1\n",
	"a=1\n; at the end\n", "; x\n\n[s]\n; y\na=1#z\nb=2;w\n", "a=#c\nb= ;c\n; d\ne=;f\n",
	"a='x'\nb=\"y\"\nc=`z`\nd=\"\"\"w\"\"\"\ne='x\nf=x'\ng='a'b'\nh=' x '\ni='a#b'\n", "a=\"\"\nb=''\nc=``\nd=\"\"\"\"\"\"\n",
	"a=\"\"\"x\ny\n z\"\"\"\nb=1\n", "a=`x\ny` ; c\nb=1\n", "; d\na=`x\ny` ; c\nb=1\n", "a=\"\"\"x\"\"\" ; lost\n", "; d\na=`x`#lost\n", "a=`x` y`\n", "a=`x\ny\\`\\\nz`\n",
	"a=x \\\n  y \\\n z\nb=1\n", "a=x\\\n\nb=1\n", "a=\\\n\nb=1\n", "a=x\\", "a=x\\\ny#z ;\n",
	"a=\nb=  \nc=\t\n", "\"a=b\"=1\n`c:d` : 2\n\"\"\"e\"f\"\"\"=3\n", "a b = c d\n", "a=b=c:d\n", "a:b=c\n",
	"[s]\na=1\n[s]\na=2\n[DEFAULT]\na=3\n", "[a]b]\nc=1\n", "[ s ]\na=1\n", "a=\xff\n", "[s]\na=x\u00a0\u0085\n",
}

func TestINIErrors(t *testing.T) {
	tests := []struct {
		src, msg  string
		line, col int
	}{
		{"a=1\nhunter2\n", "no = or :", 2, 1},
		{"[s\n", "closing bracket", 1, 1},
		{"[]\n", "no name", 1, 1},
		{"=hunter2\n", "no name", 1, 1},
		{"\"a=hunter2\n", "quote of the key", 1, 1},
		{"\"a\" hunter2\n", "no = or :", 1, 1},
		{"a = `hunter2\n\n", "quote of the value", 1, 5},
		{"[s] hunter2\n", "behind the section", 1, 4},
		{"a=`x` hunter2\n", "behind the closing quote", 1, 6},
		{"a=`x\n` hunter2\n", "behind the closing quote", 2, 2},
		{"[s]\na=1\n\n a=2\n", `"a" stands twice`, 4, 2},
		{"a=1\n-=hunter2\n", "named -", 2, 1},
		{"a=\x00", "NUL", 1, 3},
	}
	for _, tt := range tests {
		_, err := INI{}.Parse([]byte(tt.src))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", tt.src, err)
			continue
		}
		if !strings.Contains(e.Msg, tt.msg) || e.Line != tt.line || e.Column != tt.col || e.Hint == "" || strings.Contains(e.Msg, "hunter2") {
			t.Errorf("%q: %v (hint %q), want %q at %d:%d", tt.src, e, e.Hint, tt.msg, tt.line, tt.col)
		}
	}
	if _, err := (INI{}).Parse([]byte("[sops]\na=1\n")); err != ErrEncrypted {
		t.Error(err)
	}
	if _, err := (INI{}).ParseEncrypted([]byte("a=1\n")); err != ErrNotEncrypted {
		t.Error(err)
	}
	for _, src := range []string{"[sops]\n[sops]\n", "[sops]\na__list_1=x\n"} {
		_, err := INI{}.ParseEncrypted([]byte(src))
		if e := (*Error)(nil); !errors.As(err, &e) {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func TestINIRemarks(t *testing.T) {
	d, err := INI{}.Parse([]byte("; s\n[s]\n; a\na=1 ; b\nb=2\nc=3\n; d\nd=`4` ; lost\ne=5\n; end\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"s:comment s /s", "s:comment a\n; b /a\n; b", "s:a:str 1 /s", "s:b:str 2 /a\n; b", "s:c:str 3",
		"s:comment d /d", "s:d:str 4", "s:comment lost /lost /d", "s:e:str 5 /d", ":comment end /end"}
	if got := leafList(d); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What is spelled reads back as the same, whatever quotes the leaf has.
func TestINISpell(t *testing.T) {
	values := []string{"", "x", " x ", "x#y", "x;y", "'x'", `"x"`, "x\\", "`x", "`", `"""x`, `"""`, "a\nb", "a\n`\nb", "a\n\"\"\"\nb", " 'x\" ", "x'y\"#", "x`\"\"\"y", "=:[]", "-"}
	for style := range iniTriple + 1 {
		for _, value := range values {
			text := INI{}.Spell(&Leaf{Style: style}, Str, value)
			d, err := INI{}.Parse([]byte("k=" + text + "\nl=1\n"))
			if err != nil || len(d.Leaves) != 2 || d.Leaves[0].Value != value {
				t.Errorf("style %d: %q is spelled %q: %v, %v", style, value, text, d, err)
			}
		}
	}
}

// libraryReads reads with the library that sops uses, in the way sops does.
func libraryReads(src []byte) (out []string, err error) {
	f, err := ini.LoadSources(ini.LoadOptions{AllowNonUniqueSections: true}, src)
	if err != nil {
		return nil, err
	}
	comment := func(section, text string) {
		if strings.HasPrefix(text, ";") {
			text = strings.TrimLeft(text, "; ")
		} else {
			text = strings.TrimLeft(text, "# ")
		}
		if text = strings.TrimLeft(text, "\r\n"); text != "" {
			out = append(out, section+":comment "+text)
		}
	}
	for _, s := range f.Sections() {
		comment(s.Name(), s.Comment)
		for _, k := range s.Keys() {
			comment(s.Name(), k.Comment)
			out = append(out, s.Name()+":"+k.Name()+":str "+k.Value())
		}
	}
	return out, nil
}

// checkLibrary compares our reading with the library's, plain and encrypted.
func checkLibrary(t *testing.T, src []byte) {
	t.Helper()
	d, err := INI{}.Parse(src)
	if err != nil {
		return // we refuse more
	}
	for _, encrypt := range []bool{false, true} {
		tokens := make([]string, len(d.Leaves))
		var want []string
		for i, l := range d.Leaves {
			if l.At == nil || l.Type == Comment && i > 0 && d.Leaves[i-1].Start < l.Start && d.Leaves[i-1].Type == Str && (encrypt || !strings.Contains(d.Leaves[i-1].Value, "\n")) && quotedEnd(d, &d.Leaves[i-1]) && sameLine(src, &d.Leaves[i-1], &l) {
				continue // not seen by sops
			}
			if encrypt && l.Value != "" {
				tokens[i] = fakeToken(i, l.Type)
				l.Value = tokens[i]
			}
			if l.Value == "" && l.Type == Comment {
				continue
			}
			s := l.At.AAD() + l.Type.String() + " " + l.Value
			if n := len(want); l.Type == Comment && n > 0 && d.Leaves[i-1].Type == Str && d.Leaves[i-1].At.Parent == l.At && sameLine(src, &d.Leaves[i-1], &l) {
				want = append(want[:n-1], s, want[n-1])
			} else {
				want = append(want, s)
			}
		}
		text := src
		if encrypt {
			text = d.Assemble(INI{}, tokens, "").Text
		}
		got, err := libraryReads(text)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q: the library reads %q, %v\nwant %q", text, got, err, want)
		}
	}
}

// quotedEnd tells that a comment behind the value is not seen: it stands behind
// the closing quote, on a line on which the quote is opened, too.
func quotedEnd(d *Document, l *Leaf) bool {
	return (l.Style == iniBacktick || l.Style == iniTriple) && l.End < len(d.Source) && d.Source[l.End] != '\n'
}

func sameLine(src []byte, a, b *Leaf) bool {
	return !strings.Contains(string(src[a.End:b.Start]), "\n")
}

// A plain comment with an empty first line makes sops panic when it decrypts.
func TestINIEmptyComment(t *testing.T) {
	src := "#\n# x\na=1 # y\n"
	d, err := INI{}.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(d.Assemble(INI{}, make([]string, len(d.Leaves)), "").Text); got != "## x\n# y\na=1 \n" {
		t.Errorf("%q", got)
	}
}

func TestINILibrary(t *testing.T) {
	for _, src := range iniInputs {
		checkLibrary(t, []byte(src))
	}
}

func FuzzINI(f *testing.F) {
	for _, src := range iniInputs {
		f.Add([]byte(src))
	}
	f.Add([]byte("[s]\na=1\n\n[sops]\na__list_0__map_b=x\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		checkLibrary(t, src)
		checkAccepted(t, INI{}, src)
	})
}
