package formats

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// yamlGenerator writes random YAML: all styles, with comments and empty lines
// anywhere, aliases, tags and odd indentation.
type yamlGenerator struct {
	*rand.Rand
	out     strings.Builder
	count   int
	anchors []string
}

func (g *yamlGenerator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *yamlGenerator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *yamlGenerator) note() string {
	g.count++
	return g.pick("#", "# same", fmt.Sprintf("# c%d", g.count), fmt.Sprintf("#c%d: x", g.count), fmt.Sprintf("# - %d '\"[{", g.count))
}

// before writes comments and empty lines.
func (g *yamlGenerator) before(indent int) {
	for g.chance(22) {
		if g.chance(30) {
			g.out.WriteString(g.pick("\n", "\n", "  \n"))
			continue
		}
		if g.chance(30) {
			indent = max(0, indent+g.pick4(-2, -1, 1, 2))
		}
		g.out.WriteString(strings.Repeat(" ", indent) + g.note() + "\n")
	}
}

func (g *yamlGenerator) pick4(n ...int) int { return n[g.IntN(len(n))] }

// scalar is a value that stands behind a key or dash at an indentation.
func (g *yamlGenerator) scalar(indent int, flow bool) string {
	g.count++
	pad := "\n" + strings.Repeat(" ", indent+g.pick4(1, 2, 3))
	n := g.count
	switch g.IntN(12) {
	case 0:
		return g.pick("1", "-7", "0x1F", "1.50", "1e3", ".inf", "true", "False", "~", "null", "2001-01-01", "0o7", "18446744073709551615", "")
	case 1:
		return fmt.Sprintf("'it''s %d'", n)
	case 2:
		return fmt.Sprintf(`"q\t%d é \" # x"`, n)
	case 3:
		return fmt.Sprintf("'m%d%s%sn'", n, pad, pad)
	case 4:
		return fmt.Sprintf("\"m%d \\%s n%s o\"", n, pad, pad)
	case 5:
		return fmt.Sprintf("%s %s", g.pick("!!str", "!x", "!"), g.pick("5", "'y'", "z"))
	case 6:
		return g.pick("!!int '5'", "!!binary aGk=", "!!float 3", "!!null ''", "!!bool true", "!!timestamp 2001-01-01")
	case 7:
		return fmt.Sprintf("p%d%sq%s%sr", n, pad, pad, pad)
	case 8:
		return strings.Repeat("long ", g.IntN(300)) + "x"
	}
	if flow || g.chance(40) {
		return fmt.Sprintf("v%d", n)
	}
	return g.block(pad)
}

func (g *yamlGenerator) block(pad string) string {
	head := g.pick("|", ">") + g.pick("", "-", "+")
	if g.chance(15) {
		head += " " + g.note()
	}
	var b strings.Builder
	b.WriteString(head)
	for i := range g.IntN(4) {
		switch {
		case g.chance(20):
			b.WriteString("\n")
		case i > 0 && g.chance(20):
			b.WriteString(pad + "   deeper")
		default:
			fmt.Fprintf(&b, "%sline %d", pad, i)
		}
	}
	b.WriteString(strings.Repeat("\n", g.IntN(3)))
	return b.String()
}

// flow is a list or mapping in brackets.
func (g *yamlGenerator) flow(indent, depth int) string {
	var b strings.Builder
	list := g.chance(50)
	b.WriteString(map[bool]string{true: "[", false: "{"}[list])
	n := g.IntN(4)
	gap := func() {
		switch {
		case g.chance(12):
			b.WriteString(" " + g.note() + "\n" + strings.Repeat(" ", indent+1))
		case g.chance(10):
			b.WriteString("\n" + strings.Repeat(" ", indent+2))
		case g.chance(50):
			b.WriteString(" ")
		}
	}
	for i := range n {
		gap()
		if !list {
			b.WriteString(g.pick("k", `"k`, "'k"))
			s := b.String()
			quote := strings.Trim(s[len(s)-2:len(s)-1], "{[, \n")
			if quote != `"` && quote != "'" {
				quote = ""
			}
			fmt.Fprintf(&b, "%d%s: ", i, quote)
		}
		switch {
		case len(g.anchors) > 0 && g.chance(12):
			b.WriteString("*" + g.pick(g.anchors...))
		case depth < 3 && g.chance(20):
			b.WriteString(g.flow(indent, depth+1))
		default:
			b.WriteString(g.scalar(indent+2, true))
		}
		gap()
		if i < n-1 || g.chance(15) {
			b.WriteString(",")
		}
	}
	gap()
	b.WriteString(map[bool]string{true: "]", false: "}"}[list])
	return b.String()
}

