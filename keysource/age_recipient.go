package keysource

import (
	"context"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"
	"filippo.io/age/tag"
)

// Parse reads recipients separated by commas, line breaks or blanks. An SSH key
// extends over its type, its key and its comment.
func (Age) Parse(text string) ([]Recipient, error) {
	if looksSecret(text) {
		return nil, errSecretRecipient
	}
	var out []Recipient
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		for _, id := range splitAge(part) {
			if _, err := parseAgeRecipient(context.Background(), &Env{}, id); err != nil {
				return nil, err
			}
			out = append(out, ageRecipient(id))
		}
	}
	return out, nil
}

// ParseFields reads the text that is an age entry of a key group.
func (a Age) ParseFields(fields []Field) (Recipient, error) { return parseText(a, fields) }

// splitAge splits at blanks, but leaves SSH keys in one piece.
func splitAge(text string) []string {
	var out []string
	ssh := false
	for _, word := range strings.Fields(text) {
		starts := strings.HasPrefix(word, "ssh-") || strings.HasPrefix(word, "age1")
		if ssh && !starts && !looksSecret(word) {
			out[len(out)-1] += " " + word
			continue
		}
		out = append(out, word)
		ssh = strings.HasPrefix(word, "ssh-")
	}
	return out
}

// parseAgeRecipient reads one recipient. ctx and env serve the questions of a
// plugin.
func parseAgeRecipient(ctx context.Context, env *Env, id string) (age.Recipient, error) {
	if looksSecret(id) {
		return nil, errSecretRecipient
	}
	var r age.Recipient
	var err error
	switch kind := ageKind(id); kind {
	case "":
		return nil, unknownRecipient(id)
	case "ssh":
		r, err = agessh.ParseRecipient(id)
	case "x25519":
		r, err = age.ParseX25519Recipient(id)
	case "pq":
		r, err = age.ParseHybridRecipient(id)
	case "tag", "tagpq":
		r, err = tag.ParseRecipient(id)
	default:
		r, err = plugin.NewRecipient(id, pluginUI(ctx, env))
	}
	if err != nil {
		return nil, malformedRecipient(id, err)
	}
	return r, nil
}

// ageKind is "ssh", "x25519", or the name between "age1" and the last 1, which
// is "pq", "tag" or a plugin's; "" if the text is no age recipient.
func ageKind(id string) string {
	if strings.HasPrefix(id, "ssh-") {
		return "ssh"
	}
	rest, ok := strings.CutPrefix(id, "age1")
	if !ok {
		return ""
	}
	if i := strings.LastIndexByte(rest, '1'); i > 0 {
		return rest[:i]
	}
	return "x25519"
}

// IsPostQuantum reports whether an age recipient withstands quantum computers.
// A data key that is also wrapped for one that does not gains nothing from it.
func IsPostQuantum(id string) bool {
	kind := ageKind(id)
	return kind == "pq" || kind == "tagpq"
}

var errSecretRecipient = &Error{
	Reason: "a secret key was given where an age recipient belongs",
	Hint:   "give the public key, which begins with age1 (age-keygen -y FILE prints it)",
}

func malformedRecipient(id string, err error) error {
	e := &Error{Recipient: shortAge(id), Err: err}
	switch msg := err.Error(); {
	case strings.Contains(msg, "unknown SSH recipient type"):
		e.Reason = "this type of SSH key cannot be used with age"
		e.Hint = "ssh-ed25519 and ssh-rsa keys can"
	case strings.Contains(msg, "RSA key size is too small"):
		e.Reason = "the RSA key is too short"
		e.Hint = "age needs at least 2048 bits; better make an age key with encfg keygen"
	case ageKind(id) == "ssh":
		e.Reason = "malformed SSH public key"
		e.Hint = "copy the whole line of the .pub file"
	case strings.Contains(msg, "invalid checksum"):
		e.Reason = "malformed age recipient: bad checksum"
		e.Hint = "a character was changed, lost or added: copy the recipient again"
	case strings.Contains(msg, "mixed case"):
		e.Reason = "malformed age recipient: upper and lower case are mixed"
	default:
		e.Reason = "malformed age recipient"
		e.Hint = "copy the recipient again, from age1 to its end"
	}
	return e
}

func unknownRecipient(id string) error {
	e := &Error{Recipient: shortUnknown(id), Reason: "not an age recipient"}
	switch lower := strings.ToLower(id); {
	case strings.HasPrefix(lower, "arn:"):
		e.Hint = "this looks like an AWS KMS key: use --kms"
	case strings.HasPrefix(lower, "projects/"):
		e.Hint = "this looks like a Google Cloud KMS key: use --gcp-kms"
	case strings.HasPrefix(lower, "https://"):
		e.Hint = "this looks like a URL: use --azure-kv or --hc-vault-transit"
	case strings.HasPrefix(lower, "ecdsa-"), strings.HasPrefix(lower, "sk-"):
		e.Hint = "this type of SSH key cannot be used with age; ssh-ed25519 and ssh-rsa keys can"
	case strings.HasPrefix(lower, "age1"):
		e.Hint = "write it in lower case"
	default:
		e.Hint = "age recipients begin with age1, ssh-ed25519 or ssh-rsa"
	}
	return e
}

// shortAge cuts long recipients (a post-quantum one has 2000 characters) such
// that they can still be told apart.
func shortAge(id string) string {
	if looksSecret(id) {
		return "(a secret key)"
	}
	words := strings.Fields(id)
	if len(words) > 1 {
		key := words[1]
		if len(key) > 12 {
			key = "…" + key[len(key)-12:]
		}
		return strings.Join(append([]string{words[0], key}, words[2:]...), " ")
	}
	if len(id) > 80 {
		return id[:20] + "…" + id[len(id)-8:]
	}
	return id
}
