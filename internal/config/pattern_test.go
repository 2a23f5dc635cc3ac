package config

import (
	"testing"

	"github.com/encfg/encfg/formats"
)

func at(steps ...any) *formats.Place {
	var p *formats.Place
	for _, s := range steps {
		if i, ok := s.(int); ok {
			p = &formats.Place{Parent: p, Index: int32(i), List: true}
		} else {
			p = &formats.Place{Parent: p, Key: s.(string)}
		}
	}
	return p
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern string
		place   *formats.Place
		want    bool
	}{
		{"db.password", at("db", "password"), true},
		{"db.password", at("db", "password", "old"), true},
		{"db", at("db", "password"), true},
		{"db.password", at("db", "user"), false},
		{"db.password", at("x", "db", "password"), false},
		{"password", at("db", "password"), false},
		{"*.password", at("db", "password"), true},
		{"*.password", at("password"), false},
		{"**.password", at("password"), true},
		{"**.password", at("a", 0, "b", "password"), true},
		{"**", at("a"), true},
		{"a.**", at("a", "b", "c"), true},
		{"*_KEY", at("API_KEY"), true},
		{"*_KEY", at("API_KEYS"), false},
		{"hosts[0].token", at("hosts", 0, "token"), true},
		{"hosts[0].token", at("hosts", 1, "token"), false},
		{"hosts[*].token", at("hosts", 1, "token"), true},
		{"hosts.token", at("hosts", 1, "token"), true},
		{"hosts[*]", at("hosts", "token"), false},
		{`"odd.key".a`, at("odd.key", "a"), true},
		{`"a*"`, at("ab"), false},
		{"*", at("a/b"), true},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := p.Match(c.place); got != c.want {
			t.Errorf("%s on %s: %v", c.pattern, c.place, got)
		}
	}
	for _, bad := range []string{"", "a..b", "a.", ".a", "a[x]", "a[", `"a`, "a[0]b", "[a-"} {
		if _, err := ParsePattern(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
