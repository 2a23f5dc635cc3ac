package crypt

// Kind is the class of an Error; the command line gives each its exit code.
type Kind int

// The kinds of errors.
const (
	KindOther        Kind = iota
	KindTree              // a value does not decrypt
	KindMACMismatch       // the values are not those that the MAC was made of
	KindMACMissing        // there is no MAC
	KindMetadata          // the sops block is damaged or of an unknown version
	KindNoRecipients      // there is nobody to encrypt for
	KindNoKey             // no identity unlocks the data key
	KindNothingToDo       // the rules select no value
	KindSelfCheck         // the result did not decrypt to the source: a defect
	KindReserved          // the file is encrypted, or uses the key sops
	KindNotEncrypted      // there is no sops block
)

// Error is what goes wrong with a file. Neither Msg nor Hint holds a value.
type Error struct {
	Kind   Kind
	Line   int    // from 1; 0 where unknown
	Column int    // from 1, in characters; 0 where unknown
	Path   string // key path; "" where there is none
	Msg    string
	Hint   string // what to try
	Err    error  // the cause
}

func (e *Error) Error() string {
	s := e.Msg
	if e.Path != "" {
		s = e.Path + ": " + s
	}
	if e.Line > 0 {
		at := "line " + itoa(e.Line)
		if e.Column > 0 {
			at += ", column " + itoa(e.Column)
		}
		s = at + ": " + s
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
