package keysource

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// fixture is what the conformance suite needs of a source.
type fixture struct {
	recipient Recipient
	owner     *Env // has the key
	stranger  *Env // has not
	// become makes this process the stranger, where that is decided outside
	// of the Env.
	become func(*testing.T)
	// ciphertext names the field with the wrapped key.
	ciphertext string
	// source replaces the one of All, where a double needs to be put in.
	source Source
}

// fixtures makes the surroundings of each source, or skips the test.
var fixtures = map[string]func(*testing.T) fixture{
	"age":      ageFixture,
	"azure_kv": azureFixture,
	"gcp_kms":  gcpFixture,
	"pgp":      pgpFixture,
	"kms":      kmsFixture,
	"hc_vault": vaultFixture,
}

// TestConformance is passed by every source.
func TestConformance(t *testing.T) {
	for _, src := range All() {
		t.Run(src.Name(), func(t *testing.T) {
			make := fixtures[src.Name()]
			if make == nil {
				t.Fatal("the source has no fixture")
			}
			f := make(t)
			if f.source != nil {
				src = f.source
			}
			for name, check := range map[string]func(*testing.T, Source, fixture){
				"round trip": checkRoundTrip, "wire": checkWire, "stranger": checkStranger,
				"tampered": checkTampered, "cancelled": checkCancelled, "recipient": checkRecipient,
				"share": checkShare, "empty": checkEmpty, "config": checkConfig,
			} {
				t.Run(name, func(t *testing.T) { check(t, src, f) })
			}
		})
	}
}

func wrapFor(t *testing.T, src Source, f fixture, key []byte) Stanza {
	t.Helper()
	s := must[Stanza](t)(src.Wrap(t.Context(), f.owner, f.recipient, key))
	if s.Source != src.Name() {
		t.Fatalf("the stanza's source is %q", s.Source)
	}
	return s
}

func checkRoundTrip(t *testing.T, src Source, f fixture) {
	s := wrapFor(t, src, f, dataKey)
	got := must[[]byte](t)(src.Unwrap(t.Context(), f.owner, s))
	if !bytes.Equal(got, dataKey) {
		t.Error("another key came back")
	}
	if again := wrapFor(t, src, f, dataKey); again.Get(f.ciphertext) == s.Get(f.ciphertext) {
		t.Error("wrapping twice gave the same ciphertext")
	}
}

// checkShare wraps what key groups need: a share is one byte longer.
func checkShare(t *testing.T, src Source, f fixture) {
	share := append(bytes.Clone(dataKey), 7)
	if got := must[[]byte](t)(src.Unwrap(t.Context(), f.owner, wrapFor(t, src, f, share))); !bytes.Equal(got, share) {
		t.Error("another share came back")
	}
}

// checkWire rebuilds the stanza from its text, as a file holds it.
func checkWire(t *testing.T, src Source, f fixture) {
	s := wrapFor(t, src, f, dataKey)
	again := Stanza{Source: strings.Clone(s.Source), Fields: copyFields(t, s.Fields)}
	again.Fields = append(again.Fields, Field{"unknown_to_encfg", "x"})
	if got := must[[]byte](t)(src.Unwrap(t.Context(), f.owner, again)); !bytes.Equal(got, dataKey) {
		t.Error("another key came back")
	}
	for _, name := range []string{f.ciphertext} {
		if s.Get(name) == "" {
			t.Errorf("no field %q", name)
		}
	}
	if src.Name() != "age" && s.Get("created_at") == "" {
		t.Error("no created_at, which sops needs")
	}
}

func copyFields(t *testing.T, fields []Field) []Field {
	var out []Field
	for _, f := range fields {
		switch v := f.Value.(type) {
		case string:
			out = append(out, Field{f.Name, strings.Clone(v)})
		case []Field:
			out = append(out, Field{f.Name, copyFields(t, v)})
		default:
			t.Fatalf("field %q is a %T", f.Name, f.Value)
		}
	}
	return out
}

func checkStranger(t *testing.T, src Source, f fixture) {
	s := wrapFor(t, src, f, dataKey)
	if f.become != nil {
		f.become(t)
	}
	key, err := src.Unwrap(t.Context(), f.stranger, s)
	if err == nil || key != nil {
		t.Fatalf("key %x, error %v", key, err)
	}
	if src.Local() && !errors.Is(err, ErrNotMine) {
		t.Errorf("error = %v", err)
	}
}

