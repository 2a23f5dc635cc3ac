package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// noteName remembers a recipient that may have a name: by its anchor, or by a
// comment behind it.
func (l *loader) noteName(n *yaml.Node) {
	l.anchor = append(l.anchor, n)
}

// holdsAnchor reports whether a node or one below it defines an anchor, and
// remembers the texts among them.
func (l *loader) holdsAnchor(n *yaml.Node, depth int) bool {
	if n == nil || depth > maxDepth {
		return false
	}
	found := n.Anchor != ""
	if found && n.Kind == yaml.ScalarNode {
		l.noteName(n)
	}
	for _, c := range n.Content {
		found = l.holdsAnchor(c, depth+1) || found
	}
	return found
}

// nameAnchors gives names to the recipients that the section `names` does not
// name.
func (l *loader) nameAnchors() {
	for _, n := range l.anchor {
		v := deref(n)
		if v == nil || strings.Contains(v.Value, ",") {
			continue
		}
		name := v.Anchor
		if name == "" {
			name = strings.TrimSpace(strings.TrimLeft(n.LineComment, "# "))
		}
		recipient := strings.TrimSpace(v.Value)
		if name != "" && recipient != "" && l.file.NameOf(recipient) == "" {
			l.addName(name, recipient, v.Line)
		}
	}
}

func (l *loader) addName(name, recipient string, line int) {
	l.file.Names = append(l.file.Names, Name{Name: name, Recipient: recipient, Line: line})
}
