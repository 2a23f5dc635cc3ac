package config

import (
	"errors"
	"math"
	"strconv"
	"time"
)

// durationHint shows what ParseDuration reads.
const durationHint = "write days, weeks or hours: 90d, 2w, 12h"

var errDuration = errors.New("not a time span like 90d, 2w or 12h")

// units are the letters of a duration. Months and years are missing because
// they have no fixed length.
var units = map[byte]time.Duration{
	'h': time.Hour,
	'd': 24 * time.Hour,
	'w': 7 * 24 * time.Hour,
}

// ParseDuration reads the age of a secret: a whole number of days (90d), weeks
// (2w) or hours (12h), at least one. The error does not repeat the text.
func ParseDuration(text string) (time.Duration, error) {
	if len(text) < 2 {
		return 0, errDuration
	}
	unit, ok := units[text[len(text)-1]]
	if !ok {
		return 0, errDuration
	}
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 63)
	if err != nil || n == 0 || n > uint64(math.MaxInt64/unit) {
		return 0, errDuration
	}
	return time.Duration(n) * unit, nil
}
