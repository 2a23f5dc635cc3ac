package keysource

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/encfg/encfg/internal/standin"
)

const (
	testARN  = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	testRole = "arn:aws:iam::111122223333:role/deploy"
)

func kmsFixture(t *testing.T) fixture {
	d := standin.NewAWS(t)
	d.Fail["AKIASTRANGER"] = "AccessDeniedException"
	return fixture{
		recipient: parseOne(t, KMS{}, testARN),
		owner:     testEnv(t, nil), stranger: testEnv(t, nil),
		become:     func(t *testing.T) { t.Setenv("AWS_ACCESS_KEY_ID", "AKIASTRANGER") },
		ciphertext: "enc",
	}
}

func parseOne(t *testing.T, src Source, text string) Recipient {
	t.Helper()
	all := must[[]Recipient](t)(src.Parse(text))
	if len(all) != 1 {
		t.Fatalf("Parse(%q) = %v", text, all)
	}
	return all[0]
}

func TestKMSParse(t *testing.T) {
	alias := "arn:aws-cn:kms:cn-north-1:111122223333:alias/app/prod"
	for text, want := range map[string][]string{
		testARN:                      {testARN},
		testARN + "+" + testRole:     {testARN + "+" + testRole},
		" " + testARN + ", " + alias: {testARN, alias},
		"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234": {"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234"},
	} {
		var ids []string
		for _, r := range must[[]Recipient](t)(KMS{}.Parse(text)) {
			ids = append(ids, r.ID)
		}
		if !reflect.DeepEqual(ids, want) {
			t.Errorf("Parse(%q) = %q", text, ids)
		}
	}
	for text, want := range map[string]string{
		"1234abcd":                                                  `does not begin with "arn:"`,
		"arn:aws:kms:eu-west-1:111122223333":                        "5 parts",
		"arn:amazon:kms:eu-west-1:111122223333:key/x":               `partition "amazon"`,
		"arn:aws:s3:eu-west-1:111122223333:key/x":                   `service is "s3"`,
		"arn:aws:kms::111122223333:key/x":                           `"" is not a region`,
		"arn:aws:kms:Ireland:111122223333:key/x":                    `"Ireland" is not a region`,
		"arn:aws:kms:eu-west-1:1111:key/x":                          `account "1111"`,
		"arn:aws:kms:eu-west-1:111122223333:x":                      "neither key/",
		"arn:aws:kms:eu-west-1:111122223333:key/":                   "name of the key",
		testARN + "+arn:aws:iam::111122223333":                      "malformed AWS role",
		testARN + "+deploy":                                         "name of the key",
		"AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ": "a secret key",
	} {
		if _, err := (KMS{}).Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want %q", text, err, want)
		}
	}
}

