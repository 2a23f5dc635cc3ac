package keysource

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// arn is the name of an AWS KMS key or alias:
// arn:PARTITION:kms:REGION:ACCOUNT:key/ID.
type arn struct {
	partition, region, account, resource string
}

func (a arn) String() string {
	return strings.Join([]string{"arn", a.partition, "kms", a.region, a.account, a.resource}, ":")
}

// parseKeyARN reads the ARN of a key; the error says which part is wrong.
func parseKeyARN(text string) (arn, error) {
	parts := strings.SplitN(text, ":", 6)
	wrong := func(part string) (arn, error) {
		return arn{}, &Error{Recipient: showARN(text), Reason: "malformed AWS KMS ARN: " + part,
			Hint: "it looks like arn:aws:kms:eu-west-1:111122223333:key/ID or …:alias/NAME"}
	}
	switch {
	case looksSecret(text):
		return arn{}, errSecretRecipient
	case text == "":
		return wrong("it is empty")
	case parts[0] != "arn":
		return wrong(`it does not begin with "arn:"`)
	case len(parts) < 6:
		return wrong(fmt.Sprintf("it has %d parts separated by colons instead of 6", len(parts)))
	case parts[1] != "aws" && !strings.HasPrefix(parts[1], "aws-"):
		return wrong(fmt.Sprintf("there is no partition %q", parts[1]))
	case parts[2] != "kms":
		return wrong(fmt.Sprintf("the service is %q instead of kms", parts[2]))
	case !isRegion(parts[3]):
		return wrong(fmt.Sprintf("%q is not a region", parts[3]))
	case len(parts[4]) != 12 || !only(parts[4], "0123456789"):
		return wrong(fmt.Sprintf("the account %q is not a number of 12 digits", parts[4]))
	}
	kind, name, _ := strings.Cut(parts[5], "/")
	if kind != "key" && kind != "alias" {
		return wrong(fmt.Sprintf("%q is neither key/… nor alias/…", parts[5]))
	}
	if name == "" || strings.ContainsAny(name, "+|:") {
		return wrong("the name of the key is missing or malformed")
	}
	return arn{parts[1], parts[3], parts[4], parts[5]}, nil
}

func isRegion(text string) bool {
	return strings.Count(text, "-") >= 2 && only(text, "abcdefghijklmnopqrstuvwxyz0123456789-") &&
		!strings.HasPrefix(text, "-") && !strings.HasSuffix(text, "-")
}

func checkRole(text string) error {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && (parts[2] == "iam" || parts[2] == "sts") && parts[5] != "" {
		return nil
	}
	return &Error{Recipient: showARN(text), Reason: "malformed AWS role",
		Hint: "it looks like arn:aws:iam::111122223333:role/NAME"}
}

// showARN shows what begins like an ARN whole, and else little.
func showARN(text string) string {
	if strings.HasPrefix(text, "arn:") {
		return text
	}
	return shortUnknown(text)
}

// parseContext reads the pairs of --encryption-context.
func parseContext(text string) ([]Field, error) {
	var out []Field
	for _, pair := range strings.Split(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), ":")
		if !ok || name == "" {
			return nil, &Error{Reason: fmt.Sprintf("malformed encryption context: %q is not key:value", pair)}
		}
		if strings.Contains(value, ":") {
			return nil, &Error{Reason: fmt.Sprintf("malformed encryption context: the value of %q has a colon, which sops cannot read", name)}
		}
		out = append(out, Field{name, value})
	}
	return sortContext(out)
}

// contextOf reads the field context, a map of texts.
func contextOf(fields []Field) ([]Field, error) {
	for _, f := range fields {
		if f.Name != "context" || f.Value == nil || f.Value == "" {
			continue
		}
		sub, ok := f.Value.([]Field)
		if !ok {
			return nil, &Error{Reason: "the encryption context is not a map"}
		}
		for _, s := range sub {
			if _, ok := s.Value.(string); !ok {
				return nil, &Error{Reason: fmt.Sprintf("the encryption context's %q is not a text", s.Name)}
			}
		}
		return sortContext(slices.Clone(sub))
	}
	return nil, nil
}

func sortContext(fields []Field) ([]Field, error) {
	slices.SortFunc(fields, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	for i := 1; i < len(fields); i++ {
		if fields[i].Name == fields[i-1].Name {
			return nil, &Error{Reason: fmt.Sprintf("the encryption context has %q twice", fields[i].Name)}
		}
	}
	return fields, nil
}
