package formats

import "github.com/encfg/encfg/internal/hugepage"

// Assembled is an encrypted text and what is needed to find its parts again.
type Assembled struct {
	Text     []byte
	Tokens   []Span        // the tokens, in order of position
	Metadata Span          // the sops block
	Restores []Replacement // by position in Text: what the source had there
}

// Assemble is AssembleFunc with a list of tokens, "" where there is none.
func (d *Document) Assemble(f Format, tokens []string, metadata string) Assembled {
	size := 0
	for _, t := range tokens {
		size += len(t)
	}
	return d.AssembleFunc(f, func(i int) []byte { return []byte(tokens[i]) }, metadata, size)
}

// AssembleFunc writes the encrypted text. token gives the token of leaf i, or
// none for a leaf that stays as it is; it is asked once for each leaf, values
// in order, and its result is copied. metadata is the rendered sops block, size
// about how much the text grows.
func (d *Document) AssembleFunc(f Format, token func(i int) []byte, metadata string, size int) Assembled {
	a := assembler{d: d, format: f, token: token, metadata: metadata, edits: d.Edits, asked: -1}
	a.out.Text = hugepage.Make[byte](len(d.Source) + len(metadata) + size)
	a.out.Tokens = make([]Span, 0, len(d.Leaves))
	a.reshaper, _ = f.(reshaper)
	for i := range d.Leaves {
		if !d.Leaves[i].Virtual {
			a.leaf(i)
		}
	}
	a.editTo(len(d.Source))
	a.copyTo(len(d.Source))
	return a.out
}

// reshaper is a Format in which sops would not read some leaves as we do if
// only their span was replaced, or if they stayed as they are. reshape gives
// the edits that leaf i of the document needs then, in order of position, none
// before the leaf in front; an edit that has the leaf writes it instead of its
// span. It is asked for leaves whose Style is not 0.
type reshaper interface {
	reshape(d *Document, i int, plain bool) []Edit
}

// assembler puts an encrypted text together.
type assembler struct {
	d        *Document
	format   Format
	reshaper reshaper // may be nil
	token    func(i int) []byte
	metadata string

	out   Assembled
	at    int    // up to here the source is done
	edits []Edit // of the document, still to be done
	more  []Edit // of the reshaper, still to be done

	asked   int    // the leaf whose token is known; -1 for none
	itsText []byte // that token
}

func (a *assembler) leaf(i int) {
	l := &a.d.Leaves[i]
	a.editTo(l.Start)
	t := a.token(i)
	if a.reshaper != nil && l.Style != 0 {
		if more := a.reshaper.reshape(a.d, i, len(t) == 0); len(more) > 0 {
			a.asked, a.itsText = i, t
			a.more = append(a.more, more...)
			a.editTo(l.Start)
			if a.asked < 0 {
				return // an edit has written it
			}
			a.asked = -1
		}
	}
	if len(t) > 0 {
		a.copyTo(l.Start)
		a.put(l, t)
		a.at = l.End
	}
}

// put writes a leaf: its token, or its value.
func (a *assembler) put(l *Leaf, t []byte) {
	if len(t) == 0 {
		a.out.Text = append(a.out.Text, a.format.Spell(l, l.Type, l.Value)...)
		return
	}
	start := len(a.out.Text)
	a.out.Text = a.format.AppendToken(a.out.Text, l, t)
	a.out.Tokens = append(a.out.Tokens, Span{start, len(a.out.Text)})
}

// copyTo copies the source up to an offset.
func (a *assembler) copyTo(to int) {
	if to < a.at {
		panic("formats: overlapping leaves or edits") // a defect in a format
	}
	a.out.Text = append(a.out.Text, a.d.Source[a.at:to]...)
	a.at = to
}

// editTo does the edits that start up to an offset.
func (a *assembler) editTo(to int) {
	for {
		queue := &a.edits
		if len(a.more) > 0 && (len(a.edits) == 0 || a.more[0].Start < a.edits[0].Start) {
			queue = &a.more
		}
		if len(*queue) == 0 || (*queue)[0].Start > to {
			return
		}
		e := &(*queue)[0]
		*queue = (*queue)[1:]
		a.edit(e)
	}
}

func (a *assembler) edit(e *Edit) {
	a.copyTo(e.Start)
	start := len(a.out.Text)
	if e.Metadata {
		a.out.Text = append(a.out.Text, a.metadata...)
		a.out.Metadata = Span{start, len(a.out.Text)}
		return
	}
	a.out.Text = append(a.out.Text, e.Text[0]...)
	for i, leaf := range e.Leaves {
		a.put(&a.d.Leaves[leaf], a.tokenOf(leaf))
		a.out.Text = append(a.out.Text, e.Text[i+1]...)
	}
	a.out.Restores = append(a.out.Restores, Replacement{start, len(a.out.Text), string(a.d.Source[e.Start:e.End])})
	a.at = e.End
}

// tokenOf asks for a token, unless it is known.
func (a *assembler) tokenOf(leaf int) []byte {
	if leaf == a.asked {
		a.asked = -1
		return a.itsText
	}
	return a.token(leaf)
}

// rewrite is the edit that writes leaf i, its token or its spelled value, behind
// some text in place of its span.
func (d *Document) rewrite(i int, before string) Edit {
	l := &d.Leaves[i]
	return Edit{Start: l.Start, End: l.End, Text: []string{before, ""}, Leaves: []int{i}}
}
