package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
)

// accessEntry is who can decrypt one file.
type accessEntry struct {
	File       string         `json:"file"`
	Threshold  int            `json:"shamir_threshold,omitempty"`
	Recipients []accessedBy   `json:"recipients"`
	has        map[string]int // group, from 1, by label
	labels     []string
}

type accessedBy struct {
	Recipient string `json:"recipient"`
	Name      string `json:"name,omitempty"`
	Source    string `json:"source"`
	Group     int    `json:"group,omitempty"`
}

func (a *app) accessList(c *cli.Context) error {
	list, err := a.targets(c)
	if err != nil {
		return err
	}
	results := []*accessEntry{}
	err = a.forEach(c.Context, list, func(_ context.Context, t target) (any, error) {
		e, err := a.accessOf(c, t)
		if err != nil || e == nil {
			return nil, err
		}
		return e, nil
	}, func(_ target, v any) { results = append(results, v.(*accessEntry)) })
	if a.json {
		if jerr := a.printJSON(results); jerr != nil {
			return jerr
		}
	} else if len(results) > 0 {
		fmt.Fprint(a.out, matrix(results))
	}
	return err
}

func (a *app) accessOf(c *cli.Context, t target) (*accessEntry, error) {
	enc, err := a.read(t)
	if err != nil {
		return nil, err
	}
	f, err := a.format(c, t, enc)
	if err != nil || t.found && !isEncrypted(f, enc) {
		return nil, err
	}
	info, err := crypt.Inspect(f, enc)
	if err != nil {
		return nil, err
	}
	p, err := a.project(c, t.name(c))
	if err != nil {
		return nil, err
	}
	e := &accessEntry{File: t.name(c), Threshold: info.Metadata.Threshold, has: map[string]int{}}
	for i, g := range info.Metadata.Groups {
		for _, s := range g {
			id := stanzaID(s)
			by := accessedBy{Recipient: id, Source: s.Source}
			label := id
			if n := a.displayName(p, id); n != id {
				by.Name, label = n, n
			}
			if len(info.Metadata.Groups) > 1 {
				by.Group = i + 1
			}
			e.Recipients = append(e.Recipients, by)
			label = shortRecipient(label)
			e.has[label] = i + 1
			e.labels = append(e.labels, label)
		}
	}
	return e, nil
}

// matrix draws recipients by files: a line for each recipient, a column for
// each file. The columns are numbered, and the numbers explained below.
func matrix(entries []*accessEntry) string {
	var labels []string
	for _, e := range entries {
		for _, l := range e.labels {
			if !slices.Contains(labels, l) {
				labels = append(labels, l)
			}
		}
	}
	width := 0
	for _, l := range labels {
		width = max(width, utf8.RuneCountInString(l))
	}
	var b strings.Builder
	pad := func(s string) string { return s + strings.Repeat(" ", width-utf8.RuneCountInString(s)) }
	b.WriteString(pad(""))
	for i := range entries {
		fmt.Fprintf(&b, " %3d", i+1)
	}
	b.WriteByte('\n')
	for _, l := range labels {
		b.WriteString(pad(l))
		for _, e := range entries {
			mark := "·"
			switch g := e.has[l]; {
			case g > 0 && e.Threshold > 0:
				mark = fmt.Sprintf("g%d", g)
			case g > 0:
				mark = "x"
			}
			b.WriteString(strings.Repeat(" ", 4-utf8.RuneCountInString(mark)) + mark)
		}
		b.WriteByte('\n')
	}
	for i, e := range entries {
		fmt.Fprintf(&b, "%3d  %s", i+1, e.File)
		if e.Threshold > 0 {
			fmt.Fprintf(&b, " (%d key groups are needed)", e.Threshold)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
