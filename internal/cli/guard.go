package cli

import (
	"github.com/urfave/cli/v2"
)

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "answer yes to questions"}
}

func (a *app) guardPlaintext(c *cli.Context, dir string, files []string) error { return nil }
func (a *app) fill(c *cli.Context) error { return nil }
