package cli

import (
	"os"
	"runtime"

	"github.com/urfave/cli/v2"
)

// shellCommand gives a text to the system's shell.
func shellCommand(text string) []string {
	if runtime.GOOS == "windows" {
		shell := os.Getenv("ComSpec")
		if shell == "" {
			shell = "cmd.exe"
		}
		return []string{shell, "/C", text}
	}
	return []string{"/bin/sh", "-c", text}
}

// execEnvCommand is sops exec-env: a command as one text for a shell.
func (a *app) execEnvCommand() *cli.Command {
	return &cli.Command{
		Name:      "exec-env",
		Usage:     "run a shell command with secrets in its environment (as sops does)",
		ArgsUsage: "FILE COMMAND",
		Hidden:    true,
		Flags: append(inputTypeFlags(),
			&cli.BoolFlag{Name: "pristine", Usage: "inherit no environment"},
			&cli.BoolFlag{Name: "same-process", Usage: "become the command instead of waiting for it"},
			ignoreMACFlag()),
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return fail(exitGeneric, "encfg run FILE -- COMMAND takes a command without a shell", "a file and one command text are needed")
			}
			return a.runProgram(c, []string{c.Args().First()}, shellCommand(c.Args().Get(1)), handed{replace: c.Bool("same-process")})
		},
	}
}

// execFileCommand is sops exec-file: {} in the command stands for the path.
func (a *app) execFileCommand() *cli.Command {
	return &cli.Command{
		Name:      "exec-file",
		Usage:     "run a shell command with a decrypted file (as sops does)",
		ArgsUsage: "FILE COMMAND",
		Hidden:    true,
		Flags: append(inputTypeFlags(),
			&cli.BoolFlag{Name: "no-fifo", Usage: "hand over a regular file"},
			&cli.StringFlag{Name: "filename", Usage: "the file's `NAME`"},
			&cli.StringFlag{Name: "output-type", Usage: "convert the file to `FORMAT`"},
			&cli.BoolFlag{Name: "allow-disk", Usage: "where no folder in memory is found, use one on a disk"},
			ignoreMACFlag()),
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return fail(exitGeneric, "encfg run --file FILE -- COMMAND {} takes a command without a shell", "a file and one command text are needed")
			}
			mode := ""
			if c.Bool("no-fifo") {
				mode = "tmpfs"
			}
			return a.runProgram(c, nil, shellCommand(c.Args().Get(1)), handed{specs: []string{c.Args().First()}, mode: mode, format: c.String("output-type")})
		},
	}
}
