package mask

import (
	"io"
	"sync"
	"time"
	"unicode/utf8"
)

// FlushAfter is how long a Writer waits for the rest of what may be a secret.
const FlushAfter = 100 * time.Millisecond

// Writer filters a stream. Text that may be the beginning of a secret is held
// back, never more than the longest pattern, until it is decided or until
// nothing came for a while.
//
// After such a wait short beginnings are shown, and longer ones (DefaultMin
// characters) are replaced: a program that writes a secret slowly must not
// print it. The text is kept all the same, so that the rest of the secret is
// recognised when it comes.
type Writer struct {
	mu    sync.Mutex
	out   io.Writer
	set   *Set
	delay time.Duration
	timer *time.Timer

	held   []byte // begins where a pattern may stand
	shown  int    // so many bytes of held were written, after a wait
	masked bool   // and the last of them as a marker
	line   []byte // what one call writes
	err    error
}

// NewWriter filters what is written to it into out, with FlushAfter as delay
// for 0. Close must be called at the end of the stream; it leaves out open.
func NewWriter(out io.Writer, set *Set, delay time.Duration) *Writer {
	if delay <= 0 {
		delay = FlushAfter
	}
	return &Writer{out: out, set: set, delay: delay}
}

// Write takes more of the stream. An error is one of the underlying writer,
// perhaps of an earlier, delayed write.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return 0, w.err
	}
	if w.set == nil {
		return w.out.Write(p)
	}
	text := p
	if len(w.held) > 0 {
		w.held = append(w.held, p...)
		text = w.held
	}
	rest := w.put(text, false)
	w.shown = max(0, w.shown-rest)
	w.masked = w.masked && w.shown > 0
	w.held = append(w.held[:0], text[rest:]...)
	w.schedule()
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// Close writes what is held back.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	if w.err == nil && len(w.held) > 0 {
		w.put(w.held, true)
	}
	clear(w.held[:cap(w.held)])
	w.held = nil
	return w.err
}

// put writes the text up to where a pattern may begin, and returns where that
// is. The first w.shown bytes have been written.
func (w *Writer) put(text []byte, final bool) int {
	w.line = w.line[:0]
	at := 0
	f := w.set.find(text, 0, final)
	if f.start == len(text) && w.shown == 0 {
		w.write(text) // nearly always
		return f.start
	}
	for {
		w.line = append(w.line, text[min(max(at, w.shown), f.start):f.start]...)
		at = f.start
		if f.whole == nil || f.partial != nil {
			break
		}
		if end := at + len(f.whole.text); end > w.shown && (at >= w.shown || !w.masked) {
			w.line = append(w.line, f.whole.marker...)
		}
		at += len(f.whole.text)
		f = w.set.find(text, at, final)
	}
	w.write(w.line)
	return at
}

// wait is called when the rest of held did not come.
func (w *Writer) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || len(w.held) == 0 || w.shown == len(w.held) {
		return
	}
	switch {
	case w.masked:
	case utf8.RuneCount(w.held) >= DefaultMin:
		f := w.set.find(w.held, 0, false)
		p := f.whole
		if p == nil {
			p = f.partial
		}
		w.write([]byte(p.marker))
		w.masked = true
	default:
		w.put(w.held, true)
	}
	w.shown = len(w.held)
}

func (w *Writer) schedule() {
	switch {
	case len(w.held) == w.shown:
		if w.timer != nil {
			w.timer.Stop()
		}
	case w.timer == nil:
		w.timer = time.AfterFunc(w.delay, w.wait)
	default:
		w.timer.Reset(w.delay)
	}
}

func (w *Writer) write(text []byte) {
	if w.err == nil && len(text) > 0 {
		_, w.err = w.out.Write(text)
	}
}
