package secure

import "sync"

// keyPage is how much memory is taken at a time.
const keyPage = 4096

// keys is the page that is being filled.
var keys struct {
	sync.Mutex
	free []byte
}

// Key gives n bytes of zeros for a key: in pages that hold nothing else, are
// locked where the limit allows, and are left out of core dumps. They are never
// given out again, so that a use after Wipe finds zeros, not another key.
func Key(n int) []byte {
	keys.Lock()
	defer keys.Unlock()
	if n > len(keys.free) {
		keys.free = newKeyPage(max(n, keyPage))
	}
	key := keys.free[:n:n]
	keys.free = keys.free[n:]
	return key
}
