package formats

import (
	"errors"
	"strings"
	"testing"
)

// fuzzValues are what changeEverywhere sets.
var fuzzValues = []string{`"text"`, `"a b # c: 'd' \"e\" ${f}"`, `"l1\nl2\n"`, `""`, `" x "`, `7`, `1.5`, `false`, `null`,
	`{"k": "v", "n": [1, {"z": "y"}]}`, `["a", [], {}]`}

// changeEverywhere sets, adds and unsets at every place of a text. What comes
// out must be read again, with all other values as they were: Set itself looks
// at that, so this looks at the text. It counts what was refused.
func changeEverywhere(t testing.TB, f Editor, src []byte, value *Value) (done, refused int) {
	t.Helper()
	tree, err := f.Tree(src)
	if err != nil {
		return 0, 0
	}
	value, err = f.Accept(value)
	if err != nil {
		return 0, 0
	}
	for i, root := range tree.Roots {
		if root == nil {
			continue
		}
		var paths []Path
		root.walk(func(n *Node) {
			if n != root {
				paths = append(paths, n.Path())
			}
			switch n.Kind {
			case Mapping:
				paths = append(paths, append(n.Path(), Step{Key: "new_key"}))
			case List:
				paths = append(paths, append(n.Path(), Step{List: true, Index: Append}))
			}
		})
		if len(paths) > 40 {
			paths = paths[:40]
		}
		for _, p := range paths {
			at := Target{Path: p, Document: i + 1}
			out, err := Set(f, src, at, value)
			if err == nil {
				checkOnly(t, tree, out, p)
				if last := p[len(p)-1]; !last.List || last.Index != Append {
					n, err := Find(f, out, at)
					if err != nil || !n.Value().Equal(value) {
						t.Errorf("%q: %s is not there after it was set: %v\n%q", src, p, err, out)
					}
				}
			}
			count(t, src, p, err, &done, &refused)
			if last := p[len(p)-1]; last.Key == "new_key" || last.Index == Append {
				continue
			}
			if out, err = Unset(f, src, at); err == nil {
				checkOnly(t, tree, out, p)
			}
			count(t, src, p, err, &done, &refused)
		}
	}
	return done, refused
}

// checkOnly checks that all lines but those that changed are those of the source.
func checkOnly(t testing.TB, tree *Tree, out []byte, p Path) {
	t.Helper()
	src := string(tree.Source)
	if tree.CRLF {
		src = strings.ReplaceAll(src, "\n", "\r\n")
	}
	a, b := src, string(out)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	f, err := tree.find(Target{Path: p})
	if err != nil || len(f.rest) > 0 || f.node.Kind != Scalar || strings.ContainsAny(src[:f.node.End], "\r") {
		return
	}
	if n := f.node; len(a) > n.End-n.Entry+strings.Count(src, "\n")+200 {
		t.Errorf("%q: more than %s has changed: %q became %q", src, p, a, b)
	}
}

func count(t testing.TB, src []byte, p Path, err error, done, refused *int) {
	var pe *PathError
	var fe *Error
	switch {
	case err == nil:
		*done++
	case errors.As(err, &pe), errors.As(err, &fe):
		if strings.Contains(err.Error(), "cannot be made") {
			if testing.Verbose() {
				t.Logf("refused: %q %s", src, p)
			}
			*refused++
		}
	default:
		t.Errorf("%q %s: an error of type %T: %v", src, p, err, err)
	}
}

// Nearly every change can be made in nearly every file.
func TestChangeEverywhere(t *testing.T) {
	for _, f := range All() {
		e, ok := f.(Editor)
		if !ok {
			continue
		}
		t.Run(f.Name(), func(t *testing.T) {
			done, refused := 0, 0
			for _, src := range suite(t, f.Name()) {
				if len(src) > 4000 {
					continue
				}
				for _, v := range fuzzValues {
					d, r := changeEverywhere(t, e, []byte(src), fromJSON(t, v))
					done, refused = done+d, refused+r
				}
			}
			t.Logf("%d changes, %d refused", done, refused)
			if done == 0 || refused*20 > done {
				t.Errorf("%d of %d changes could not be made", refused, done+refused)
			}
		})
	}
}

// FuzzChange changes random files at random places.
func FuzzChange(f *testing.F) {
	for i, format := range All() {
		for j, src := range suite(f, format.Name()) {
			if len(src) < 2000 {
				f.Add(src, byte(i), fuzzValues[j%len(fuzzValues)])
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string, format byte, value string) {
		e, ok := All()[int(format)%len(All())].(Editor)
		v, err := ParseJSON([]byte(value))
		if !ok || err != nil || len(src) > 4000 {
			return
		}
		changeEverywhere(t, e, []byte(src), v)
	})
}
