package crypt

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/encfg/encfg/formats"
)

// Positions survive a change of the lengths of tokens and of the block.
func TestSkeletonPositions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		// A random sequence of literals (a), tokens (T) and one block (M).
		shape := make([]byte, 1+rnd.IntN(8))
		for i := range shape {
			shape[i] = "aT"[rnd.IntN(2)]
		}
		shape = append(shape, 'M')
		rnd.Shuffle(len(shape), func(i, j int) { shape[i], shape[j] = shape[j], shape[i] })
		build := func(token, block int) (*skeleton, []int) {
			var text []byte
			var tokens, blocks []formats.Span
			bounds := []int{0}
			for _, c := range shape {
				start := len(text)
				switch c {
				case 'a':
					text = append(text, "literal"...)
				case 'T':
					text = append(text, strings.Repeat("t", token)...)
					tokens = append(tokens, formats.Span{Start: start, End: len(text)})
				case 'M':
					text = append(text, strings.Repeat("m", block)...)
					blocks = append(blocks, formats.Span{Start: start, End: len(text)})
				}
				bounds = append(bounds, len(text))
			}
			return &skeleton{text: text, tokens: tokens, blocks: blocks}, bounds
		}
		one, b1 := build(1+rnd.IntN(9), 0)
		two, b2 := build(1+rnd.IntN(9), 1+rnd.IntN(9))
		if !bytes.Equal(one.sum(), two.sum()) {
			t.Fatalf("%s: the sums differ", shape)
		}
		// Any range that does not hold the block maps to the same parts.
		i := rnd.IntN(len(b1))
		j := i + rnd.IntN(len(b1)-i)
		if m := bytes.IndexByte(shape, 'M'); i <= m && m < j || b1[i] == b1[j] {
			continue
		}
		span, ok := two.from(one.to(b1[i]), one.to(b1[j]))
		if !ok || span.Start != b2[i] || span.End != b2[j] {
			t.Fatalf("%s: parts %d to %d: got %v, want %d to %d", shape, i, j, span, b2[i], b2[j])
		}
	}
}

func TestPack(t *testing.T) {
	long := strings.Repeat("lorem ipsum dolor sit amet ", 40)
	folded := strings.ReplaceAll(long, " dolor", "\n  dolor")
	for _, tc := range []struct {
		text, dict string
		max        int
	}{
		{"", "", 1},
		{"0x1F", "31", 5},
		{folded, long, 120},
		{"\x00\xff", "", 3},
	} {
		packed := pack(tc.text, tc.dict)
		if len(packed) > tc.max {
			t.Errorf("%.20q takes %d bytes", tc.text, len(packed))
		}
		if got, err := unpack(packed, tc.dict); err != nil || got != tc.text {
			t.Errorf("%.20q came back as %.20q (%v)", tc.text, got, err)
		}
	}
	if _, err := unpack("", ""); err == nil {
		t.Error("an empty text is no packed one")
	}
}
