package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progressDelay is how long work lasts before a bar is shown.
const progressDelay = 700 * time.Millisecond

// bar is a progress bar on a terminal; a nil bar shows nothing.
type bar struct {
	ui     *ui
	start  time.Time
	n, all int
	shown  *progressbar.ProgressBar // nil until progressDelay is over
}

// progress makes a bar for n steps, or none where nobody looks at it.
func (u *ui) progress(n int) *bar {
	if n < 2 || u.quiet || u.json || !terminal(u.err) {
		return nil
	}
	return &bar{ui: u, start: time.Now(), all: n}
}

func (b *bar) step() {
	if b == nil {
		return
	}
	b.n++
	if b.shown == nil && time.Since(b.start) > progressDelay {
		b.shown = progressbar.NewOptions(b.all, progressbar.OptionSetWriter(b.ui.err),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	if b.shown != nil {
		_ = b.shown.Set(b.n) // a bar that cannot be drawn is no error
	}
}

// clear removes the bar, so that a message can be written.
func (b *bar) clear() {
	if b != nil && b.shown != nil {
		_ = b.shown.Clear()
	}
}
