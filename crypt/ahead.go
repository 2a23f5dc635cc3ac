package crypt

import (
	"maps"
	"runtime"
	"slices"
	"sync"
)

const (
	// aheadBatch is how many leaves are worked on at a time.
	aheadBatch = 256
	// aheadWindow is how many batches may wait for their user: they take memory.
	aheadWindow = 8
	// aheadMin is the number of leaves from which more goroutines are worth it.
	aheadMin = 2048
	// aheadWorkers is the most goroutines that work: more would wait for the user.
	aheadWorkers = 4
)

// batch is the results for some leaves, and the memory that they stand in.
type batch[T any] struct {
	list       []T
	text       []byte
	nonces     []byte
	space, aad []byte
}

// ahead works out what belongs to the leaves of a file on all cores, in batches,
// while its user goes through the leaves in order. The nil ahead has no results.
type ahead[T any] struct {
	work func(b *batch[T], from, to int)
	n    int

	mu      sync.Mutex
	changed sync.Cond
	ready   map[int]*batch[T] // finished and not yet asked for, by number
	free    []*batch[T]       // to be used again
	next    int               // the first one that no worker has begun
	at      int               // the one in use; those before it are gone
	stopped bool
	workers sync.WaitGroup

	now *batch[T] // that in use; nil before the first
}

// newAhead starts to work on n leaves; work fills b.list with the results of
// some of them. It is nil where that is not worth it. Stop it after use.
func newAhead[T any](n int, work func(b *batch[T], from, to int)) *ahead[T] {
	if n < aheadMin || runtime.GOMAXPROCS(0) == 1 {
		return nil
	}
	a := &ahead[T]{work: work, n: n, ready: map[int]*batch[T]{}, at: -1}
	a.changed.L = &a.mu
	for range min(runtime.GOMAXPROCS(0), aheadWorkers) {
		a.workers.Go(a.run)
	}
	return a
}

// run works on one batch after the other.
func (a *ahead[T]) run() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for !a.stopped && a.next*aheadBatch < a.n {
		if a.next > a.at+aheadWindow {
			a.changed.Wait()
			continue
		}
		number, b := a.next, new(batch[T])
		a.next++
		if n := len(a.free); n > 0 {
			b, a.free = a.free[n-1], a.free[:n-1]
		}
		a.mu.Unlock()
		a.fill(b, number)
		a.mu.Lock()
		a.ready[number] = b
		a.changed.Broadcast()
	}
}

// fill leaves a batch in which there is a panic to the user, who then meets it.
func (a *ahead[T]) fill(b *batch[T], number int) {
	defer func() {
		if recover() != nil {
			b.list = b.list[:0]
		}
	}()
	from := number * aheadBatch
	to := min(from+aheadBatch, a.n)
	clear(b.list)
	b.list, b.text = slices.Grow(b.list[:0], to-from)[:to-from], b.text[:0]
	a.work(b, from, to)
}

// get is the result for a leaf, good until the next call, or nil, if the user
// has to work it out: who goes back finds nothing.
func (a *ahead[T]) get(i int) *T {
	if a == nil {
		return nil
	}
	number := i / aheadBatch
	if number > a.at {
		a.enter(number)
	}
	if i -= number * aheadBatch; number < a.at || i >= len(a.now.list) {
		return nil
	}
	return &a.now.list[i]
}

// enter waits for a batch and drops those before it.
func (a *ahead[T]) enter(number int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now != nil {
		a.free = append(a.free, a.now)
	}
	for ; a.at < number; a.at++ {
		delete(a.ready, a.at)
	}
	a.changed.Broadcast()
	for a.ready[number] == nil {
		a.changed.Wait()
	}
	a.now = a.ready[number]
	delete(a.ready, number)
}

// stop waits until all workers have stopped, and wipes the results.
func (a *ahead[T]) stop() {
	if a == nil {
		return
	}
	a.mu.Lock()
	a.stopped = true
	a.changed.Broadcast()
	a.mu.Unlock()
	a.workers.Wait()
	if a.now != nil {
		a.free = append(a.free, a.now)
	}
	for _, b := range slices.AppendSeq(a.free, maps.Values(a.ready)) {
		wipe(b.text)
		wipe(b.space)
	}
}

// wipe overwrites all of a buffer.
func wipe(buf []byte) { clear(buf[:cap(buf)]) }