func TestKMSFields(t *testing.T) {
	entry := []Field{{"arn", testARN}, {"role", testRole}, {"context", []Field{{"b", "2"}, {"a", "1"}}}, {"aws_profile", "prod"}}
	r := must[Recipient](t)(KMS{}.ParseFields(entry))
	if want := testARN + "+" + testRole + "|a:1,b:2|prod"; r.ID != want {
		t.Errorf("ID = %q", r.ID)
	}
	if again := (KMS{}).Recipient(Stanza{Source: "kms", Fields: r.Fields}); !reflect.DeepEqual(again, r) {
		t.Errorf("read back as %v", again)
	}
	set := must[Recipient](t)(KMS{}.Configure(parseOne(t, KMS{}, testARN), map[string]string{"encryption-context": "b:2, a:1", "aws-profile": "prod"}))
	if want := testARN + "|a:1,b:2|prod"; set.ID != want {
		t.Errorf("ID = %q", set.ID)
	}
	for _, bad := range []string{"x", "a:1,a:2", ":1", "a:b:c"} {
		if _, err := (KMS{}).Configure(r, map[string]string{"encryption-context": bad}); err == nil {
			t.Errorf("the context %q is taken", bad)
		}
	}
	for _, bad := range [][]Field{{{"arn", testARN}, {"context", []Field{{"a", []Field{}}}}}, {{"arn", testARN}, {"context", "a"}}, {{"arn", testARN}, {"role", "deploy"}}} {
		if _, err := (KMS{}).ParseFields(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

// TestKMSWire pins the fields as sops writes them.
func TestKMSWire(t *testing.T) {
	standin.NewAWS(t)
	r := must[Recipient](t)(KMS{}.ParseFields([]Field{{"arn", testARN}, {"context", []Field{{"app", "x"}}}}))
	s := must[Stanza](t)(KMS{}.Wrap(t.Context(), testEnv(t, nil), r, dataKey))
	var names []string
	for _, f := range s.Fields {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "arn context created_at enc aws_profile" {
		t.Errorf("fields: %s", got)
	}
	s.Fields[1].Value = []Field{{"app", "y"}}
	if _, err := (KMS{}).Unwrap(t.Context(), testEnv(t, nil), s); err == nil || !strings.Contains(err.Error(), "encryption context") {
		t.Errorf("with another context: %v", err)
	}
}

func TestKMSErrors(t *testing.T) {
	r := parseOne(t, KMS{}, testARN)
	id := testARN[strings.LastIndexByte(testARN, '/')+1:]
	for name, tt := range map[string]struct {
		set  func(*testing.T, *standin.AWS)
		want string
	}{
		"denied":         {func(_ *testing.T, d *standin.AWS) { d.Fail[id] = "AccessDeniedException" }, "access denied"},
		"disabled":       {func(_ *testing.T, d *standin.AWS) { d.Fail[id] = "DisabledException" }, "disabled"},
		"deleted":        {func(_ *testing.T, d *standin.AWS) { d.Fail[id] = "KMSInvalidStateException" }, "being deleted"},
		"missing":        {func(_ *testing.T, d *standin.AWS) { d.Fail[id] = "NotFoundException" }, "no such key"},
		"expired":        {func(_ *testing.T, d *standin.AWS) { d.Fail[id] = "ExpiredTokenException" }, "expired"},
		"unknown code":   {func(_ *testing.T, d *standin.AWS) { d.Fail[id] = "NewException" }, "AWS answered NewException"},
		"no credentials": {func(t *testing.T, _ *standin.AWS) { os.Unsetenv("AWS_ACCESS_KEY_ID") }, "no AWS credentials"},
		"no profile":     {func(t *testing.T, _ *standin.AWS) { t.Setenv("AWS_PROFILE", "nobody") }, "no AWS profile nobody"},
		"refused":        {func(t *testing.T, _ *standin.AWS) { t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1") }, "connection was refused"},
		"unknown host":   {func(t *testing.T, _ *standin.AWS) { t.Setenv("AWS_ENDPOINT_URL", "http://kms.invalid") }, "cannot be found"},
		"not TLS": {func(t *testing.T, _ *standin.AWS) {
			t.Setenv("AWS_ENDPOINT_URL", strings.Replace(os.Getenv("AWS_ENDPOINT_URL"), "http:", "https:", 1))
		}, "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			d := standin.NewAWS(t)
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			tt.set(t, d)
			_, err := KMS{}.Wrap(t.Context(), testEnv(t, nil), r, dataKey)
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Reason, tt.want) || (e.Hint == "") != (name == "unknown code") {
				t.Fatalf("error = %v", err)
			}
			if strings.Contains(err.Error(), "request-id") || len(e.Reason) > 100 {
				t.Errorf("the SDK's words: %v", err)
			}
		})
	}
}

func TestKMSThrottled(t *testing.T) {
	d := standin.NewAWS(t)
	d.Throttle = 2
	checkRoundTrip(t, KMS{}, fixture{recipient: parseOne(t, KMS{}, testARN), owner: testEnv(t, nil), ciphertext: "enc"})
	if d.Calls < 5 {
		t.Errorf("%d calls", d.Calls)
	}
}

// TestKMSMultiRegion opens with the replica in another region what was sealed
// in the first.
func TestKMSMultiRegion(t *testing.T) {
	standin.NewAWS(t)
	env := testEnv(t, nil)
	mrk := parseOne(t, KMS{}, "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234")
	s := must[Stanza](t)(KMS{}.Wrap(t.Context(), env, mrk, dataKey))
	s.Fields[0].Value = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234"
	if got := must[[]byte](t)(KMS{}.Unwrap(t.Context(), env, s)); !bytes.Equal(got, dataKey) {
		t.Error("another key came back")
	}
	one := parseOne(t, KMS{}, testARN)
	s = must[Stanza](t)(KMS{}.Wrap(t.Context(), env, one, dataKey))
	s.Fields[0].Value = strings.Replace(testARN, "eu-west-1", "us-east-1", 1)
	if _, err := (KMS{}).Unwrap(t.Context(), env, s); err == nil {
		t.Error("a single-Region key opened elsewhere")
	}
}
