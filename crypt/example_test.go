package crypt_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// environment finds the identity in testdata. A program would use os.Getenv,
// which makes the key sources look where sops looks.
func environment() *keysource.Env {
	return &keysource.Env{
		Getenv:        func(string) string { return "" },
		IdentityFiles: []string{filepath.Join("testdata", "example.key")},
		Cache:         &keysource.Cache{},
	}
}

// Decrypt a file in memory, and look at its values.
func ExampleOpen() {
	enc, err := os.ReadFile(filepath.Join("testdata", "example.json"))
	if err != nil {
		log.Fatal(err)
	}
	file, err := crypt.Open(context.Background(), environment(), formats.ForFile("example.json"), enc, crypt.OpenOptions{Readonly: true})
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	fmt.Print(string(file.Plain))
	doc, err := file.Format.Parse(file.Plain)
	if err != nil {
		log.Fatal(err)
	}
	for _, leaf := range doc.Leaves {
		fmt.Println(leaf.At, leaf.Type, leaf.Value)
	}
	// Output:
	// {"db": {"user": "orders", "port": 5432}, "ratio": 1.50}
	// db.user str orders
	// db.port int 5432
	// ratio float 1.5
}

// Encrypt a text for one age recipient, leaving some values readable.
func ExampleEncrypt() {
	recipients, err := keysource.Age{}.Parse("age1v9y78aes6mscty25xv0srqs480rq4d3yh9kdv0gxjy35akdhu3csemxd4g")
	if err != nil {
		log.Fatal(err)
	}
	sealed, err := crypt.Encrypt(context.Background(), environment(), formats.ByName("yaml"),
		[]byte("region: eu-central-1   # as it is\npassword: 'correct horse'\n"),
		crypt.Options{
			Groups: [][]keysource.Recipient{recipients},
			Rules:  crypt.Rules{EncryptedRegex: "^password$"},
		})
	if err != nil {
		log.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(sealed.Text), "\n")
	fmt.Println(first)
	fmt.Println(rest[:24])
	fmt.Println(sealed.Counts.Encrypted, "encrypted,", sealed.Counts.Plain, "plain")
	// Output:
	// region: eu-central-1   # as it is
	// password: 'ENC[AES256_GC
	// 1 encrypted, 1 plain
}
