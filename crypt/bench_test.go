package crypt

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/encfg/encfg/formats"
)

// BenchmarkFile seals and opens a file of 10,000 values in each format. make
// bench compares whole runs with sops.
func BenchmarkFile(b *testing.B) {
	k := newKeyring(b)
	for _, name := range []string{"json", "yaml", "dotenv"} {
		f := formats.ByName(name)
		src := []byte(generate(name, 10000))
		enc := k.encrypt(b, f, string(src), Rules{})
		b.Run(name+"/encrypt", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, err := Encrypt(context.Background(), k.env, f, src, Options{Groups: k.groups}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/decrypt", func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				file, err := Open(context.Background(), k.env, f, enc, OpenOptions{Readonly: true})
				if err != nil {
					b.Fatal(err)
				}
				file.Close()
			}
		})
	}
}

func generate(format string, n int) string {
	var s strings.Builder
	if format == "json" {
		s.WriteString("{\n")
	}
	for i := range n {
		group, key := i/100, i%100
		switch format {
		case "json":
			open, end := "", ",\n"
			if key == 0 {
				open = fmt.Sprintf("  \"group%d\": {\n", group)
			}
			if key == 99 {
				end = "\n  },\n"
			}
			if i == n-1 {
				end = "\n  }\n}\n"
			}
			fmt.Fprintf(&s, "%s    \"key%d\": \"the secret value number %d\"%s", open, key, i, end)
		case "yaml":
			if key == 0 {
				fmt.Fprintf(&s, "# what group %d is for\ngroup%d:\n", group, group)
			}
			fmt.Fprintf(&s, "  key%d: the secret value number %d\n", key, i)
		case "dotenv":
			if key == 0 {
				fmt.Fprintf(&s, "# group %d\n", group)
			}
			fmt.Fprintf(&s, "GROUP%d_KEY%d=the secret value number %d\n", group, key, i)
		}
	}
	return s.String()
}
