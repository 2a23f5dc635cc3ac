package keysource

import "sync"

// Cache remembers results by key for the life of one command. The zero value
// is ready to use; it may be used from several goroutines.
type Cache struct {
	mu sync.Mutex
	m  map[string]*entry
}

type entry struct {
	once sync.Once
	val  any
	err  error
}

// Do returns what fill returned for this key, calling it at most once.
func (c *Cache) Do(key string, fill func() (any, error)) (any, error) {
	if c == nil {
		return fill()
	}
	c.mu.Lock()
	if c.m == nil {
		c.m = make(map[string]*entry)
	}
	e := c.m[key]
	if e == nil {
		e = new(entry)
		c.m[key] = e
	}
	c.mu.Unlock()
	e.once.Do(func() { e.val, e.err = fill() })
	return e.val, e.err
}
