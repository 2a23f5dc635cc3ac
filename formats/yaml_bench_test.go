package formats

import (
	"fmt"
	"strings"
	"testing"
)

// manyYAML is a file with n values of all types, and comments.
func manyYAML(n int, comments bool) []byte {
	var b strings.Builder
	for i := range n / 100 {
		if comments {
			fmt.Fprintf(&b, "# service number %d\n", i)
		}
		fmt.Fprintf(&b, "service_%d:\n", i)
		for j := range 20 {
			fmt.Fprintf(&b, "  user_%d: user-%d-%d\n  pass_%d: \"p %d-%d\"\n  port_%d: %d\n  rate_%d: %d.25\n  on_%d: true\n",
				j, i, j, j, i, j, j, i*j, j, i, j)
		}
	}
	return []byte(b.String())
}

func BenchmarkYAML(b *testing.B) {
	f := YAML{}
	for _, comments := range []bool{false, true} {
		src := manyYAML(100_000, comments)
		d, err := f.Parse(src)
		if err != nil {
			b.Fatal(err)
		}
		tokens := make([]string, len(d.Leaves))
		for i := range tokens {
			tokens[i] = yamlFakeToken(i, d.Leaves[i].Type)
		}
		text := d.Assemble(f, tokens, f.Block(d, yamlFakeBlock)).Text
		name := map[bool]string{false: "plain", true: "comments"}[comments]
		b.Run("parse/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Parse(src); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("parse-encrypted/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.ParseEncrypted(text); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("settle/"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Settle(d, func(int) bool { return true }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
