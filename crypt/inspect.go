package crypt

import (
	"github.com/encfg/encfg/formats"
)

// Info is what can be said about an encrypted file without a key.
type Info struct {
	Metadata *Metadata
	Counts   Counts
	// Problems are what a whole file does not have: values in plain text that
	// the rules want encrypted, damaged tokens, a missing MAC.
	Problems []*Error
}

// Inspect reads an encrypted file without decrypting it.
func Inspect(f formats.Format, enc []byte) (*Info, error) {
	doc, err := f.ParseEncrypted(enc)
	if err != nil {
		return nil, fromFormat(err)
	}
	md, err := ReadMetadata(doc.Metadata)
	if err != nil {
		return nil, err
	}
	sel, err := newSelector(md.Rules)
	if err != nil {
		return nil, err
	}
	info := &Info{Metadata: md}
	for i := range doc.Leaves {
		l := &doc.Leaves[i]
		if l.Type == formats.Null {
			continue
		}
		if msg := info.leaf(l, sel.selects(l)); msg != "" {
			line, _ := formats.Position(doc.Source, l.Start)
			info.Problems = append(info.Problems, &Error{Kind: KindTree, Line: line, Path: l.At.String(), Msg: msg, Hint: hintRestore})
		}
	}
	info.metadata()
	return info, nil
}

// leaf counts a leaf and says what is wrong with it.
func (info *Info) leaf(l *formats.Leaf, selected bool) string {
	comment := l.Type == formats.Comment
	if !selected || l.Value == "" || comment && !IsToken(l.Value) {
		if !comment {
			info.Counts.Plain++
		}
		if comment && selected && l.Value != "" && info.Metadata.Own != nil && !info.Metadata.Rules.CommentsPlain {
			return "a comment is in plain text"
		}
		return ""
	}
	t, err := parseToken(l.Value)
	switch {
	case comment || err == nil && t.typ == formats.Comment:
		info.Counts.Comments++
	case IsToken(l.Value):
		info.Counts.Encrypted++
	default:
		return "the value is in plain text, and the rules want it encrypted"
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// metadata looks at the tokens in the block.
func (info *Info) metadata() {
	md := info.Metadata
	if md.MAC == "" {
		info.Problems = append(info.Problems, &Error{Kind: KindMACMissing, Msg: "there is no MAC", Hint: hintRestore})
	} else if _, err := parseToken(md.MAC); err != nil {
		info.Problems = append(info.Problems, damagedToken("mac"))
	}
	if md.Own == nil {
		return
	}
	if _, err := parseToken(md.Own.Layout); err != nil && md.Own.Layout != "" {
		info.Problems = append(info.Problems, damagedToken(keyOwn+".layout"))
	}
	for id, token := range md.Own.Residue {
		if _, err := parseToken(token); err != nil {
			info.Problems = append(info.Problems, damagedToken(keyOwn+"."+residuePrefix+id))
		}
	}
}

func damagedToken(where string) *Error {
	return &Error{Kind: KindMetadata, Msg: "the sops block is damaged: " + where + ": " + errToken.Error(), Hint: hintRestore}
}
