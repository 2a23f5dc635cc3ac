// Package rotation judges how old secrets are. Start with Judge; Calendar
// writes the dates for a calendar program.
package rotation

import (
	"cmp"
	"slices"
	"time"
)

// Status is how urgent it is to change a secret.
type Status int

// The statuses, in the order of urgency.
const (
	OK Status = iota
	Warning
	Urgent
	Expired
)

var names = [...]string{"OK", "WARNING", "URGENT", "EXPIRED"}

func (s Status) String() string { return names[s] }

// MarshalText implements encoding.TextMarshaler.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Where the date of the last change comes from.
const (
	FromRecord = "record" // encfg wrote it into the file
	FromGit    = "git"    // the commit that brought the present ciphertext
	FromFile   = "file"   // when the file was last written at all
)

// Credential is a secret that is to be changed from time to time.
type Credential struct {
	File     string    `json:"file"`
	Key      string    `json:"key"`
	Changed  time.Time `json:"changed"`
	From     string    `json:"changed_from"` // FromRecord, FromGit or FromFile
	Expires  time.Time `json:"expires"`
	DaysLeft int       `json:"days_left"` // begun ones count; negative after the day of expiry
	Status   Status    `json:"status"`
	Owner    string    `json:"owner,omitempty"`
	Note     string    `json:"note,omitempty"` // how to rotate it
	Warn     time.Time `json:"warn"`           // when the warning begins
}

const day = 24 * time.Hour

// defaultWarn is the warning time of a rule that names none, but at most a
// quarter of the age.
const defaultWarn = 14 * day

// Judge fills in what follows from the date of the last change. A secret is
// urgent in the last quarter of the warning time.
func (c *Credential) Judge(maxAge, warn time.Duration, now time.Time) {
	if warn == 0 {
		warn = min(defaultWarn, maxAge/4)
	}
	c.Expires = c.Changed.Add(maxAge)
	c.Warn = c.Expires.Add(-warn)
	left := c.Expires.Sub(now)
	c.DaysLeft = int(left / day)
	if left > 0 && left%day != 0 {
		c.DaysLeft++
	}
	switch {
	case left <= 0:
		c.Status = Expired
	case left <= warn/4:
		c.Status = Urgent
	case left <= warn:
		c.Status = Warning
	default:
		c.Status = OK
	}
}

// Sort puts the most urgent first: by status, then by date of expiry.
func Sort(list []Credential) {
	slices.SortStableFunc(list, func(a, b Credential) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), a.Expires.Compare(b.Expires), cmp.Compare(a.File, b.File), cmp.Compare(a.Key, b.Key))
	})
}
