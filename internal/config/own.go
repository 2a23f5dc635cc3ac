package config

import (
	"errors"
	"strings"

	"gopkg.in/yaml.v3"
)

// names reads the section `names`: for each name a recipient, or a list.
func (l *loader) names(n *yaml.Node) error {
	pairs, err := l.pairs(n, "names")
	if err != nil {
		return err
	}
	for _, p := range pairs {
		items := []*yaml.Node{p.value}
		if v := deref(p.value); v != nil && v.Kind == yaml.SequenceNode {
			items = v.Content
		}
		for _, item := range items {
			var recipient string
			if err := l.text(&recipient, "names."+p.key.Value)(item); err != nil {
				return err
			}
			if recipient = strings.TrimSpace(recipient); recipient == "" {
				return l.errorAt(item, "", "names.%s: the recipient is missing", p.key.Value)
			}
			l.addName(p.key.Value, recipient, item.Line)
		}
	}
	return nil
}

// rotation reads the section `rotation`.
func (l *loader) rotation(n *yaml.Node) error {
	items, err := l.list(n, "rotation")
	if err != nil {
		return err
	}
	for _, item := range items {
		r := Rotation{Line: item.Line}
		err := l.mapping(item, "a rotation rule", fields{
			"keys":       l.patterns(&r, "keys"),
			"path_regex": l.regex(&r.PathRegex, &r.re, "path_regex"),
			"max_age":    l.duration(&r, "max_age"),
			"warn":       l.duration(&r, "warn"),
			"owner":      l.text(&r.Owner, "owner"),
			"note":       l.text(&r.Note, "note"),
		})
		switch {
		case err != nil:
			return err
		case len(r.Keys) == 0:
			return l.errorAt(item, `write for example keys: "db.password"`, "the rotation rule has no keys")
		case r.MaxAge == 0:
			return l.errorAt(item, durationHint, "the rotation rule has no max_age")
		case r.Warn > r.MaxAge:
			return l.errorAt(item, "", "warn is longer than max_age")
		}
		l.file.Rotation = append(l.file.Rotation, r)
	}
	return nil
}

const patternHint = "write paths like db.password, *.password, **.token or hosts[*].key"

// patterns reads one pattern or a list of them.
func (l *loader) patterns(r *Rotation, what string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		items := []*yaml.Node{n}
		if v := deref(n); v != nil && v.Kind == yaml.SequenceNode {
			items = v.Content
		}
		for _, item := range items {
			var pattern string
			if err := l.text(&pattern, what)(item); err != nil {
				return err
			}
			if pattern == "" {
				return l.errorAt(item, "", "%s: the pattern is empty", what)
			}
			p, err := ParsePattern(pattern)
			if err != nil {
				return l.errorAt(item, patternHint, "%s is no pattern: %v", what, err)
			}
			r.Keys, r.patterns = append(r.Keys, pattern), append(r.patterns, p)
		}
		return nil
	}
}

// duration reads max_age or warn.
func (l *loader) duration(r *Rotation, what string) func(*yaml.Node) error {
	dst := &r.MaxAge
	if what == "warn" {
		dst = &r.Warn
	}
	return func(n *yaml.Node) error {
		var text string
		if err := l.text(&text, what)(n); err != nil {
			return err
		}
		d, err := ParseDuration(text)
		if err != nil {
			return l.errorAt(n, durationHint, "%s is %v", what, err)
		}
		*dst = d
		return nil
	}
}

// example reads the section `example`.
func (l *loader) example(n *yaml.Node) error {
	return l.mapping(n, "example", fields{
		"name": func(n *yaml.Node) error {
			if err := l.text(&l.file.Example.Name, "example.name")(n); err != nil {
				return err
			}
			if err := checkTemplateName(l.file.Example.Name); err != nil {
				return l.errorAt(n, `the usual name is "{stem}.example{ext}"`, "example.name: %v", err)
			}
			return nil
		},
		"placeholders": l.placeholders,
	})
}

// placeholders reads a map from patterns to texts.
func (l *loader) placeholders(n *yaml.Node) error {
	pairs, err := l.pairs(n, "example.placeholders")
	if err != nil {
		return err
	}
	for _, p := range pairs {
		ph := Placeholder{Keys: p.key.Value, Line: p.key.Line}
		var err error
		if ph.pattern, err = ParsePattern(ph.Keys); err != nil {
			return l.errorAt(p.key, patternHint, "example.placeholders: a key is no pattern: %v", err)
		}
		if err := l.text(&ph.Text, "a placeholder")(p.value); err != nil {
			return err
		}
		l.file.Example.Placeholders = append(l.file.Example.Placeholders, ph)
	}
	return nil
}

// checkTemplateName checks the pattern of a template's name.
func checkTemplateName(pattern string) error {
	rest := strings.NewReplacer("{stem}", "", "{ext}", "").Replace(pattern)
	switch {
	case !strings.Contains(pattern, "{stem}"):
		return errors.New("it has no {stem}, so all templates would have one name")
	case rest == "":
		return errors.New("the template would have the name of the file itself")
	case strings.ContainsAny(rest, `/\`):
		return errors.New("the template stands beside its file, so its name has no folder")
	case strings.ContainsAny(rest, "{}"):
		return errors.New("only {stem} and {ext} are replaced")
	}
	return nil
}
