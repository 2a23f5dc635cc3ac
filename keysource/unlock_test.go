package keysource

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
)

func newAge(t *testing.T, pq bool) Identity {
	t.Helper()
	return must[Identity](t)(GenerateIdentity(pq, time.Now()))
}

func TestLockUnlock(t *testing.T) {
	a, b, c := newAge(t, false), newAge(t, false), newAge(t, true)
	ra, rb, rc := ageRecipient(a.Public), ageRecipient(b.Public), ageRecipient(c.Public)
	for _, tt := range []struct {
		name      string
		groups    [][]Recipient
		threshold int
		keys      string
		ok        bool
	}{
		{"one", [][]Recipient{{ra}}, 0, a.Secret, true},
		{"second of group", [][]Recipient{{ra, rb}}, 0, b.Secret, true},
		{"stranger", [][]Recipient{{ra, rb}}, 0, c.Secret, false},
		{"all groups", [][]Recipient{{ra}, {rb}}, 0, a.Secret + " " + b.Secret, true},
		{"one of all groups", [][]Recipient{{ra}, {rb}}, 0, a.Secret, false},
		{"two of three", [][]Recipient{{ra}, {rb}, {rc}}, 2, a.Secret + "\n" + c.Secret, true},
		{"one of three", [][]Recipient{{ra}, {rb}, {rc}}, 2, c.Secret, false},
		{"threshold with one group", [][]Recipient{{ra}}, 1, a.Secret, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := testEnv(t, map[string]string{"SOPS_AGE_KEY": tt.keys})
			stanzas, err := Lock(t.Context(), env, tt.groups, tt.threshold, dataKey)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Unlock(t.Context(), env, stanzas, tt.threshold)
			if tt.ok != (err == nil) {
				t.Fatalf("error = %v", err)
			}
			if tt.ok && !bytes.Equal(got, dataKey) {
				t.Error("another data key came back")
			}
			var e *UnlockError
			if !tt.ok && !errors.As(err, &e) {
				t.Errorf("error is a %T", err)
			}
		})
	}
}

func TestLockRefuses(t *testing.T) {
	good := ageRecipient(newAge(t, false).Public)
	bad := ageRecipient("age1wrong")
	for name, tt := range map[string]struct {
		groups    [][]Recipient
		threshold int
	}{
		"no group":          {nil, 0},
		"empty group":       {[][]Recipient{{}}, 0},
		"one empty group":   {[][]Recipient{{good}, {}}, 2},
		"threshold 1":       {[][]Recipient{{good}, {good}}, 1},
		"threshold 3 of 2":  {[][]Recipient{{good}, {good}}, 3},
		"negative":          {[][]Recipient{{good}}, -1},
		"one bad recipient": {[][]Recipient{{good, bad, good}}, 0},
		"unknown source":    {[][]Recipient{{{Source: "abacus", ID: "7"}}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			stanzas, err := Lock(t.Context(), testEnv(t, nil), tt.groups, tt.threshold, dataKey)
			if err == nil || stanzas != nil {
				t.Errorf("stanzas %v, error %v", stanzas, err)
			}
		})
	}
}

func TestUnlockCancelled(t *testing.T) {
	id := newAge(t, false)
	env := testEnv(t, map[string]string{"SOPS_AGE_KEY": id.Secret})
	stanzas := must[[][]Stanza](t)(Lock(t.Context(), env, [][]Recipient{{ageRecipient(id.Public)}}, 0, dataKey))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Unlock(ctx, env, stanzas, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}
