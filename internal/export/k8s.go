package export

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/lazyregexp"
)

// K8s says what the Secret is called.
type K8s struct {
	Name      string
	Namespace string
	Type      string // "" for Opaque
	Labels    map[string]string
	// Data writes base64 in data instead of text in stringData. Values that
	// are not UTF-8 always go there.
	Data bool
}

// The rules are those of the Kubernetes API: a name is a DNS subdomain, a
// namespace and a label's value are shorter, a key has file name characters.
var (
	k8sName   = lazyregexp.New(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	k8sLabel  = lazyregexp.New(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	k8sValue  = lazyregexp.New(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)
	k8sKey    = lazyregexp.New(`^[-._A-Za-z0-9]{1,253}$`)
	k8sMaxAll = 1 << 20
)

func (k K8s) check() error {
	switch {
	case k.Name == "":
		return &Error{Msg: "k8s: the Secret needs a name", hint: "--name NAME"}
	case len(k.Name) > 253 || !k8sName().MatchString(k.Name):
		return &Error{Msg: fmt.Sprintf("k8s: %q is no name for a Secret", k.Name), hint: "use lower case letters, digits, - and ."}
	case k.Namespace != "" && (len(k.Namespace) > 63 || strings.Contains(k.Namespace, ".") || !k8sName().MatchString(k.Namespace)):
		return &Error{Msg: fmt.Sprintf("k8s: %q is no namespace", k.Namespace), hint: "use lower case letters, digits and -"}
	}
	for label, value := range k.Labels {
		if !k8sLabel().MatchString(label) || !k8sValue().MatchString(value) {
			return &Error{Msg: fmt.Sprintf("k8s: %q is no label", label+"="+value), hint: "use letters, digits, -, _ and ., at most 63"}
		}
	}
	return nil
}

// k8s writes the manifest of a Secret.
func k8s(vars []environ.Var, o Options) (Output, error) {
	if err := o.K8s.check(); err != nil {
		return Output{}, err
	}
	if err := (need{format: "k8s", name: k8sKey(), nul: true}).check(vars); err != nil {
		return Output{}, err
	}
	data := &yaml.Node{Kind: yaml.MappingNode}
	text := &yaml.Node{Kind: yaml.MappingNode}
	size := 0
	for _, v := range vars {
		size += len(v.Value)
		if o.K8s.Data || !utf8.ValidString(v.Value) {
			put(data, v.Name, yamlValue(base64.StdEncoding.EncodeToString([]byte(v.Value))))
			continue
		}
		put(text, v.Name, yamlValue(v.Value))
	}
	if size > k8sMaxAll {
		return Output{}, &Error{Msg: "k8s: the values are larger than a Secret may be, 1 MiB", hint: "make several Secrets with --only and --except"}
	}
	out, err := yamlText(o.K8s.manifest(data, text))
	return Output{Stdout: out}, err
}

func (k K8s) manifest(data, text *yaml.Node) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode}
	plain := func(m *yaml.Node, key, value string) {
		n := &yaml.Node{}
		n.SetString(value) // quotes what is not plainly a string
		put(m, key, n)
	}
	plain(m, "apiVersion", "v1")
	plain(m, "kind", "Secret")
	meta := &yaml.Node{Kind: yaml.MappingNode}
	plain(meta, "name", k.Name)
	if k.Namespace != "" {
		plain(meta, "namespace", k.Namespace)
	}
	if len(k.Labels) > 0 {
		labels := &yaml.Node{Kind: yaml.MappingNode}
		var names []string
		for l := range k.Labels {
			names = append(names, l)
		}
		slices.Sort(names)
		for _, l := range names {
			put(labels, l, yamlValue(k.Labels[l]))
		}
		put(meta, "labels", labels)
	}
	put(m, "metadata", meta)
	typ := k.Type
	if typ == "" {
		typ = "Opaque"
	}
	plain(m, "type", typ)
	if len(data.Content) > 0 {
		put(m, "data", data)
	}
	if len(text.Content) > 0 {
		put(m, "stringData", text)
	}
	return m
}
