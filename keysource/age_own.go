package keysource

import (
	"context"

	"filippo.io/age"
)

// Own tells which age recipients the user can decrypt for.
type Own struct {
	Place      string // where the identity was found first; "" if nowhere
	Recipients []string
}

// OwnRecipients looks for age identities in variables and files, without
// running a program or asking. An identity file with a passphrase, a plugin or
// an SSH key does not tell its recipient and is not counted.
func OwnRecipients(ctx context.Context, env *Env) (Own, error) {
	var own Own
	for _, p := range ageFiles(env, false) {
		ids, err := loadAge(ctx, env, p)
		if err != nil {
			return Own{}, err
		}
		for _, id := range ready(ids) {
			text := ""
			switch id := id.(type) {
			case interface{ Recipient() *age.X25519Recipient }:
				text = id.Recipient().String()
			case interface{ Recipient() *age.HybridRecipient }:
				text = id.Recipient().String()
			default:
				continue
			}
			if own.Place == "" {
				own.Place = p.label
			}
			if own.Place == p.label {
				own.Recipients = append(own.Recipients, text)
			}
		}
	}
	return own, nil
}
