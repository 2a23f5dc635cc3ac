package crypt

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// SOPSVersion is the version of sops whose file format is written.
const SOPSVersion = "3.13.3"

// ownVersion is the version of our own part of the sops block.
const ownVersion = 1

// Metadata is the sops block of a file (stores/stores.go in sops).
type Metadata struct {
	Groups           [][]keysource.Stanza // one group, or several with a Threshold
	Threshold        int                  // groups needed for the data key; 0: all
	LastModified     string               // RFC 3339, as written: the MAC's AAD
	MAC              string               // a token
	Version          string               // of sops
	Rules            Rules
	MACOnlyEncrypted bool
	Own              *Own // nil in a file that sops wrote last

	unknown formats.Map // fields of a later sops; they survive a rewrite
}

// Own is what encfg adds to the block, under the key encfg: sops ignores it.
type Own struct {
	Version int
	// Layout is a token: how the file is put together (see layout).
	Layout string
	// Residue maps the first 8 bytes of a value's IV, in hex, to a token: the
	// source spelling of that value, where it is not the canonical one.
	Residue map[string]string
	// Changed says when values were last changed (see dates.go), by changedID.
	Changed map[string]string
	// Forged are, after a decryption, the paths of values whose date in Changed
	// was made without the key.
	Forged []string
	// Extra keeps further fields, such as the dates of rotation.
	Extra formats.Map
	// Recipients are those that were decided on by somebody with the data key,
	// as RecipientID gives them. They stand in the layout, so that they are
	// known once the file is open.
	Recipients []string
}

const (
	keyOwn        = "encfg"
	keyComments   = "comments"
	commentsPlain = "plain"
	residuePrefix = "r_"
)

