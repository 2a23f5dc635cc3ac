package mask

import (
	"math/rand"
	"strings"
	"testing"
)

// naive replaces in a whole text, the slow and obvious way.
func naive(set *Set, text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		best := pattern{}
		for _, p := range set.patterns {
			if strings.HasPrefix(text[i:], p.text) && len(p.text) > len(best.text) {
				best = p
			}
		}
		if best.text == "" {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString(best.marker)
		i += len(best.text)
	}
	return b.String()
}

func FuzzAgainstNaive(f *testing.F) {
	f.Add("abcabc", "cabcab\nabcabd", "xabcabcabcabcab\nabcabdx", uint16(3), int64(1))
	f.Add("ab", "ba", "abbabaab", uint16(1), int64(2))
	f.Fuzz(func(t *testing.T, one, two, text string, least uint16, seed int64) {
		if len(one)+len(two)+len(text) > 300 {
			return // the naive way is slow
		}
		set := New([]Secret{{"1", one}, {"2", two}}, int(least%8))
		if set == nil {
			return
		}
		rnd := rand.New(rand.NewSource(seed))
		// Put secrets and their forms into the text, so that there is
		// something to find.
		for range rnd.Intn(4) {
			p := set.patterns[rnd.Intn(len(set.patterns))].text
			at := rnd.Intn(len(text) + 1)
			text = text[:at] + p[:1+rnd.Intn(len(p))] + p + text[at:]
		}
		var chunks []string
		for rest := text; rest != ""; {
			n := 1 + rnd.Intn(len(rest))
			chunks = append(chunks, rest[:n])
			rest = rest[n:]
		}
		if got, want := filter(t, set, chunks...), naive(set, text); got != want {
			t.Fatalf("secrets %q %q, text %q in %q\ngot  %q\nwant %q", one, two, text, chunks, got, want)
		}
	})
}

// TestAgainstNaive runs the fuzz body's idea on small alphabets, where
// patterns overlap all the time.
func TestAgainstNaive(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ab\n"[rnd.Intn(3)]
		}
		return string(b)
	}
	for range 3000 {
		set := New([]Secret{{"1", word(2 + rnd.Intn(8))}, {"2", word(2 + rnd.Intn(12))}, {"3", word(6)}}, 1+rnd.Intn(4))
		if set == nil {
			continue
		}
		text := word(rnd.Intn(60))
		var chunks []string
		for rest := text; rest != ""; {
			n := 1 + rnd.Intn(min(len(rest), 6))
			chunks = append(chunks, rest[:n])
			rest = rest[n:]
		}
		if got, want := filter(t, set, chunks...), naive(set, text); got != want {
			t.Fatalf("%q\ngot  %q\nwant %q", chunks, got, want)
		}
	}
}
