#!/bin/sh
# Shows the main job on the files of this folder: makes a throwaway key,
# encrypts copies of them, shows one, decrypts, and compares every byte.
# Usage: demo.sh ENCFG-BINARY
set -eu
encfg=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset ENCFG_AGE_KEY ENCFG_AGE_KEY_FILE ENCFG_AGE_KEY_CMD ENCFG_CONFIG \
    SOPS_AGE_KEY SOPS_AGE_KEY_FILE SOPS_AGE_KEY_CMD SOPS_AGE_RECIPIENTS SOPS_CONFIG || true
export HOME="$work/home" XDG_CONFIG_HOME="$work/home/.config"
mkdir -p "$HOME" "$work/orders"
cp "$here/secrets.yaml" "$here/.env" "$here/config.json" "$work/orders/"
cd "$work/orders"

say() { printf '\n$ %s\n' "$*"; "$@"; }
encfg() { "$encfg" "$@"; }

say encfg init
say encfg encrypt secrets.yaml .env
# config.json is no name that the rules know, so the recipient is named.
say encfg encrypt --age "$(sed -n 's/^# public key: //p' "$XDG_CONFIG_HOME/encfg/keys.txt")" config.json

printf '\n$ cut -c1-100 secrets.yaml\n'
cut -c1-100 secrets.yaml

printf '\n'
for f in secrets.yaml .env config.json; do
    encfg decrypt "$f" | cmp - "$here/$f"
    echo "$f: decrypts to the original, byte for byte"
done
say encfg verify secrets.yaml .env config.json
