package dotenv

import (
	"reflect"
	"testing"
)

func TestParse(t *testing.T) {
	set := func(name, value string, line int) Entry { return Entry{name, value, true, line} }
	for _, c := range []struct {
		name, in string
		want     []Entry
		skipped  []int
	}{
		{"empty", "", nil, nil},
		{"plain", "A=b\n", []Entry{set("A", "b", 1)}, nil},
		{"spaces", "  A = b  \n", []Entry{set("A", "b", 1)}, nil},
		{"export", "export A=b\nexport\tB=c\nexport=d", []Entry{set("A", "b", 1), set("B", "c", 2), set("export", "d", 3)}, nil},
		{"comments", "# c\nA=b # c\nB=b#c\n", []Entry{set("A", "b", 2), set("B", "b#c", 3)}, nil},
		{"no value", "A\nB=\nC", []Entry{{"A", "", false, 1}, set("B", "", 2), {"C", "", false, 3}}, nil},
		{"escapes", `A="\\ \" \n \t \z"`, []Entry{set("A", "\\ \" \n \t \\z", 1)}, nil},
		{"single", `A='\\ \' \n "'`, []Entry{set("A", "\\ ' \\n \"", 1)}, nil},
		{"multi-line", "A=\"b\nc\" # d\nB=1", []Entry{set("A", "b\nc", 1), set("B", "1", 3)}, nil},
		{"CRLF", "A=\"b\r\nc\"\r\nB=1\r\n", []Entry{set("A", "b\nc", 1), set("B", "1", 3)}, nil},
		{"quoted name", "'A B'=c", []Entry{set("A B", "c", 1)}, nil},
		{"open quote", "A='b\nB=c\n", []Entry{set("B", "c", 2)}, []int{1}},
		{"after the quote", "A='b' c\nB=c\n", []Entry{set("B", "c", 2)}, []int{1}},
		{"backslash before the last quote", `A="b\"`, []Entry{set("A", `b\`, 1)}, nil},
		{"no expansion", "A=$B${C}", []Entry{set("A", "$B${C}", 1)}, nil},
		{"BOM", "\uFEFFA=b", []Entry{set("A", "b", 1)}, nil},
		{"not UTF-8", "A=\xff\xfe b \xff#", []Entry{set("A", "\xff\xfe b \xff#", 1)}, nil},
		{"twice", "A=1\nA=2", []Entry{set("A", "1", 1), set("A", "2", 2)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, skipped := Parse([]byte(c.in))
			if !reflect.DeepEqual(got, c.want) || !reflect.DeepEqual(skipped, c.skipped) {
				t.Errorf("got %+v, skipped %v\nwant %+v, skipped %v", got, skipped, c.want, c.skipped)
			}
		})
	}
}

func TestExpand(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"HOME": "/h", "A": "env"}[name]
		return v, ok
	}
	src := "A=file\nB=${A}-${HOME}-${NONE:-d}-${NONE}-$A\nC\nD=${C:-d}."
	for wins, want := range map[bool][]string{
		false: {"file", "file-/h-d--$A", "", "."},
		true:  {"file", "env-/h-d--$A", "", "."},
	} {
		entries, _ := Parse([]byte(src))
		got := Expand(entries, env, wins)
		for i := range want {
			if got[i].Value != want[i] {
				t.Errorf("environmentWins %v: %s = %q, want %q", wins, got[i].Name, got[i].Value, want[i])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("A='b\\'\n\"=\"\\\"#"))
	f.Fuzz(func(t *testing.T, src []byte) {
		entries, skipped := Parse(src)
		last := 0
		for _, e := range entries {
			if e.Line < last || e.Name == "" {
				t.Fatalf("bad entry %+v", e)
			}
			last = e.Line
		}
		_ = skipped
	})
}
