package formats

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// sopsItem is a value or comment as sops sees it.
type sopsItem struct {
	comment bool
	aad     string
	text    string // canonical plaintext; "<null>" for null
}

// sopsView reads a text in the way of sops, by yaml.v3 alone: it is the second
// opinion on what the scanner says. The sops block is left out.
func sopsView(text []byte) (*sopsViewer, error) {
	if err := yaml.NewDecoder(strings.NewReader(string(text))).Decode(map[string]any{}); err != nil {
		return nil, err
	}
	var v sopsViewer
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return &v, v.err
		}
		if err != nil {
			return nil, err
		}
		v.comments(nil, doc.HeadComment, doc.LineComment)
		root := doc.Content[0]
		switch {
		case root.Kind == yaml.MappingNode:
			v.mapping(root, nil, false)
		case root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null":
			v.comments(nil, root.HeadComment, root.LineComment, root.FootComment)
		default:
			return nil, errors.New("sops refuses such a root")
		}
		v.comments(nil, doc.FootComment)
	}
}

type sopsViewer struct {
	items []sopsItem
	empty bool // there is an empty comment in a list
	err   error
}

func (v *sopsViewer) comments(path []string, texts ...string) {
	for _, text := range texts {
		for line := range strings.SplitSeq(text, "\n") {
			if line != "" && line != "#" {
				v.items = append(v.items, sopsItem{true, strings.Join(path, ":") + ":", line[1:]})
			}
		}
	}
}

func (v *sopsViewer) mapping(n *yaml.Node, path []string, handled bool) {
	if !handled {
		v.comments(path, n.HeadComment, n.LineComment)
	}
	for i := 0; i < len(n.Content); i += 2 {
		k, val := n.Content[i], n.Content[i+1]
		v.comments(path, k.HeadComment, k.LineComment)
		flat := val.Kind == yaml.ScalarNode || val.Kind == yaml.AliasNode
		if flat {
			v.comments(path, val.HeadComment, val.LineComment)
		}
		var key any
		k.Decode(&key)
		name, ok := key.(string)
		if !ok {
			v.err = fmt.Errorf("sops refuses the key %v", key)
		}
		if name != "sops" || len(path) > 0 {
			v.value(val, append(path[:len(path):len(path)], name), flat)
		}
		if flat {
			v.comments(path, val.FootComment)
		}
		v.comments(path, k.FootComment)
	}
	if !handled {
		v.comments(path, n.FootComment)
	}
}

func (v *sopsViewer) value(n *yaml.Node, path []string, handled bool) {
	switch n.Kind {
	case yaml.MappingNode:
		v.mapping(n, path, handled)
	case yaml.SequenceNode:
		if !handled {
			v.comments(path, n.HeadComment, n.LineComment)
			v.noEmpty(n)
		}
		for _, item := range n.Content {
			v.noEmpty(item)
			v.comments(path, item.HeadComment, item.LineComment)
			v.value(item, path, true)
			v.comments(path, item.FootComment)
		}
		if !handled {
			v.comments(path, n.FootComment)
		}
	case yaml.AliasNode:
		v.value(n.Alias, path, false)
	case yaml.ScalarNode:
		var x any
		n.Decode(&x)
		v.items = append(v.items, sopsItem{false, strings.Join(path, ":") + ":", v.bytes(x)})
	}
}

// noEmpty finds empty comments in lists: sops makes empty strings of them.
func (v *sopsViewer) noEmpty(n *yaml.Node) {
	for _, text := range []string{n.HeadComment, n.LineComment, n.FootComment} {
		for line := range strings.SplitSeq(text, "\n") {
			v.empty = v.empty || line == "#"
		}
	}
}

// bytes is what sops encrypts and hashes (sops.go, ToBytes).
func (v *sopsViewer) bytes(x any) string {
	switch x := x.(type) {
	case nil:
		return "<null>"
	case string:
		return x
	case int:
		return strconv.Itoa(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		if x {
			return "True"
		}
		return "False"
	case time.Time:
		b, err := x.MarshalText()
		if err == nil {
			return string(b)
		}
	}
	v.err = fmt.Errorf("sops refuses a %T", x)
	return ""
}

func sealsAllComments(d *Document, tokens []string) bool {
	for i := range d.Leaves {
		if d.Leaves[i].Type == Comment && d.Leaves[i].Value != "" && tokens[i] == "" {
			return false
		}
	}
	return true
}

// compareView checks that sops sees in an assembled text what the leaves say:
// the values in order, and the comments in whatever order.
func compareView(d *Document, tokens []string, text []byte) error {
	view, err := sopsView(text)
	if err != nil {
		return fmt.Errorf("sops cannot read it: %w", err)
	}
	if view.empty && sealsAllComments(d, tokens) {
		return errors.New("sops makes an empty string of an empty comment in a list")
	}
	comments := map[sopsItem]int{}
	var values []sopsItem
	for _, it := range view.items {
		if it.comment {
			comments[it]++
		} else {
			values = append(values, it)
		}
	}
	for i := range d.Leaves {
		l := &d.Leaves[i]
		want := sopsItem{l.Type == Comment, l.At.AAD(), l.Value}
		if tokens[i] != "" {
			want.text = tokens[i]
		}
		switch {
		case l.Type == Comment && (l.Value == "" || l.At == nil || !l.Virtual && l.Start == l.End && tokens[i] == ""):
			continue // of no consequence, or dropped
		case l.Type == Comment:
			if comments[want]--; comments[want] < 0 {
				return fmt.Errorf("sops does not see the comment %d at %s", i, l.At)
			}
			continue
		case l.Type == Null:
			want.text = "<null>"
		}
		if len(values) == 0 {
			return fmt.Errorf("sops does not see the leaf %d at %s", i, l.At)
		}
		got := values[0]
		values = values[1:]
		if tokens[i] != "" {
			got.text = strings.TrimRight(got.text, "\n")
		}
		if got != want {
			return fmt.Errorf("sops sees %+v, the leaf %d is %+v", got, i, want)
		}
	}
	if len(values) > 0 {
		return fmt.Errorf("sops sees more values: %+v", values)
	}
	for it, n := range comments {
		if n > 0 && it.aad != ":" {
			return fmt.Errorf("sops sees a comment that is not known: %+v", it)
		}
	}
	return nil
}
