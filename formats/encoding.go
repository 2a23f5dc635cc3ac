package formats

import "bytes"

const utf8BOM = "\xef\xbb\xbf"

// hintBinary ends the hint of every text that a format cannot take.
const hintBinary = "mend it, or encrypt the file as a blob with --type binary"

// checkEncoding refuses text that is not in an ASCII-compatible encoding:
// UTF-16 and UTF-32, with or without a byte order mark, and anything else that
// holds a NUL byte.
func checkEncoding(src []byte) error {
	if bytes.HasPrefix(src, []byte{0xff, 0xfe}) || bytes.HasPrefix(src, []byte{0xfe, 0xff}) {
		return &Error{Line: 1, Column: 1, Msg: "the file is encoded in UTF-16 or UTF-32", Hint: "convert it to UTF-8, or encrypt it as a blob with --type binary"}
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		hint := hintBinary
		if i < 4 {
			hint = "convert it to UTF-8 if it is UTF-16, or encrypt it as a blob with --type binary"
		}
		return ErrorAt(src, i, "the file holds a NUL byte: it is not a UTF-8 text", hint)
	}
	return nil
}

// bomLength is the length of the byte order mark that src starts with, or 0.
func bomLength(src []byte) int {
	if bytes.HasPrefix(src, []byte(utf8BOM)) {
		return len(utf8BOM)
	}
	return 0
}
