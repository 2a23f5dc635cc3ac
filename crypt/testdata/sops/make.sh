#!/bin/sh
# Makes the vectors of this folder with the real sops (3.13.3).
set -eu
cd "$(dirname "$0")"
export SOPS_AGE_KEY_FILE=../example.key
recipient=$(sed -n 's/^# public key: //p' ../example.key)
rm -f ./*.yaml ./*.json ./*.env ./*.bin ./*.plain
plain=$(mktemp -d)
trap 'rm -rf "$plain"' EXIT

cat > "$plain/all.yaml" <<'X'
# head
str: text   # inline
int: 42
negative: -7
float: 1.25
large: 1e21
yes: true
no: false
time: 2024-05-06T07:08:09Z
nothing: null
empty: ""
multi: |
  first
  second
list:
  # about one
  - one
  - 2
  - [x, {y: z}]
  - ""
odd "key": 'quoted'
map:
  # nested
  key_unencrypted: shown
  deep: {a: {b: c}}
# foot
X
cat > "$plain/docs.yaml" <<'X'
a: 1
---
# second
b: two
---
c:
  - 3
X
cat > "$plain/all.json" <<'X'
{"str": "text \u00e9 \n", "int": 42, "float": 1.25, "big": 1e300, "t": true, "f": false,
 "null": null, "empty": "", "list": [1, "x", [], {}, {"y": 2}], "k_unencrypted": "shown", "": "no key"}
X
cat > "$plain/all.env" <<'X'
# head
A=text
B="quoted # no comment"
C=two\nlines
D=

export E=x=y
X
cat > "$plain/comments.yaml" <<'X'
# secret: below
a: hidden
b: shown
list:
  # secret
  - hidden
  - shown
X
printf 'any \000\377 bytes' > "$plain/blob.bin"

make() { # NAME SOURCE FLAGS...
    name=$1 source=$2
    shift 2
    sops --encrypt --age "$recipient" "$@" "$plain/$source" > "$name"
    sops --decrypt "$name" > "$name.plain"
}
for f in all.yaml docs.yaml all.json all.env; do make "$f" "$f"; done
make blob.bin blob.bin
make encrypted-suffix.yaml all.yaml --encrypted-suffix t
make unencrypted-suffix.json all.json --unencrypted-suffix t
make encrypted-regex.yaml all.yaml --encrypted-regex '^(list|map)$'
make unencrypted-regex.json all.json --unencrypted-regex '^(list|str)$'
make encrypted-comment-regex.yaml comments.yaml --encrypted-comment-regex secret
make unencrypted-comment-regex.yaml comments.yaml --unencrypted-comment-regex secret
make mac-only-encrypted.yaml all.yaml --mac-only-encrypted --encrypted-regex '^str$'
make mac-only-encrypted.env all.env --mac-only-encrypted --unencrypted-regex '^A$'
