package formats

import (
	"bytes"
	"unicode/utf8"
)

// Replacement says that Text stands in place of the bytes [Start, End).
type Replacement struct {
	Start, End int
	Text       string
}

// Splice applies replacements, sorted by position and not overlapping, to src.
// An overlap is a defect of the caller and panics.
func Splice(src []byte, reps []Replacement) []byte {
	size := len(src)
	for i := range reps {
		size += len(reps[i].Text) - (reps[i].End - reps[i].Start)
	}
	out := make([]byte, 0, size)
	at := 0
	for i := range reps {
		r := &reps[i]
		if r.Start < at || r.End < r.Start {
			panic("formats: overlapping replacements")
		}
		out = append(out, src[at:r.Start]...)
		out = append(out, r.Text...)
		at = r.End
	}
	return append(out, src[at:]...)
}

// appendQuoted appends a token between two quotes.
func appendQuoted(dst, token []byte, quote byte) []byte {
	return append(append(append(dst, quote), token...), quote)
}

// Error is a defect of an input text. Offset counts bytes; Position turns it
// into line and column when the error is shown. Msg and Hint never repeat
// content of the file other than key names.
type Error struct {
	Line, Column int // from 1; 0 where unknown
	Msg          string
	Hint         string // what to try; may be empty
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	pos := "line " + itoa(e.Line)
	if e.Column > 0 {
		pos += ", column " + itoa(e.Column)
	}
	return pos + ": " + e.Msg
}

// ErrorAt makes an Error for a byte offset in src.
func ErrorAt(src []byte, offset int, msg, hint string) *Error {
	line, col := Position(src, offset)
	return &Error{Line: line, Column: col, Msg: msg, Hint: hint}
}

// Position gives the line and column, both from 1, of a byte offset. Columns
// count characters; lines end with LF.
func Position(src []byte, offset int) (line, column int) {
	if offset > len(src) {
		offset = len(src)
	}
	head := src[:offset]
	line = bytes.Count(head, []byte{'\n'}) + 1
	start := bytes.LastIndexByte(head, '\n') + 1
	return line, utf8.RuneCount(head[start:]) + 1
}
