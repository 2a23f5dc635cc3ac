package crypt

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
)

func itoa(n int) string { return strconv.Itoa(n) }

// residueID is the name of the residue of a value with this IV.
func residueID(iv []byte) string { return hex.EncodeToString(iv[:min(8, len(iv))]) }

// residueAAD binds a residue to the place and the IV of its value. It cannot
// be the path of a value: those end with a colon.
func residueAAD(aad string, iv []byte) string {
	return "encfg residue 1\x00" + aad + "\x00" + string(iv) + "\x00"
}

const (
	packRaw   = "r"
	packFlate = "z"
	// packMin is the length from which compression may pay, in bytes.
	packMin = 48
	// packAlone is that length for a text without a dictionary: for less, the
	// time to set up the compression, 0.1 ms, is not worth the few bytes.
	packAlone = 512
	// unpackMax bounds what a packed text may grow to, in bytes.
	unpackMax = 1 << 30
)

// pack makes a text small: it is deflated with the given dictionary, which the
// reader has too (the canonical spelling of the value). Of a folded text, so,
// little more than the places of the line breaks remains.
func pack(text, dict string) string {
	if len(text) < packMin || dict == "" && len(text) < packAlone {
		return packRaw + text
	}
	var b bytes.Buffer
	b.WriteString(packFlate)
	w, err := flate.NewWriterDict(&b, flate.BestCompression, []byte(dict))
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil || b.Len() > len(text) {
		return packRaw + text
	}
	return b.String()
}

func unpack(packed, dict string) (string, error) {
	if packed == "" {
		return "", errors.New("empty")
	}
	body := packed[1:]
	if packed[:1] == packRaw {
		return body, nil
	}
	r := flate.NewReaderDict(bytes.NewReader([]byte(body)), []byte(dict))
	text, err := io.ReadAll(io.LimitReader(r, unpackMax))
	return string(text), err
}
