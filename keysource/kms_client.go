package keysource

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
)

// kmsClient makes the client for a key's region, profile and role, once per
// command.
func kmsClient(env *Env, k kmsKey) (*kms.Client, error) {
	v, err := env.Cache.Do(strings.Join([]string{"kms", k.arn.region, k.profile, k.role}, "\x00"), func() (any, error) {
		cfg, err := awsConfig(env, k.arn.region, k.profile)
		if err != nil {
			return nil, err
		}
		if k.role != "" {
			role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), k.role, func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = sessionName()
			})
			cfg.Credentials = aws.NewCredentialsCache(role)
		}
		return kms.NewFromConfig(cfg), nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*kms.Client), nil
}

// awsConfig loads the SDK's default chain. The context of a call must not end
// what later calls share.
func awsConfig(env *Env, region, profile string) (aws.Config, error) {
	v, err := env.Cache.Do("aws\x00"+region+"\x00"+profile, func() (any, error) {
		return config.LoadDefaultConfig(context.Background(), config.WithRegion(region), func(o *config.LoadOptions) error {
			o.SharedConfigProfile = profile
			o.Logger = logging.Nop{} // it would write to stderr
			return nil
		})
	})
	if err != nil {
		return aws.Config{}, err
	}
	return v.(aws.Config).Copy(), nil
}

// sessionName is by whom a role is assumed, as shown in AWS's logs: at most 64
// of the characters that STS takes.
func sessionName() string {
	host, _ := os.Hostname()
	name := "encfg@" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("=,.@-_", r):
			return r
		}
		return -1
	}, host)
	return name[:min(len(name), 64)]
}
