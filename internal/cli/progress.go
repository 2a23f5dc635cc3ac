package cli

import (
	"fmt"
	"strings"
	"time"
)

const (
	// progressDelay is how long work lasts before a bar is shown.
	progressDelay = 700 * time.Millisecond
	// progressPause is the time between two drawings.
	progressPause = 100 * time.Millisecond
	// progressWidth is the width of a full bar in characters.
	progressWidth = 30
)

// bar is a progress bar on a terminal; a nil bar shows nothing. It is drawn by
// hand: the libraries for it cost more of each start than this has lines.
type bar struct {
	ui     *ui
	next   time.Time // when it is drawn again
	n, all int
	shown  int // characters on the terminal
}

// progress makes a bar for n steps, or none where nobody looks at it.
func (u *ui) progress(n int) *bar {
	if n < 2 || u.quiet || u.json || !terminal(u.err) {
		return nil
	}
	return &bar{ui: u, next: time.Now().Add(progressDelay), all: n}
}

func (b *bar) step() {
	if b == nil {
		return
	}
	b.n++
	now := time.Now()
	if now.Before(b.next) {
		return
	}
	b.next = now.Add(progressPause)
	full := progressWidth * b.n / b.all
	text := fmt.Sprintf("[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(" ", progressWidth-full), b.n, b.all)
	fmt.Fprint(b.ui.err, "\r"+text)
	b.shown = len(text) // it never gets shorter
}

// clear removes the bar, so that a message can be written.
func (b *bar) clear() {
	if b == nil || b.shown == 0 {
		return
	}
	fmt.Fprint(b.ui.err, "\r"+strings.Repeat(" ", b.shown)+"\r")
	b.shown = 0
}
