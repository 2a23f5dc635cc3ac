package formats

// Binary takes any file as one string. Its encrypted form is the one of sops's
// binary store: a JSON object with the members "data" and "sops".
//
// As in sops, no rule applies: the one leaf always gets a token if there is any
// data. Its span begins, in an encrypted file, with the opening brace and the
// key, so that nothing but the data is left when the block is cut.
type Binary struct{}

var _ Format = Binary{}

const (
	binaryOpen = "{\n\t\"data\": "
	hintNoBlob = "name the file's own format with --type"
)

// Name implements Format.
func (Binary) Name() string { return "binary" }

// Match implements Format: the binary format is only ever asked for by name.
func (Binary) Match(string) bool { return false }

// Parse implements Format. It takes any text but an encrypted binary file.
func (Binary) Parse(src []byte) (*Document, error) {
	if len(src) > 0 && src[0] == '{' {
		if _, err := (Binary{}).ParseEncrypted(src); err == nil {
			return nil, ErrEncrypted
		}
	}
	return &Document{
		Source: src,
		Leaves: []Leaf{{End: len(src), At: &Place{Key: "data"}, Type: Str, Value: string(src)}},
		Edits:  []Edit{{Start: len(src), End: len(src), Metadata: true}},
	}, nil
}

// ParseEncrypted implements Format.
func (Binary) ParseEncrypted(src []byte) (*Document, error) {
	d, err := JSON{}.ParseEncrypted(src)
	if err != nil {
		return nil, err
	}
	if len(d.Leaves) != 1 || len(d.Leaves[0].At.Keys()) != 1 || d.Leaves[0].At.List ||
		d.Leaves[0].At.Key != "data" || d.Leaves[0].Type != Str {
		return nil, &Error{Msg: "this is no binary file of sops: it needs one string named \"data\"", Hint: hintNoBlob}
	}
	l := &d.Leaves[0]
	l.Start = 0
	if l.Value == "" { // nothing is encrypted: all of it is block
		l.End = 0
	}
	d.MetadataSpans = []Span{{l.End, len(src)}}
	return d, nil
}

// Opaque implements Opaque.
func (Binary) Opaque() {}

// AppendToken implements Format.
func (Binary) AppendToken(dst []byte, _ *Leaf, token []byte) []byte {
	return appendQuoted(append(dst, binaryOpen...), token, '"')
}

// Spell implements Format: the bytes as they are.
func (Binary) Spell(_ *Leaf, _ Type, value string) string { return value }

// Block implements Format: the rest of the object.
func (Binary) Block(d *Document, metadata Map) string {
	w := &jsonWriter{line: "\n", unit: "\t"}
	if len(d.Source) == 0 {
		w.out.WriteString(binaryOpen + `""`)
	}
	w.out.WriteString(",\n\t\"sops\": ")
	w.value(metadata, 1)
	w.out.WriteString("\n}\n")
	return w.out.String()
}
