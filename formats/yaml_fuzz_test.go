package formats

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// yamlSnippets are texts that the generated corpus and the fuzzer start from.
var yamlSnippets = []string{
	"a: b\n", "a:\n  - x\n  - y: 1\n    z: 2\n", "a:\n- x\n-\n- - y\n", "- - - a\n  - b\n",
	"a: 'it''s'\nb: \"q\\\"\\u00e9\\\n  x\"\n", "a: |2-\n    x\n   y\nb: >+\n  f\n  g\n\n   h\n\n\nc: 1\n",
	"a: |\n\n\n  x\nb: |+\n\n\nc: >-\n\n  x\n\n  y\n", "{a: 1, b: [x, {c: 'd'}], \"e\": null}\n", "{}\n", "[]\n", "[a, b: c]\n",
	"a: &x {k: v}\nb: *x\nc: [*x, *x]\n", "a: &x\n  k: &y v\nb:\n  <<: *x\n  z: *y\n", "? a\n: b\n? c\n? |\n  d\n: e\n",
	"a: !!int \"5\"\nb: !!str 5\nc: !x y\nd: !!binary aGk=\ne: !!float 1\n", "a: !!int &x 5\nb: *x\n", "a: &x !!int 5\n",
	"1: a\n2.5: b\ntrue: c\n~: d\n2001-01-01: e\n", "a: 18446744073709551615\nb: [18446744073709551615]\n",
	"# c1\n\n# c2\na: 1 # c3\n# c4\n\n# c5\nb: # c6\n  # c7\n  - x # c8\n  # c9\n  -\n    # c10\n    y: 1\n# c11\n",
	"a: [ # c1\n  x, # c2\n  # c3\n  y # c4\n  # c5\n] # c6\n", "a: # c\n  |\n  x\n", "a: | # c\n  x\n", "a: >- # c\n  x\n\n  y\nb: 1",
	"---\na: 1\n...\n# x\n---\nb: 2\n", "%YAML 1.1 # d\n---\na: 1\n", "--- !!map\na: 1\n", "--- &r\na: 1\n", "--- [a,\nb]\n", "--- |\n x\n", "--- a\n",
	"--- # c\n- x\n", "a: x\r\nb: |\r\n  y\r\n  z\r\n", "a: one\n  two\n\n  three\n", "a: 'one\n\n  two'\n", "\ufeffa: 1\n", "a:\tb\n",
	"a: b", "a: |\n  x", "a: |+\n  x\n ", "a: # c", "a: \"x\"# c\n", "a: []\nb: {}\nc:\n", "a: -x\nb: --y\nc: '-'\n", "- a\n# c\n- b\n",
	"a: {b: 1,}\n", "{a: 1,}\n", "{a: 1 # c\n}\n", "{a: }\n", "{\"a\":}\n", "{a}\n", "[? a]\n", "a: [b, c: d, ? e : f]\n", "a:\n  b:\n    c:\n      d: 1\n    # x\n  # y\n# z\n",
	"a: [] # c\nb: {} # d\nc:\n- [] # e\n- x: {} # f\n", "a:\n- x\n#\n- y #\n- z\n- []\n  #\n#\nb: [] #\n", "sops: 1\n", "a: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\n", "a: ENC[~1,type:str]\n", "<<: {a: 1}\n", "a: '<<'\n", "a: .inf\nb: -.INF\nc: .NaN\n",
	"a: 0x1F\nb: 0o17\nc: 017\nd: 1_000\ne: 1e3\nf: +1\ng: -0\n", "a: \"\\x00\"\nb: '\ufeff'\n", "a: é\n\"ключ\": [あ, い]\nc: 😀 # ☃\n", "a: \"b\u2028c\"\n",
	"? &k key\n: v\nx: *k\n", "&k key: v\n*k : w\n", "a: !<tag:yaml.org,2002:int> 5\n", "%TAG !e! tag:example.com,2000:\n---\na: !e!x y\n", "a: !\nb: ! x\nc: &q\nd: !!str\n",
}

func yamlSeeds(t testing.TB) []string {
	seeds := append([]string{}, yamlSnippets...)
	files, err := filepath.Glob("testdata/yaml*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		seeds = append(seeds, string(yamlFile(t, strings.TrimPrefix(f, "testdata/"))))
	}
	return seeds
}

// checkYAMLAll checks a text under all choices; refused texts are fine.
func checkYAMLAll(src string) error {
	for name, choice := range yamlChoices {
		if err := checkYAML([]byte(src), choice); err != nil && !errors.Is(err, errRefused) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func TestYAMLSnippets(t *testing.T) {
	for _, src := range yamlSnippets {
		if err := checkYAMLAll(src); err != nil {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func FuzzYAML(f *testing.F) {
	for _, s := range yamlSeeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if err := checkYAMLAll(src); err != nil {
			t.Fatal(err)
		}
		if _, err := (YAML{}).ParseEncrypted([]byte(src)); err != nil {
			var e *Error
			if !errors.As(err, &e) && !errors.Is(err, ErrNotEncrypted) {
				t.Fatal(err)
			}
		}
	})
}