// checkTampered changes the ciphertext at several places.
func checkTampered(t *testing.T, src Source, f fixture) {
	s := wrapFor(t, src, f, dataKey)
	enc := s.Get(f.ciphertext)
	changed := []string{"", enc[:len(enc)/2], strings.ToUpper(enc), enc[len(enc)/2:]}
	for _, at := range []int{len(enc) / 3, len(enc) / 2, len(enc) * 3 / 4} {
		b := []byte(enc)
		if b[at]++; b[at] == 'z'+1 || b[at] == 'Z'+1 || b[at] == '9'+1 || b[at] == '\n'+1 {
			b[at] = 'A'
		}
		changed = append(changed, string(b))
	}
	for _, enc := range changed {
		bad := Stanza{Source: s.Source, Fields: slices.Clone(s.Fields)}
		for i, field := range bad.Fields {
			if field.Name == f.ciphertext {
				bad.Fields[i].Value = enc
			}
		}
		if key, err := src.Unwrap(t.Context(), f.owner, bad); err == nil {
			t.Errorf("a changed ciphertext gave %x", key)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("the error has several lines: %q", err)
		}
	}
}

func checkCancelled(t *testing.T, src Source, f fixture) {
	s := wrapFor(t, src, f, dataKey)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := src.Unwrap(ctx, f.owner, s); !errors.Is(err, context.Canceled) {
		t.Errorf("Unwrap: %v", err)
	}
	if _, err := src.Wrap(ctx, f.owner, f.recipient, dataKey); !errors.Is(err, context.Canceled) {
		t.Errorf("Wrap: %v", err)
	}
}

func checkRecipient(t *testing.T, src Source, f fixture) {
	r := src.Recipient(wrapFor(t, src, f, dataKey))
	if r.Source != src.Name() || r.ID != f.recipient.ID {
		t.Errorf("recipient %q of %q, want %q", r.ID, r.Source, f.recipient.ID)
	}
	s := must[Stanza](t)(src.Wrap(t.Context(), f.owner, r, dataKey))
	must[[]byte](t)(src.Unwrap(t.Context(), f.owner, s))
}

// checkEmpty makes sure that nothing panics on a stanza without fields.
func checkEmpty(t *testing.T, src Source, f fixture) {
	src.Recipient(Stanza{Source: src.Name()})
	if _, err := src.Unwrap(t.Context(), f.owner, Stanza{Source: src.Name()}); err == nil {
		t.Error("an empty stanza gave a key")
	}
	if _, err := src.Wrap(t.Context(), f.owner, Recipient{Source: src.Name()}, dataKey); err == nil {
		t.Error("an empty recipient was wrapped for")
	}
	for _, text := range []string{"", " ", ",", "\n"} {
		if r, err := src.Parse(text); len(r) != 0 || err != nil {
			t.Errorf("Parse(%q) = %v, %v", text, r, err)
		}
	}
	if _, err := src.ParseFields(nil); err == nil {
		t.Error("ParseFields takes no fields")
	}
}

func checkConfig(t *testing.T, src Source, f fixture) {
	c := src.Config()
	for name, v := range map[string]string{"Flag": c.Flag, "Usage": c.Usage, "RuleKey": c.RuleKey, "GroupKey": c.GroupKey} {
		if v == "" {
			t.Errorf("Config has no %s", name)
		}
	}
	if all := must[[]Recipient](t)(src.Parse(f.recipient.ID)); len(all) != 1 || all[0].ID != f.recipient.ID {
		t.Errorf("Parse(%q) = %v", f.recipient.ID, all)
	}
}

func ageFixture(t *testing.T) fixture {
	id := newAge(t, false)
	return fixture{
		recipient:  ageRecipient(id.Public),
		owner:      testEnv(t, map[string]string{"SOPS_AGE_KEY": id.Secret}),
		stranger:   testEnv(t, map[string]string{"SOPS_AGE_KEY": newAge(t, false).Secret}),
		ciphertext: "enc",
	}
}
