package keysource

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// KMS locks data keys with AWS KMS. On the wire a stanza has the fields arn,
// role and context (where there is one), created_at, enc (base64) and
// aws_profile. Credentials, endpoints and proxies are those of the AWS SDK,
// which reads its own variables and files.
type KMS struct{}

var (
	_ Source       = KMS{}
	_ Configurable = KMS{}
)

// Name is the stanzas' list in the sops block.
func (KMS) Name() string { return "kms" }

// Local is false.
func (KMS) Local() bool { return false }

// Config gives the names that sops uses, and our overrides.
func (KMS) Config() Config {
	return Config{
		Flag:     "kms",
		Usage:    "`ARNS` of AWS KMS keys or aliases, separated by commas; ARN+ROLE assumes a role first",
		Env:      []string{"ENCFG_KMS_ARN", "SOPS_KMS_ARN"},
		RuleKey:  "kms",
		GroupKey: "kms",
		Options: []Option{
			{Flag: "encryption-context", Usage: "the encryption context for AWS KMS: `KEY:VALUE` pairs, separated by commas"},
			{Flag: "aws-profile", Usage: "the AWS `PROFILE` to use", RuleKey: "aws_profile"},
		},
	}
}

// kmsKey is an AWS KMS recipient.
type kmsKey struct {
	arn     arn
	role    string
	profile string
	context []Field
}

// Parse reads ARNs; a role follows its key after a plus sign.
func (KMS) Parse(text string) ([]Recipient, error) {
	var out []Recipient
	for _, id := range splitList(text) {
		k, err := parseKMS(id)
		if err != nil {
			return nil, err
		}
		out = append(out, k.recipient())
	}
	return out, nil
}

func parseKMS(id string) (k kmsKey, err error) {
	key, role, _ := strings.Cut(id, "+arn:")
	if role != "" {
		k.role = "arn:" + role
		if err := checkRole(k.role); err != nil {
			return k, err
		}
	}
	k.arn, err = parseKeyARN(key)
	return k, err
}

// ParseFields reads arn, role, context and aws_profile.
func (KMS) ParseFields(fields []Field) (Recipient, error) {
	s := Stanza{Fields: fields}
	k, err := parseKMS(s.Get("arn"))
	if err != nil {
		return Recipient{}, err
	}
	if role := s.Get("role"); role != "" {
		if err := checkRole(role); err != nil {
			return Recipient{}, err
		}
		k.role = role
	}
	k.profile = s.Get("aws_profile")
	if k.context, err = contextOf(fields); err != nil {
		return Recipient{}, err
	}
	return k.recipient(), nil
}

// Configure applies --encryption-context and --aws-profile.
func (KMS) Configure(r Recipient, options map[string]string) (Recipient, error) {
	k, err := readKMS(r.Fields)
	if err != nil {
		return Recipient{}, err
	}
	if text := options["encryption-context"]; text != "" {
		if k.context, err = parseContext(text); err != nil {
			return Recipient{}, err
		}
	}
	if p := options["aws-profile"]; p != "" {
		k.profile = p
	}
	return k.recipient(), nil
}

func (k kmsKey) recipient() Recipient {
	return Recipient{Source: "kms", ID: k.id(), Fields: k.fields()}
}

// id is how sops shows the key: arn+role|context|profile.
func (k kmsKey) id() string {
	id := k.arn.String()
	if k.role != "" {
		id += "+" + k.role
	}
	var pairs []string
	for _, f := range k.context {
		pairs = append(pairs, f.Name+":"+f.Value.(string))
	}
	if len(pairs) > 0 || k.profile != "" {
		id += "|" + strings.Join(pairs, ",")
	}
	if k.profile != "" {
		id += "|" + k.profile
	}
	return id
}

func (k kmsKey) fields() []Field {
	fields := []Field{{"arn", k.arn.String()}}
	if k.role != "" {
		fields = append(fields, Field{"role", k.role})
	}
	if len(k.context) > 0 {
		fields = append(fields, Field{"context", slices.Clone(k.context)})
	}
	return append(fields, Field{"aws_profile", k.profile})
}

// readKMS reads the fields of a recipient or a stanza.
func readKMS(fields []Field) (kmsKey, error) {
	s := Stanza{Fields: fields}
	k := kmsKey{role: s.Get("role"), profile: s.Get("aws_profile")}
	var err error
	if k.arn, err = parseKeyARN(s.Get("arn")); err != nil {
		return k, err
	}
	k.context, err = contextOf(fields)
	return k, err
}

// Recipient tells for whom a stanza is.
func (KMS) Recipient(s Stanza) Recipient {
	k, err := readKMS(s.Fields)
	if err != nil {
		return Recipient{Source: "kms", ID: s.Get("arn"), Fields: s.Fields}
	}
	return k.recipient()
}

// Wrap locks the data key with kms:Encrypt.
func (KMS) Wrap(ctx context.Context, env *Env, r Recipient, dataKey []byte) (Stanza, error) {
	k, err := readKMS(r.Fields)
	if err != nil {
		return Stanza{}, err
	}
	client, err := kmsClient(env, k)
	if err != nil {
		return Stanza{}, kmsFailure(ctx, k, err)
	}
	out, err := client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: aws.String(k.arn.String()), Plaintext: dataKey, EncryptionContext: k.contextMap(),
	})
	if err != nil {
		return Stanza{}, kmsFailure(ctx, k, err)
	}
	fields := k.fields()
	profile := fields[len(fields)-1]
	fields = append(fields[:len(fields)-1], created(time.Now()),
		Field{"enc", base64.StdEncoding.EncodeToString(out.CiphertextBlob)}, profile)
	return Stanza{Source: "kms", Fields: fields}, nil
}

// Unwrap opens a stanza with kms:Decrypt.
func (KMS) Unwrap(ctx context.Context, env *Env, s Stanza) ([]byte, error) {
	k, err := readKMS(s.Fields)
	if err != nil {
		return nil, err
	}
	blob, err := base64.StdEncoding.DecodeString(s.Get("enc"))
	if err != nil || len(blob) == 0 {
		return nil, damaged(k.id(), "not base64")
	}
	client, err := kmsClient(env, k)
	if err != nil {
		return nil, kmsFailure(ctx, k, err)
	}
	out, err := client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: aws.String(k.arn.String()), CiphertextBlob: blob, EncryptionContext: k.contextMap(),
	})
	if err != nil {
		return nil, kmsFailure(ctx, k, err)
	}
	return out.Plaintext, nil
}

func (k kmsKey) contextMap() map[string]string {
	if len(k.context) == 0 {
		return nil
	}
	m := map[string]string{}
	for _, f := range k.context {
		m[f.Name] = f.Value.(string)
	}
	return m
}
