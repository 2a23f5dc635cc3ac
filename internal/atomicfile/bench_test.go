package atomicfile

import (
	"path/filepath"
	"testing"
)

func BenchmarkReplace(b *testing.B) {
	path := filepath.Join(b.TempDir(), "f")
	if err := Create(b.Context(), path, make([]byte, 2000), Options{Mode: 0o600}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f, err := Open(b.Context(), path)
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Replace(f.Data); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
