package config

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ownFields are ours alone: sops would ignore them in its own file.
var ownFields = []string{"names", "rotation", "example", "comments", "skip"}

// creationRules reads the list of rules.
func (l *loader) creationRules(n *yaml.Node) error {
	items, err := l.list(n, "creation_rules")
	if err != nil {
		return err
	}
	for i, item := range items {
		r := &Rule{Index: i}
		if err := l.rule(item, r); err != nil {
			return err
		}
		l.file.Rules = append(l.file.Rules, r)
	}
	return nil
}

// rule reads one rule.
func (l *loader) rule(n *yaml.Node, r *Rule) error {
	r.Line = n.Line
	groups, threshold := n, n
	fs := fields{
		"path_regex":  l.regex(&r.PathRegex, &r.re, "path_regex"),
		"aws_profile": l.text(&r.AWSProfile, "aws_profile"),
		"key_groups": func(n *yaml.Node) error {
			groups = n
			return l.keyGroups(n, r)
		},
		"shamir_threshold": func(n *yaml.Node) error {
			threshold = n
			return l.number(&r.ShamirThreshold, "shamir_threshold")(n)
		},
		"mac_only_encrypted": l.flag(&r.MACOnlyEncrypted, "mac_only_encrypted"),
	}
	for _, k := range l.keys {
		fs[k.Rule] = func(n *yaml.Node) error { return l.shortKeys(n, k.Rule, r) }
	}
	if l.own {
		fs["comments"] = l.comments(&r.CommentsPlain)
		fs["skip"] = l.flag(&r.Skip, "skip")
	}
	l.selection(fs, &r.Selection)
	if err := l.mapping(n, "a creation rule", fs); err != nil {
		return err
	}
	return l.checkRule(n, groups, threshold, r)
}

// checkRule looks at what the fields of a rule say together.
func (l *loader) checkRule(n, groups, threshold *yaml.Node, r *Rule) error {
	if r.Skip && (len(r.Keys) > 0 || len(r.Groups) > 0) {
		return l.errorAt(n, "", "the rule has skip, so it cannot have keys")
	}
	if r.Skip && r.re == nil {
		return l.errorAt(n, "", "the rule has skip, so it needs a path_regex")
	}
	if len(r.Groups) > 0 && len(r.Keys) > 0 {
		l.warn(r.Keys[0].Line, "%s has no effect: the rule has key_groups at line %d", r.Keys[0].Field, groups.Line)
		r.Keys = nil
	}
	if t := r.ShamirThreshold; len(r.Groups) > 1 && t != 0 && (t < 2 || t > len(r.Groups)) {
		return l.errorAt(threshold, "", "shamir_threshold is %d, but must be from 2 to the number of key groups, %d", t, len(r.Groups))
	}
	return nil
}

// selection adds the fields that say which values are encrypted.
func (l *loader) selection(fs fields, s *Selection) {
	var set string // the first field that was seen
	add := func(name string, dst *string) {
		fs[name] = func(n *yaml.Node) error {
			read := l.text(dst, name)
			if strings.HasSuffix(name, "regex") {
				var unused *regexp.Regexp
				read = l.regex(dst, &unused, name)
			}
			if err := read(n); err != nil || *dst == "" {
				return err
			}
			if set != "" {
				return l.errorAt(n, "keep one of them", "%s and %s exclude each other", set, name)
			}
			set = name
			return nil
		}
	}
	add("unencrypted_suffix", &s.UnencryptedSuffix)
	add("encrypted_suffix", &s.EncryptedSuffix)
	add("unencrypted_regex", &s.UnencryptedRegex)
	add("encrypted_regex", &s.EncryptedRegex)
	add("unencrypted_comment_regex", &s.UnencryptedCommentRegex)
	add("encrypted_comment_regex", &s.EncryptedCommentRegex)
}

// comments reads `comments: plain` or `comments: encrypted`.
func (l *loader) comments(plain *bool) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		var word string
		if err := l.text(&word, "comments")(n); err != nil {
			return err
		}
		if !slices.Contains([]string{"plain", "encrypted"}, word) {
			return l.errorAt(n, "", "comments must be plain or encrypted")
		}
		*plain = word == "plain"
		return nil
	}
}
