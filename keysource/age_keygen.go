package keysource

import (
	"time"

	"filippo.io/age"
)

// Identity is a new age key pair.
type Identity struct {
	Secret string // AGE-SECRET-KEY-…
	Public string // age1…
	File   string // an identity file with both, as age-keygen lays it out
}

// GenerateIdentity makes a key pair: X25519, or with pq a post-quantum hybrid.
func GenerateIdentity(pq bool, now time.Time) (Identity, error) {
	var id Identity
	if pq {
		k, err := age.GenerateHybridIdentity()
		if err != nil {
			return Identity{}, err
		}
		id.Secret, id.Public = k.String(), k.Recipient().String()
	} else {
		k, err := age.GenerateX25519Identity()
		if err != nil {
			return Identity{}, err
		}
		id.Secret, id.Public = k.String(), k.Recipient().String()
	}
	id.File = "# created: " + now.Format(time.RFC3339) + "\n# public key: " + id.Public + "\n" + id.Secret + "\n"
	return id, nil
}
