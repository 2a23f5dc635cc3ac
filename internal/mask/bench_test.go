package mask

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"
)

// The goal is 300 MB/s on one core with 200 secrets. "dense" has a secret in
// every line; "base64" is text in which nearly every place could begin an
// encoded secret.
func BenchmarkWriter(b *testing.B) {
	rnd := rand.New(rand.NewSource(1))
	random := func(n int) string {
		raw := make([]byte, n)
		rnd.Read(raw)
		return base64.RawStdEncoding.EncodeToString(raw)
	}
	var secrets []Secret
	for i := range 200 {
		value := random(6 + rnd.Intn(40))
		switch i % 10 {
		case 0:
			value = "postgres://app:" + value + "@db.internal:5432/app?sslmode=require"
		case 1:
			value = "-----BEGIN PRIVATE KEY-----\n" + random(48) + "\n" + random(48) + "\n-----END PRIVATE KEY-----\n"
		case 2:
			value = value[:6]
		}
		secrets = append(secrets, Secret{fmt.Sprintf("key%d", i), value})
	}
	set := New(secrets, 0)
	log := func(i int) string {
		return fmt.Sprintf("2026-01-02T03:04:05.%06dZ INFO request id=%d path=/api/v1/items/%d status=200 took=%dms user=alice agent=Mozilla/5.0\n", i, rnd.Int31(), i, i%97)
	}
	var logs, dense, encoded strings.Builder
	for i := range 4000 {
		logs.WriteString(log(i))
		dense.WriteString(log(i) + "password=" + secrets[i%200].Value + "\n")
		encoded.WriteString(random(57) + "\n")
	}
	for _, c := range []struct{ name, text string }{{"log", logs.String()}, {"dense", dense.String()}, {"base64", encoded.String()}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			w := NewWriter(io.Discard, set, never)
			for b.Loop() {
				for at := 0; at < len(c.text); at += 32 << 10 {
					_, _ = io.WriteString(w, c.text[at:min(len(c.text), at+32<<10)])
				}
			}
		})
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			New(secrets, 0)
		}
	})
}
