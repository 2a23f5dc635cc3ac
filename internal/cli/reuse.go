package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/crypt"
	"github.com/encfg/encfg/formats"
)

// reuseFlags say which older version lends its ciphertexts.
func reuseFlags() []cli.Flag { return nil }

// sealOrReuse encrypts a file.
func (a *app) sealOrReuse(ctx context.Context, c *cli.Context, t target, f formats.Format, src []byte, o crypt.Options) (*crypt.Sealed, string, error) {
	s, err := crypt.Encrypt(ctx, a.env(c), f, src, o)
	return s, "", err
}
