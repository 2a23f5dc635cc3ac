package keysource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

// kmsReasons puts the codes of AWS into words.
var kmsReasons = map[string]advice{
	"AccessDeniedException":       {"access denied", "ask for kms:Decrypt and kms:Encrypt on this key, or use another AWS_PROFILE (aws sts get-caller-identity shows who you are)"},
	"NotFoundException":           {"there is no such key or alias", "check the region, the account and the name"},
	"DisabledException":           {"the key is disabled", "enable it: aws kms enable-key"},
	"KMSInvalidStateException":    {"the key cannot be used now: it is disabled, being deleted or not ready", "cancel its deletion: aws kms cancel-key-deletion"},
	"KeyUnavailableException":     {"the key is not available now", "try again later"},
	"InvalidKeyUsageException":    {"the key is not one for encryption", "use a symmetric key with the usage ENCRYPT_DECRYPT"},
	"InvalidCiphertextException":  {"the wrapped key does not open: it is damaged, or the encryption context is another one", "restore the file's sops block from an earlier version"},
	"IncorrectKeyException":       {"the data key is wrapped by another key", "restore the file's sops block from an earlier version"},
	"InvalidArnException":         {"AWS does not take this ARN", "check the region and the account"},
	"ValidationException":         {"AWS does not take this request", "check the ARN"},
	"ExpiredTokenException":       {"the AWS credentials have expired", "run aws sso login, or get new credentials"},
	"ExpiredToken":                {"the AWS credentials have expired", "run aws sso login, or get new credentials"},
	"UnrecognizedClientException": {"AWS does not know these credentials", "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"},
	"InvalidClientTokenId":        {"AWS does not know these credentials", "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"},
	"InvalidSignatureException":   {"AWS does not accept the signature", "check AWS_SECRET_ACCESS_KEY and the clock of this machine"},
	"SignatureDoesNotMatch":       {"AWS does not accept the signature", "check AWS_SECRET_ACCESS_KEY and the clock of this machine"},
	"ThrottlingException":         {"AWS is throttling the requests", "try again later"},
	"Throttling":                  {"AWS is throttling the requests", "try again later"},
	"KMSInternalException":        {"AWS KMS has an internal error", "try again later"},
	"DependencyTimeoutException":  {"AWS KMS did not answer in time", "try again later"},
}

// kmsFailure says what went wrong without the SDK's long words, which hold
// request ids and endpoints.
func kmsFailure(ctx context.Context, k kmsKey, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Recipient: k.id(), Err: err}
	var api smithy.APIError
	var op *smithy.OperationError
	var profile config.SharedConfigProfileNotExistError
	sts := errors.As(err, &op) && strings.Contains(err.Error(), "operation error STS")
	switch {
	case errors.As(err, &profile):
		e.Reason = "there is no AWS profile " + profile.Profile
		e.Hint = "aws configure list-profiles lists the profiles; --aws-profile and AWS_PROFILE choose one"
	case errors.As(err, &api):
		known, ok := kmsReasons[api.ErrorCode()]
		switch {
		case sts && (api.ErrorCode() == "AccessDenied" || api.ErrorCode() == "AccessDeniedException"):
			e.Reason, e.Hint = k.notAssumed()
		case ok:
			e.Reason, e.Hint = known.reason, known.hint
		default:
			e.Reason = "AWS answered " + api.ErrorCode()
		}
	case noAWSCredentials(err):
		e.Reason = "no AWS credentials"
		e.Hint = "set AWS_PROFILE or run aws sso login"
	case sts && httpStatus(err) == 403:
		e.Reason, e.Hint = k.notAssumed()
	case httpStatus(err) == 401, httpStatus(err) == 403:
		e.Reason, e.Hint = kmsReasons["AccessDeniedException"].reason, kmsReasons["AccessDeniedException"].hint
	case httpStatus(err) >= 300:
		e.Reason = fmt.Sprintf("AWS answered with status %d", httpStatus(err))
	default:
		e.Reason, e.Hint = networkReason(err)
	}
	return e
}

func httpStatus(err error) int {
	var r interface{ HTTPStatusCode() int }
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

func (k kmsKey) notAssumed() (reason, hint string) {
	role := k.role
	if role == "" {
		role = "of the AWS profile"
	}
	return "the role " + role + " may not be assumed", "its trust policy must name you; aws sts get-caller-identity shows who you are"
}

// noAWSCredentials recognises the end of the SDK's default chain, which has no
// error type of its own. The last thing it asks is the metadata service, whose
// silence is no network problem.
func noAWSCredentials(err error) bool {
	text := err.Error()
	if strings.Contains(text, "EC2 IMDS") {
		return true
	}
	if _, known := networkCause(err); known || httpStatus(err) > 0 {
		return false
	}
	for _, words := range []string{"get credentials", "refresh cached credentials", "retrieve credentials", "SSO session", "InvalidGrantException"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}
