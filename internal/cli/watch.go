package cli

import (
	"os"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/handover"
)

// watchName is the hidden command that removes plaintext when encfg is killed.
const watchName = "watch-folder"

func (a *app) watchCommand() *cli.Command {
	return &cli.Command{
		Name:   watchName,
		Hidden: true,
		Usage:  "for encfg itself: removes the folder of a process that is gone",
		Action: func(*cli.Context) error { return handover.Watch(os.Stdin, os.Stdout) },
	}
}

// watcher is the command line of that command.
func watcher() ([]string, error) {
	self, err := os.Executable()
	return []string{self, watchName}, err
}
