package formats

import (
	"fmt"
	"strings"
	"testing"
)

// manyValues is a file with n values, of all types that the format has.
func manyValues(name string, n int) []byte {
	var b strings.Builder
	switch name {
	case "json":
		b.WriteString("{\n")
		for i := range n / 5 {
			if i > 0 {
				b.WriteString(",\n")
			}
			fmt.Fprintf(&b, "  \"service_%d\": {\n    \"user\": \"user-%d\",\n    \"pass\": \"p\\\"%dß\",\n    \"port\": %d,\n    \"rate\": %d.25,\n    \"on\": true\n  }", i, i, i, i, i)
		}
		b.WriteString("\n}\n")
	default:
		for i := range n {
			fmt.Fprintf(&b, "SERVICE_%d_PASSWORD=secret-%d\n", i, i)
		}
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, f := range []Format{JSON{}, Dotenv{}} {
		src := manyValues(f.Name(), 100_000)
		b.Run(f.Name(), func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Parse(src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
