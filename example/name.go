package example

import (
	"path/filepath"
	"strings"
)

// DefaultName is the pattern of a template's name. {stem} and {ext} are the
// parts of the file's name: .env has no extension, so that its template is
// .env.example.
const DefaultName = "{stem}.example{ext}"

// Name gives the path of a file's template; an empty pattern is DefaultName.
func Name(file, pattern string) string {
	base := filepath.Base(file)
	ext := filepath.Ext(base)
	if strings.HasPrefix(base, ".env") || ext == base {
		ext = ""
	}
	name := strings.NewReplacer("{stem}", strings.TrimSuffix(base, ext), "{ext}", ext).Replace(orDefault(pattern))
	return filepath.Join(filepath.Dir(file), name)
}

func orDefault(pattern string) string {
	if pattern == "" {
		return DefaultName
	}
	return pattern
}

// FileOf is the reverse of Name: the file that a template is for; ok is false
// for a name that is no template's.
func FileOf(template, pattern string) (file string, ok bool) {
	dir, base := filepath.Split(template)
	for _, part := range strings.FieldsFunc(filepath.Base(orDefault(pattern)), func(r rune) bool { return r == '{' || r == '}' }) {
		if part != "stem" && part != "ext" && !strings.Contains(base, part) {
			return "", false // which most names are soon found out by
		}
	}
	for i := 1; i < len(base); i++ {
		for _, ext := range []string{filepath.Ext(base), ""} {
			file := filepath.Join(dir, base[:i]+ext)
			if Name(file, pattern) == filepath.Clean(template) {
				return file, true
			}
		}
	}
	return "", false
}
