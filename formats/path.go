package formats

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (p *Place) write(b *strings.Builder) {
	if p.List {
		b.WriteByte('[')
		b.WriteString(itoa(int(p.Index)))
		b.WriteByte(']')
		return
	}
	if b.Len() > 0 {
		b.WriteByte('.')
	}
	if plainKey(p.Key) {
		b.WriteString(p.Key)
	} else {
		b.WriteString(strconv.Quote(p.Key))
	}
}

func plainKey(key string) bool {
	for _, r := range key {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80 {
			return false
		}
	}
	return key != ""
}
