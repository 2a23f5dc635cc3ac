package formats

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// sopsBlock reads the value of the sops key, which is no part of the tree.
func (r *yamlReader) sopsBlock(keyStart, indent int, value *yaml.Node, flowRoot bool) {
	leaves, comments := len(r.leaves), r.comments
	start := r.start(value)
	if r.doc == 0 {
		if value.Kind != yaml.MappingNode {
			r.fail(keyStart, "the sops block is not a mapping", "restore the file from version control")
		}
		if r.found {
			r.fail(keyStart, "a second sops block", "restore the file from version control")
		}
		r.found = true
		r.metadata, _ = r.metadataValue(value).(Map)
	}
	r.node(value, nil, yamlContext{indent: indent, flow: flowRoot})
	if value.Kind != yaml.ScalarNode && value.Style&yaml.FlowStyle != 0 {
		end := flowEnd(r.text, start)
		if end < r.pos {
			r.unplaced(start)
		}
		r.pos = end
	}
	span := Span{keyStart, r.pos}
	if flowRoot {
		span.End = r.flowBlockEnd()
	} else {
		span.Start = keyStart - r.column(keyStart)
		if strings.TrimLeft(r.text[span.Start:keyStart], " ") != "" {
			r.unplaced(keyStart)
		}
		span.End = r.blockEnd()
	}
	r.blocks = append(r.blocks, span)
	r.leaves, r.comments = r.leaves[:leaves], comments
}

// blockEnd reads the rest of the line and gives the start of the next.
func (r *yamlReader) blockEnd() int {
	for r.pos < len(r.text) && isBlank(r.text[r.pos]) {
		r.pos++
	}
	if r.pos < len(r.text) && r.text[r.pos] == '#' {
		r.comment()
	}
	n := breakLength(r.text, r.pos)
	if n == 0 && r.pos < len(r.text) {
		r.unplaced(r.pos)
	}
	r.pos += n
	return r.pos
}

// flowBlockEnd includes a comma that follows the block.
func (r *yamlReader) flowBlockEnd() int {
	r.sig = r.pos
	i := r.pos
	for i < len(r.text) && (isBlank(r.text[i]) || breakLength(r.text, i) > 0) {
		i++
	}
	if i < len(r.text) && r.text[i] == ',' {
		r.pos = i
		r.indicator(',')
		for r.pos < len(r.text) && isBlank(r.text[r.pos]) {
			r.pos++
		}
	}
	return r.pos
}

// flowEnd finds the end of the list or mapping in brackets at s[i:].
func flowEnd(s string, i int) int {
	depth := 0
	for fresh := true; i < len(s); i++ {
		switch c := s[i]; c {
		case '[', '{':
			depth++
			fresh = true
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"', '\'':
			if fresh {
				end, _, ok := decodeQuoted(s, i)
				if !ok {
					return -1
				}
				i = end - 1
			}
			fresh = false
		case '#':
			i = lineEnd(s, i) - 1
		case ',', ':':
			fresh = true
		case ' ', '\t', '\n', '\r':
		default:
			fresh = false
		}
		if depth == 0 {
			return -1
		}
	}
	return -1
}

// metadataValue turns a node into a value of a Map.
func (r *yamlReader) metadataValue(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(Map, 0, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m = append(m, Field{r.full(n.Content[i].Value), r.metadataValue(n.Content[i+1])})
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, r.metadataValue(item))
		}
		return list
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null":
			return nil
		case "!!bool":
			return strings.EqualFold(n.Value, "true")
		case "!!int":
			if i, err := strconv.Atoi(n.Value); err == nil {
				return i
			}
		}
		return r.full(n.Value)
	}
	r.fail(r.pos, "an alias in the sops block", "restore the file from version control")
	return nil
}

// Block implements Format. It is laid out as sops lays it out, or on one line
// in a root mapping in braces.
func (YAML) Block(d *Document, metadata Map) string {
	layout := d.layout
	root := yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: keySops},
		metadataNode(metadata),
	}}
	if layout < 0 {
		return `"sops": ` + flowMetadata(metadata)
	}
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(4)
	if err := enc.Encode(&root); err != nil {
		panic(err) // the nodes are ours
	}
	text := b.String()
	line := yamlLineBreak(string(d.Source[:min(len(d.Source), 4096)]))
	if layout > 0 || line != "\n" {
		pad := strings.Repeat(" ", layout)
		lines := strings.SplitAfter(text, "\n")
		for i, l := range lines {
			if l != "" && l != "\n" {
				lines[i] = pad + l
			}
		}
		text = strings.ReplaceAll(strings.Join(lines, ""), "\n", line)
	}
	return text
}

func metadataNode(v any) *yaml.Node {
	scalar := func(tag, value string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
	}
	switch v := v.(type) {
	case Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range v {
			n.Content = append(n.Content, scalar("!!str", f.Key), metadataNode(f.Value))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, metadataNode(item))
		}
		return n
	case string:
		n := scalar("!!str", v)
		if strings.Contains(v, "\n") {
			n.Style = yaml.LiteralStyle
		}
		return n
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	case int:
		return scalar("!!int", strconv.Itoa(v))
	}
	return scalar("!!null", "null")
}

// flowMetadata writes a value in the style of JSON.
func flowMetadata(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case Map:
		b.WriteByte('{')
		for i, f := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoteYAML(f.Key) + ": " + flowMetadata(f.Value))
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(flowMetadata(item))
		}
		b.WriteByte(']')
	case string:
		b.WriteString(quoteYAML(v))
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int:
		b.WriteString(strconv.Itoa(v))
	default:
		b.WriteString("null")
	}
	return b.String()
}
