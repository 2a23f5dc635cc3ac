package config

import "gopkg.in/yaml.v3"

// destinationRules checks the rules for `sops publish` and drops them: encfg
// does not publish.
func (l *loader) destinationRules(n *yaml.Node) error {
	items, err := l.list(n, "destination_rules")
	for _, item := range items {
		if err := l.destinationRule(item); err != nil {
			return err
		}
	}
	return err
}

func (l *loader) destinationRule(n *yaml.Node) error {
	var (
		text string
		num  int
		yes  bool
		rule Rule
	)
	fs := fields{
		"path_regex":       l.regex(&text, &rule.re, "path_regex"),
		"vault_kv_version": l.number(&num, "vault_kv_version"),
		"omit_extensions":  l.flag(&yes, "omit_extensions"),
		"recreation_rule":  func(n *yaml.Node) error { return l.rule(n, &Rule{}) },
	}
	for _, name := range []string{
		"s3_bucket", "s3_prefix", "gcs_bucket", "gcs_prefix",
		"vault_path", "vault_address", "vault_kv_mount_name",
	} {
		fs[name] = l.text(&text, name)
	}
	return l.mapping(n, "a destination rule", fs)
}

// stores checks the settings of sops's printers and drops them: encfg prints
// nothing anew.
func (l *loader) stores(n *yaml.Node) error {
	var indent int
	none := func(what string) func(*yaml.Node) error {
		return func(n *yaml.Node) error { return l.mapping(n, what, fields{}) }
	}
	one := func(what string) func(*yaml.Node) error {
		return func(n *yaml.Node) error {
			return l.mapping(n, what, fields{"indent": l.number(&indent, "indent")})
		}
	}
	return l.mapping(n, "stores", fields{
		"dotenv": none("stores.dotenv"), "ini": none("stores.ini"),
		"json": one("stores.json"), "json_binary": one("stores.json_binary"), "yaml": one("stores.yaml"),
	})
}