// value ends the line of a key or dash.
func (g *yamlGenerator) value(indent int) {
	anchor := ""
	switch {
	case len(g.anchors) > 0 && g.chance(8):
		g.line(" *" + g.pick(g.anchors...))
		return
	case g.chance(8):
		anchor = fmt.Sprintf("a%d", g.count)
		g.out.WriteString(" &" + anchor)
	}
	if g.chance(15) {
		g.line(" " + g.flow(indent, 0))
	} else {
		g.line(" " + g.scalar(indent, false))
	}
	if anchor != "" {
		g.anchors = append(g.anchors, anchor)
	}
}

func (g *yamlGenerator) line(s string) {
	g.out.WriteString(s)
	if g.chance(20) && !strings.ContainsAny(s, "\n|>") {
		g.out.WriteString(g.pick(" ", "  ", "\t") + g.note())
	}
	g.out.WriteString("\n")
}

func (g *yamlGenerator) mapping(indent, depth int) {
	step := g.pick4(1, 2, 2, 4)
	for i := range 1 + g.IntN(4) {
		g.before(indent)
		pad := strings.Repeat(" ", indent)
		key := g.pick("k%d:", "k%d:", `"k%d":`, "'k %d':", "%d:", "? k%d\n"+pad+":", "k%d :")
		g.out.WriteString(pad + fmt.Sprintf(key, i))
		switch {
		case depth < 4 && g.chance(22):
			g.line("")
			g.mapping(indent+step, depth+1)
		case depth < 4 && g.chance(22):
			g.line("")
			g.list(indent+g.pick4(0, step), depth+1)
		default:
			g.value(indent)
		}
	}
	g.before(indent)
}

func (g *yamlGenerator) list(indent, depth int) {
	for range 1 + g.IntN(4) {
		g.before(indent)
		g.out.WriteString(strings.Repeat(" ", indent) + "-")
		switch {
		case depth < 4 && g.chance(15):
			g.line("")
			g.mapping(indent+2, depth+1)
		case depth < 4 && g.chance(15):
			g.out.WriteString(" k:")
			g.value(indent + 2)
			g.out.WriteString(strings.Repeat(" ", indent+2) + "l:")
			g.value(indent + 2)
		case g.chance(10):
			g.out.WriteString(" -")
			g.value(indent + 2)
		default:
			g.value(indent)
		}
	}
	g.before(indent)
}

// generateYAML writes one stream.
func generateYAML(seed uint64) string {
	g := &yamlGenerator{Rand: rand.New(rand.NewPCG(seed, 1))}
	for i := range 1 + g.IntN(12)/10 {
		if i > 0 || g.chance(10) {
			g.out.WriteString(g.pick("---\n", "--- "+g.note()+"\n"))
		}
		switch g.IntN(20) {
		case 0:
			g.list(g.pick4(0, 0, 2), 1)
		case 1:
			g.line(g.flow(0, 0))
		default:
			g.mapping(g.pick4(0, 0, 0, 0, 2), 0)
		}
	}
	s := g.out.String()
	if g.chance(10) {
		s = strings.TrimRight(s, "\n")
	}
	if g.chance(10) {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	return s
}

func TestYAMLGenerated(t *testing.T) {
	const n = 400
	accepted := 0
	for seed := range uint64(n) {
		src := generateYAML(seed)
		for name, choice := range yamlChoices {
			err := checkYAML([]byte(src), choice)
			if errors.Is(err, errRefused) {
				continue
			}
			accepted++
			if err != nil {
				t.Errorf("seed %d, %s: %v\nsource:\n%s", seed, name, err, src)
			}
		}
	}
	if accepted < n*len(yamlChoices)/3 {
		t.Errorf("only %d of %d were accepted", accepted/len(yamlChoices), n)
	}
}
