package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// never is a delay that no test waits for.
const never = time.Hour

func filter(t testing.TB, set *Set, chunks ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, set, never)
	for _, c := range chunks {
		if n, err := w.Write([]byte(c)); n != len(c) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMaskable(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "short": false, "secret": true, "TRUE": false, "localhost": false, " localhost\n": false,
		"65535": false, "065535": false, "655360": true, "      ": false, "pässwö": true, "127.0.0.1": false,
	} {
		if got := Maskable(value, 0); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
	if !Maskable("abc", 3) || Maskable("8080", 3) {
		t.Error("--mask-min 3")
	}
}

const (
	password = `p@ss w"rd/<é'&>🔑\x`
	key      = "-----BEGIN KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\r\n\tZ0Y1b2l0ZQ==\n-----END KEY-----\n"
)

var secrets = []Secret{{"db.password", password}, {"tls.key", key}}

// spellings are made by other code than the package's, where there is some.
func spellings(v string) map[string]string {
	b64 := base64.StdEncoding.EncodeToString([]byte(v))
	j, _ := json.Marshal(v)
	var indented bytes.Buffer
	enc := json.NewEncoder(&indented)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return map[string]string{
		"plain":         v,
		"base64":        b64,
		"base64 raw":    strings.TrimRight(b64, "="),
		"base64 url":    base64.URLEncoding.EncodeToString([]byte(v)),
		"hex":           hex.EncodeToString([]byte(v)),
		"HEX":           fmt.Sprintf("%X", v),
		"query":         url.QueryEscape(v),
		"path":          url.PathEscape(v),
		"JSON":          string(j[1 : len(j)-1]),
		"JSON no HTML":  strings.TrimSuffix(indented.String()[1:], "\"\n"),
		"Go":            strings.Trim(fmt.Sprintf("%q", v), `"`),
		"single quoted": strings.ReplaceAll(v, "'", `'\''`),
	}
}

func TestEveryFormAtEveryBoundary(t *testing.T) {
	set := New(secrets, 0)
	for name, text := range spellings(password) {
		want := "before [MASKED:db.password] after"
		whole := "before " + text + " after"
		for i := range whole {
			if got := filter(t, set, whole[:i], whole[i:]); got != want {
				t.Fatalf("%s, boundary %d: %q", name, i, got)
			}
		}
		if got := filter(t, set, strings.Split(whole, "")...); got != want {
			t.Fatalf("%s, single bytes: %q", name, got)
		}
	}
}

func TestBase64InsideLongerText(t *testing.T) {
	set := New([]Secret{{"pw", "correct-horse-battery"}}, 0)
	for shift := range 6 {
		for _, tail := range []string{"", "x", "yz"} {
			text := base64.StdEncoding.EncodeToString([]byte("user5:"[:shift] + "correct-horse-battery" + tail))
			for i := range text {
				got := filter(t, set, text[:i], text[i:])
				head, end, ok := strings.Cut(got, "[MASKED:pw]")
				// A character that holds bits of a neighbour stays.
				if !ok || len(head) > (8*shift+5)/6 || len(end) > len(text)-8*(shift+len("correct-horse-battery"))/6 {
					t.Fatalf("shift %d, tail %q, boundary %d: %q", shift, tail, i, got)
				}
			}
		}
	}
}

func TestMultiLine(t *testing.T) {
	set := New(secrets, 0)
	if got := filter(t, set, "a\n"+key+"b"); got != "a\n[MASKED:tls.key]b" {
		t.Errorf("whole: %q", got)
	}
	for _, line := range strings.Fields("MIIBOgIBAAJBAKj34GkxFhD9 Z0Y1b2l0ZQ==") {
		if got := filter(t, set, "2: "+line+"\n3:"); got != "2: [MASKED:tls.key]\n3:" {
			t.Errorf("line: %q", got)
		}
	}
	wrapped := base64.StdEncoding.EncodeToString([]byte(key))
	for _, width := range []int{64, 76} {
		var text strings.Builder
		for i := 0; i < len(wrapped); i += width {
			text.WriteString(wrapped[i:min(len(wrapped), i+width)] + "\n")
		}
		got := filter(t, set, text.String())
		if strings.Trim(strings.ReplaceAll(got, "[MASKED:tls.key]", ""), "\n") != "" {
			t.Errorf("wrapped at %d: %q", width, got)
		}
	}
}

func TestLeftmostLongest(t *testing.T) {
	set := New([]Secret{{"a", "abcdef"}, {"b", "abcdefghi"}, {"c", "defghijkl"}, {"d", "abcdef"}}, 0)
	for in, want := range map[string]string{
		"abcdef.":       "[MASKED:a].",
		"abcdefghi":     "[MASKED:b]",
		"abcdefghX":     "[MASKED:a]ghX",
		"abcdefghijkl":  "[MASKED:b]jkl",
		"abcdeabcdef":   "abcde[MASKED:a]",
		"abcXdefghijkl": "abcX[MASKED:c]",
		"abcde":         "abcde",
		"":              "",
	} {
		for i := range len(in) + 1 {
			if got := filter(t, set, in[:i], in[i:]); got != want {
				t.Errorf("%q at %d: %q, want %q", in, i, got, want)
			}
		}
	}
}

func TestFind(t *testing.T) {
	set := New([]Secret{{"a", "abcdef"}, {"b.c", "ghijkl"}}, 0)
	text := []byte("xabcdef Z2hpamts abcde")
	path, span, ok := set.Find(text, 0)
	if !ok || path != "a" || span != [2]int{1, 7} {
		t.Error(path, span, ok)
	}
	path, span, ok = set.Find(text, span[1])
	if !ok || path != "b.c" || string(text[span[0]:span[1]]) != "Z2hpamts" {
		t.Error(path, span, ok)
	}
	if path, _, ok := set.Find(text, span[1]); ok {
		t.Error(path)
	}
	if _, _, ok := (*Set)(nil).Find(text, 0); ok {
		t.Error("nil finds")
	}
}

func TestNothingToMask(t *testing.T) {
	if set := New([]Secret{{"a", "true"}, {"b", "8080"}}, 0); set != nil {
		t.Error("a set of nothing")
	}
	if got := filter(t, nil, "a", "b"); got != "ab" {
		t.Error(got)
	}
}

// waiter is a Writer whose delay passes when the test says so.
func waiter(set *Set) (*Writer, *bytes.Buffer) {
	var out bytes.Buffer
	return NewWriter(&out, set, never), &out
}

func TestAfterAWait(t *testing.T) {
	set := New([]Secret{{"a", "abcdef"}, {"b", "abcdefghijkl"}, {"c", "Password"}}, 0)
	const pause = "|"
	for in, want := range map[string]string{
		"x|y":                "xy",
		"Pass|: ":            "Pass: ",
		"Pass|word":          "Pass[MASKED:c]",
		"P|a|s|s|w|o|r|d|.":  "Passw[MASKED:c].",
		"Pass|word.":         "Pass[MASKED:c].",
		"abcdef|":            "[MASKED:a]",
		"abcdef|.":           "[MASKED:a].",
		"abcdef|ghijkl.":     "[MASKED:a].",
		"abcdefgh|ijkl.":     "[MASKED:a].",
		"abcdefgh||ijk|l|.":  "[MASKED:a].",
		"abc|abcdefghijkl":   "abc[MASKED:b]",
		"abcd|efghabcdefXab": "abcd[MASKED:a]gh[MASKED:a]Xab",
		"abcdefgh|X.":        "[MASKED:a]X.",
	} {
		w, out := waiter(set)
		for _, chunk := range strings.Split(in, pause) {
			if _, err := w.Write([]byte(chunk)); err != nil {
				t.Fatal(err)
			}
			w.wait()
			if len(w.held) != w.shown {
				t.Errorf("%q: held back after the wait", in)
			}
		}
		_ = w.Close()
		if got := out.String(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

type slow chan string

func (s slow) Write(p []byte) (int, error) { s <- string(p); return len(p), nil }

func TestTimerFlushes(t *testing.T) {
	out := make(slow, 10)
	w := NewWriter(out, New(secrets, 0), time.Millisecond)
	_, _ = w.Write([]byte("say p@ss"))
	got := ""
	for got != "say p@ss" {
		got += <-out
	}
}