// stanzaLists are the lists of stanzas that sops writes, in its order.
var stanzaLists = []string{"kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "age", "pgp"}

// ReadMetadata reads the sops block as a format found it.
func ReadMetadata(m formats.Map) (*Metadata, error) {
	md := &Metadata{}
	r := reader{}
	rules := map[string]*string{}
	for _, f := range md.Rules.fields() {
		rules[f.name] = f.value
	}
	var top []keysource.Stanza
	for _, f := range m {
		switch f.Key {
		case "lastmodified":
			md.LastModified = r.text(f)
		case "mac":
			md.MAC = r.text(f)
		case "version":
			md.Version = r.text(f)
		case "mac_only_encrypted":
			md.MACOnlyEncrypted = r.boolean(f)
		case "shamir_threshold":
			md.Threshold = r.number(f)
		case "key_groups":
			for i, g := range r.list(f) {
				group := []keysource.Stanza{}
				for _, gf := range r.mapping(fmt.Sprintf("key_groups[%d]", i), g) {
					group = append(group, r.stanzas(gf)...)
				}
				md.Groups = append(md.Groups, group)
			}
		case keyOwn:
			md.Own = r.own(f)
		default:
			switch {
			case rules[f.Key] != nil:
				*rules[f.Key] = r.text(f)
			case isStanzaList(f):
				top = append(top, r.stanzas(f)...)
			default:
				md.unknown = append(md.unknown, f)
			}
		}
	}
	if len(top) > 0 {
		md.Groups = [][]keysource.Stanza{top} // as in sops, the flat lists win
	}
	if r.err != nil {
		return nil, r.err
	}
	return md, md.check()
}

func (md *Metadata) check() error {
	if md.Own != nil {
		md.Rules.CommentsPlain = md.Own.commentsPlain()
	}
	rules, err := md.Rules.Normalize()
	if err != nil {
		return damaged(err.Error())
	}
	md.Rules = rules
	if _, err := time.Parse(time.RFC3339, md.LastModified); err != nil {
		return damaged("lastmodified is no RFC 3339 time")
	}
	n := 0
	for _, g := range md.Groups {
		n += len(g)
	}
	if n == 0 {
		return damaged("there is no recipient")
	}
	if md.Threshold < 0 || md.Threshold > len(md.Groups) {
		return damaged(fmt.Sprintf("shamir_threshold is %d, and there are %d key groups", md.Threshold, len(md.Groups)))
	}
	major, _, _ := strings.Cut(md.Version, ".")
	if v, err := strconv.Atoi(major); err != nil || v > 3 {
		return &Error{Kind: KindMetadata, Msg: fmt.Sprintf("the sops block has the unknown version %.20q", md.Version),
			Hint: "encfg knows the file format of sops up to version 3; look for a newer encfg"}
	}
	if md.Own != nil && md.Own.Version != ownVersion {
		return &Error{Kind: KindMetadata, Msg: fmt.Sprintf("the encfg part of the sops block has the unknown version %d", md.Own.Version),
			Hint: "the file was written by a newer encfg; update this one"}
	}
	return nil
}

// Map gives the block as it is written: names in alphabetical order, as in
// sops.
func (md *Metadata) Map() formats.Map {
	m := append(formats.Map{}, md.unknown...)
	if len(md.Groups) == 1 {
		m = append(m, groupMap(md.Groups[0])...)
	} else {
		var groups []any
		for _, g := range md.Groups {
			groups = append(groups, groupMap(g))
		}
		m = append(m, formats.Field{Key: "key_groups", Value: groups})
	}
	if md.Threshold > 0 {
		m = append(m, formats.Field{Key: "shamir_threshold", Value: md.Threshold})
	}
	rules := md.Rules
	for _, f := range rules.fields() {
		if *f.value != "" {
			m = append(m, formats.Field{Key: f.name, Value: *f.value})
		}
	}
	if md.MACOnlyEncrypted {
		m = append(m, formats.Field{Key: "mac_only_encrypted", Value: true})
	}
	m = append(m,
		formats.Field{Key: "lastmodified", Value: md.LastModified},
		formats.Field{Key: "mac", Value: md.MAC},
		formats.Field{Key: "version", Value: md.Version})
	if md.Own != nil {
		m = append(m, formats.Field{Key: keyOwn, Value: md.Own.asMap()})
	}
	sort.SliceStable(m, func(i, j int) bool { return m[i].Key < m[j].Key })
	return m
}

func groupMap(group []keysource.Stanza) formats.Map {
	lists := map[string][]any{}
	var order []string
	for _, s := range group {
		if lists[s.Source] == nil {
			order = append(order, s.Source)
		}
		lists[s.Source] = append(lists[s.Source], fieldsMap(s.Fields))
	}
	sort.Strings(order)
	var m formats.Map
	for _, name := range order {
		m = append(m, formats.Field{Key: name, Value: lists[name]})
	}
	return m
}

func fieldsMap(fields []keysource.Field) formats.Map {
	m := make(formats.Map, 0, len(fields))
	for _, f := range fields {
		v := f.Value
		if sub, ok := v.([]keysource.Field); ok {
			v = fieldsMap(sub)
		}
		m = append(m, formats.Field{Key: f.Name, Value: v})
	}
	return m
}

func (o *Own) commentsPlain() bool {
	v, _ := o.Extra.Get(keyComments)
	return v == commentsPlain
}

func (o *Own) asMap() formats.Map {
	m := formats.Map{{Key: "version", Value: o.Version}}
	m = append(m, o.Extra...)
	if o.Layout != "" {
		m = append(m, formats.Field{Key: "layout", Value: o.Layout})
	}
	for prefix, entries := range map[string]map[string]string{changedPrefix: o.Changed, residuePrefix: o.Residue} {
		for id, text := range entries {
			m = append(m, formats.Field{Key: prefix + id, Value: text})
		}
	}
	entries := m[len(m)-len(o.Changed)-len(o.Residue):]
	sort.Slice(entries, func(i, j int) bool { return entries[i].Key < entries[j].Key })
	return m
}
