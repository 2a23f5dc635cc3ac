//go:build interop

package interop

import "strings"

// yamlCorpus are YAML files with everything that is odd. Texts that must not be
// left in an encrypted file hold the word canary.
func yamlCorpus() []sample {
	files := []sample{
		{name: "plain", text: "a: canary\nb: canary with spaces\nc: canary:colon\nd: canary#hash\ne: -canary\nf: ?canary\ng: canary, [x] {y}\n"},
		{name: "multiplain", text: "a: canary one\n  canary two\n\n  canary three\nb: canary\n"},
		{name: "single", text: "a: 'canary'\nb: 'can''t canary'\nc: ''\nd: 'canary # no comment'\ne: 'canary\n  folded\n\n  twice'\n"},
		{name: "double", text: `a: "canary"` + "\n" + `b: "canary \"q\" \\ \t \x41 \u00e9 \U0001F600 \e \0 \N \_ \L \P"` + "\n" + `c: ""` + "\n" + "d: \"canary\n  folded \\\n  joined\\n\n\n  twice\"\n"},
		{name: "literal", text: "a: |\n  canary\n   indented\n\n  last\nb: |-\n  canary\nc: |+\n  canary\n\n\nd: |2\n    canary leading\n  less\ne: |-2\n    canary\nf: |2-\n    canary\ng: |+2\n    canary\n\n"},
		{name: "literal header comments", text: "a: | # canary side\n  canary\nb: |- # more canary\n  canary\n"},
		{name: "folded", text: "a: >\n  canary one\n  canary two\n\n  para canary\n    more indented\n    lines\n  end\nb: >-\n  canary\n  folded\nc: >+\n  canary\n\n\nd: >1\n  canary\n"},
		{name: "blocks in lists", text: "l:\n- |\n  canary\n- >-\n  canary\n  canary\n- - |-\n    canary\n  - x: |\n      canary\n    y: canary\n"},
		{name: "empty block", text: "a: |\nb: >-\n\nc: canary\n"},
		{name: "block of blanks", text: "a: |+\n\n\nb: |\n  \n  canary\nc: canary\n"},
		{name: "flow", text: "a: {x: canary, y: [1, canary, 'canary', \"canary\"], z: {}}\nb: []\nc: [canary, {k: canary}, [[canary]]]\n"},
		{name: "flow lines", text: "a: {\n  x: canary,   # canary comment\n  y: [\n    canary one\n      two, 2,\n    'canary\n      lines',\n  ],\n}\nb: [ canary\n  , canary ]\n"},
		{name: "flow JSON", text: "{\"a\": \"canary\", \"b\": [1, 2.5, true, null], \"c\":{\"d\":\"canary\"}}\n"},
		{name: "flow odd", text: "a: {x: , y: canary}\nb: {\"x\":canary, 'y':1}\nc: [a: canary, b: 2]\nd: {x, y: canary}\n"},
		{name: "anchors", text: "base: &base\n  user: canary\n  pass: &p canary-pass\nother: *base\npass: *p\nlist: &l [canary, 2]\nagain: *l\n"},
		{name: "merge", text: "base: &base\n  user: canary\n  port: 314159\none:\n  <<: *base\n  pass: canary\ntwo:\n  <<: [*base, {extra: canary}]\n  user: canary-own\n"},
		{name: "anchor forms", text: "a: &x !!str 314159\nb: !!str &y canary\nc: &z |\n  canary\nd: &e\ne: *x\nf: [*y, *z]\n"},
		{name: "core tags", text: "a: !!str 314159\nb: !!int \"314159\"\nc: !!float 3\nd: !!bool \"true\"\ne: !!null \"\"\nf: !!binary Y2FuYXJ5\ng: !!str true\n"},
		{name: "timestamps", text: "a: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\nc: 2001-12-14 21:59:43.10 -5\nd: 2002-12-14T00:00:00Z\n"},
		{name: "custom tags", text: "a: !Ref canary\nb: !Sub\n  - canary-${x}\n  - x: canary\nc: !GetAtt [canary, Arn]\nd: !custom {k: canary}\n"},
		{name: "ints", text: "a: 314159\nb: -314159\nc: +314159\nd: 0x4CB2F\ne: 0o1145457\nf: 0b101\ng: 1_000_000\nh: 0644\ni: 0\nj: -0\nk: 9223372036854775807\nl: -9223372036854775808\n"},
		{name: "floats", text: "a: 3.14159\nb: 3.1415900\nc: 1e3\nd: 1.5E-7\ne: .5\nf: 5.\ng: -.5\nh: 1_000.5\ni: 1e400x\nj: 314159.0\nk: +1.5\nl: 1e21\nm: 123456789012345678901.5\n"},
		{name: "special floats", text: "a: .inf\nb: -.INF\nc: .NaN\nd: canary\n"},
		{name: "uint64", text: "a: 18446744073709551615\nb: canary\n", refused: true},
		{name: "huge ints", text: "a: 314159265358979323846264338327950288\nb: canary\n"},
		{name: "bools", text: "a: true\nb: False\nc: TRUE\nd: yes\ne: No\nf: on\ng: off\nh: y\ni: \"true\"\n"},
		{name: "nulls", text: "a: null\nb: ~\nc:\nd: Null\ne: 'null'\nf: canary\n"},
		{name: "number keys", text: "1: canary\n2.5: canary\ntrue: canary\nnull: canary\n2001-01-01: canary\n", refused: true},
		{name: "odd keys", text: "\"a b\": canary\n'c:d': canary\n\"e\\tf\": canary\ng h: canary\n? i\n: canary\n\"\": canary\n<: canary\n\"#k\": canary\n'[l]': canary\n"},
		{name: "unicode keys", text: "schlüssel: canary\n鍵: canary 値\n🔑: canary 🙂\n\"\\u00e9\": canary\nкључ: 'canary \u200b'\n"},
		{name: "colon keys", text: "a:b: canary\na:\n  b: canary\nx::y: canary\n"},
		{name: "comments", text: "# canary head\n\n# canary second\na: canary # canary line\n# canary between\nb:\n  # canary inner\n  c: canary\n  # canary foot\n\n# canary far\nd:\n  - canary # canary item\n  # canary in list\n  - canary\n# canary end\n"},
		{name: "comment indents", text: "a:\n    b: canary\n  # canary half\n    c: canary\n# canary zero\n    d: canary\n#canary tight\n#\n##  canary double\n"},
		{name: "only comments in list", text: "a:\n  # canary\nb: canary\nc: []\n"},
		{name: "comment of a token", text: "# ENC[AES256_GCM,data:canary]\na: canary\n"},
		{name: "multi documents", text: "a: canary\n---\nb: canary\nc_secret: canary\n---\nx:\n- canary\n- y: canary\n"},
		{name: "list as document", text: "a: canary\n---\n- canary\n", refused: true},
		{name: "document marks", text: "%YAML 1.1\n---\na: canary\n...\n---\nb: canary\n...\n"},
		{name: "document comments", text: "# canary first\n---\n# canary second\na: canary\n---\n# canary third\nb: canary\n"},
		{name: "start mark only", text: "---\na: canary\n"},
		{name: "top list", text: "- canary\n- a: canary\n- [canary]\n", refused: true},
		{name: "top scalar", text: "canary\n", refused: true},
		{name: "top block", text: "|\n  canary\n  block\n", refused: true},
		{name: "comment only", text: "# canary\n", refused: true},
		{name: "empty", text: "", refused: true},
		{name: "blank", text: "\n\n", refused: true},
		{name: "indents", text: "a:\n      b:\n          c: canary\n      d:\n       - canary\n       -   e: canary\n           f: canary\n"},
		{name: "list indents", text: "a:\n- canary\n- - canary\n  - - canary\n-   k: canary\n    l:\n    - canary\n"},
		{name: "tight", text: "a:   canary   \nb:\tcanary\nc: canary\t# canary\n\n\n\nd:\n\n  e: canary\n"},
		{name: "no final newline", text: "a: canary\nb: canary"},
		{name: "no final newline literal", text: "a: |\n  canary\n  x"},
		{name: "many final newlines", text: "a: canary\n\n\n\n"},
		{name: "CRLF", text: "# canary\r\na: canary\r\nb: |\r\n  canary\r\n  two\r\nc:\r\n  - canary\r\n"},
		{name: "mixed line ends", text: "a: canary\r\nb: canary\nc: |\n  canary\n"},
		{name: "BOM", text: "\ufeffa: canary\nb: canary\n"},
		{name: "NEL in text", text: "a: \"canary\\Nx\"\nb: 'canary\u00a0x'\nc: canary\n"},
		{name: "long lines", text: "a: " + strings.Repeat("canary ", 400) + "x\nb: '" + strings.Repeat("canary ", 400) + "x'\nc: >\n  " + strings.Repeat("canary ", 100) + "\n  x\n"},
		{name: "deep", text: deepYAML(60)},
		{name: "wide", text: "m:\n" + wideYAML(300)},
		{name: "looks like metadata", text: "mac: canary\nversion: 3.0.0\nage: [canary]\nlastmodified: \"2020-01-01T00:00:00Z\"\nnested:\n  sops: canary\n"},
		{name: "tokens as text", text: "a: ENC[canary]\nb: \"ENC[AES256_GCM,data:x]\"\nc: canary\n", only: "ours"},
		{name: "suffixes", text: "open_unencrypted: free\nclosed: canary\nnested_unencrypted:\n  a: free\n  b: [1, free]\nx:\n  y_unencrypted: free\n  z: canary\n  w_secret: canary\n"},
		{name: "equal values", text: "a: canary\nb: canary\nc: [canary, canary, canary]\nd: {a: canary}\n"},
		{name: "kubernetes", text: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app # canary\n  labels: {tier: \"canary\"}\ntype: Opaque\ndata:\n  password: Y2FuYXJ5LWNhbmFyeQ==\nstringData:\n  config.json: |-\n    {\n      \"password\": \"canary\"\n    }\n---\napiVersion: v1\nkind: ConfigMap\ndata:\n  key: >-\n    canary\n    folded\n"},
		{name: "compose", text: "x-common: &common\n  restart: always\n  environment: &env\n    TOKEN: canary-token\nservices:\n  web:\n    <<: *common\n    ports: [\"80:80\", 443:443]\n    environment:\n      <<: *env\n      PASSWORD: \"canary\"\n    command: [\"sh\", \"-c\", \"echo canary\"]\n"},
		{name: "ansible", text: "- hosts: all\n  vars:\n    password: \"{{ canary }}\"\n  tasks:\n    - name: canary\n      shell: >\n        echo canary\n        more\n", refused: true},
		{name: "certificate", text: "tls:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    canaryMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n    canaryBKcwggSjAgEAAoIBAQDZ\n    -----END PRIVATE KEY-----\n  inline: \"-----BEGIN canary-----\\nabc\\n-----END canary-----\\n\"\n"},
		{name: "scalar starts", text: "a: '@canary'\nb: '`canary'\nc: '%canary'\nd: '!canary'\ne: '&canary'\nf: '*canary'\ng: '- canary'\nh: '? canary'\ni: ': canary'\nj: '|canary'\nk: '>canary'\nl: '{canary'\nm: '[canary'\nn: ' canary '\no: '~'\np: '='\nq: '314159'\nr: '0x4CB2F'\ns: '1e3'\nt: 'true'\n"},
		{name: "control letters", text: "a: \"canary\\x07\\x1b\\x7f\"\nc: canary\n", only: "maybe"},
		{name: "key order", text: "zebra: canary\nalpha: canary\nmike:\n  yankee: 1\n  bravo: canary\n"},
	}
	for i := range files {
		files[i].name += ".yaml"
	}
	return files
}

func deepYAML(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "k:\n")
	}
	b.WriteString(strings.Repeat(" ", depth) + "v: canary\n")
	return b.String()
}

func wideYAML(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("  key" + string(rune('a'+i%26)) + itoa(i) + ": canary " + itoa(i) + "\n")
	}
	return b.String()
}
