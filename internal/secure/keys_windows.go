package secure

func newKeyPage(size int) []byte {
	b := make([]byte, size)
	_ = Lock(b)
	return b
}
