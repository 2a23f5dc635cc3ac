package cli

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/encfg/encfg/formats"
	"github.com/encfg/encfg/keysource"
)

// valueTypes are what set --type takes.
var valueTypes = []string{"str", "int", "float", "bool", "json"}

// typedValue makes a value of a text. Without a type it is that of the scalar
// which is there. Errors do not show the text.
func typedValue(text []byte, typ string, old *formats.Node) (*formats.Value, error) {
	s := string(text)
	hint := ""
	if typ == "" {
		if typ = "str"; old != nil && old.Kind == formats.Scalar && (old.Type == formats.Int || old.Type == formats.Float || old.Type == formats.Bool) {
			typ = old.Type.String()
			hint = "the value that is there is of this type; --type str makes it a text"
		}
	}
	bad := func(what string) error {
		return fail(exitGeneric, hint, "the value is not a valid %s: %s", typ, what)
	}
	switch typ {
	case "int":
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil {
			return nil, bad("it must be a decimal number that fits into 64 bits")
		}
		return &formats.Value{Type: formats.Int, Text: strconv.FormatInt(n, 10)}, nil
	case "float":
		n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			return nil, bad("it must be a finite decimal number")
		}
		return &formats.Value{Type: formats.Float, Text: strconv.FormatFloat(n, 'f', -1, 64)}, nil
	case "bool":
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "true":
			return &formats.Value{Type: formats.Bool, Text: "True"}, nil
		case "false":
			return &formats.Value{Type: formats.Bool, Text: "False"}, nil
		}
		return nil, bad("it must be true or false")
	case "json":
		v, err := formats.ParseJSON(text)
		if err != nil {
			return nil, fail(exitGeneric, "texts stand in double quotes, in the shell: '\"text\"'; --type str takes the value as a text", "the value: %s", err.Error())
		}
		return v, nil
	}
	if !utf8.ValidString(s) {
		return nil, fail(exitGeneric, "encode it first, with base64 for example", "the value is not UTF-8 text")
	}
	return &formats.Value{Type: formats.Str, Text: s}, nil
}

// generator makes one kind of random values.
type generator struct {
	name string
	size int // the default; 0 where there is no size
	what string
	make func(size int) (text, public string, err error)
}

// generators lists what set --generate makes.
func generators() []generator {
	encoded := func(encode func([]byte) string) func(int) (string, string, error) {
		return func(size int) (string, string, error) {
			b := make([]byte, size)
			defer clear(b)
			_, err := rand.Read(b)
			return encode(b), "", err
		}
	}
	return []generator{
		{"hex", 32, "bytes", encoded(hex.EncodeToString)},
		{"base64", 32, "bytes", encoded(base64.StdEncoding.EncodeToString)},
		{"urlsafe", 32, "bytes", encoded(base64.RawURLEncoding.EncodeToString)},
		{"alnum", 24, "characters", alnum},
		{"uuid", 0, "", func(int) (string, string, error) {
			id, err := uuid.NewRandom()
			return id.String(), "", err
		}},
		{"age", 0, "", func(int) (string, string, error) {
			id, err := keysource.GenerateIdentity(false, time.Now())
			return id.Secret, id.Public, err
		}},
	}
}

func generatorHelp() string {
	var list []string
	for _, g := range generators() {
		if g.size > 0 {
			list = append(list, g.name+":"+strconv.Itoa(g.size))
		} else {
			list = append(list, g.name)
		}
	}
	return strings.Join(list, ", ")
}

// Limits of the size of a generated value. The lower one is too small to be
// guessed online, and little enough for a PIN-like code.
const (
	minGenerated = 8
	maxGenerated = 4096
)

// generate makes a random value; public is what may be shown of it.
func generate(kind string) (text, public string, err error) {
	name, number, sized := strings.Cut(kind, ":")
	for _, g := range generators() {
		if g.name != name {
			continue
		}
		size := g.size
		if sized {
			size, err = strconv.Atoi(number)
			if g.size == 0 || err != nil || size < minGenerated || size > maxGenerated {
				return "", "", fail(exitGeneric, "use one of "+generatorHelp(), "%q is no kind of random value: the number must be from %d to %d %s", kind, minGenerated, maxGenerated, g.what)
			}
		}
		return g.make(size)
	}
	return "", "", fail(exitGeneric, "use one of "+generatorHelp(), "there is no kind %q of random values", name)
}

// alnum makes random letters and digits, all equally likely.
func alnum(size int) (string, string, error) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, size)
	for i := range out {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			return "", "", err
		}
		out[i] = letters[n.Int64()]
	}
	return string(out), "", nil
}
