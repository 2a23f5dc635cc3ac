// Package cli is the command line: one file per command, and the only place
// that prints, prompts, reads the environment or exits. The rules of the user
// interface are at the top of ui.go. Start with Main.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/config"
	"github.com/encfg/encfg/internal/secure"
	"github.com/encfg/encfg/keysource"
)

// app is one call of encfg.
type app struct {
	ui
	cache   keysource.Cache
	configs config.Finder
	// unharden gives back what secure.Harden took and a child would inherit.
	unharden func() error
	// ctx ends when the user interrupts, if catch has been called.
	ctx   context.Context
	catch func() // nil where nobody sends signals
}

// catchSignals is called before there is something that a signal must not leave
// as it is: a file that is being written, a terminal that does not echo.
func (a *app) catchSignals() {
	if a.catch != nil {
		a.catch()
	}
}

// catchDelay is after what time signals are caught in a command that only reads:
// most are done by then, and catching takes two threads.
const catchDelay = 20 * time.Millisecond

// Main runs the command line and returns the exit code.
func Main() int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a := &app{ui: ui{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}}
	a.catch = sync.OnceFunc(func() {
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
		go func() {
			<-caught
			cancel()
		}()
	})
	var err error
	if a.unharden, err = secure.Harden(); err != nil {
		a.warnf("%v", err)
		a.unharden = func() error { return nil }
	}
	return a.run(ctx, os.Args)
}

func (a *app) run(ctx context.Context, args []string) int {
	a.ctx = ctx
	root := a.root(args)
	if len(root.Commands) == 1 && onlyReads(root.Commands[0].Name) {
		defer time.AfterFunc(catchDelay, a.catchSignals).Stop()
	} else {
		a.catchSignals()
	}
	_, err := guard(func() (any, error) { return nil, root.RunContext(ctx, permute(root, args)) })
	if err == nil {
		return exitOK
	}
	var done *doneError
	if errors.As(err, &done) {
		return done.code
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = fail(exitInterrupted, "", "interrupted")
	}
	a.report(err)
	return asFailure(err).code
}

// onlyReads names the commands that catch signals themselves when they write.
func onlyReads(command string) bool { return command == "decrypt" || command == "get" }

// doneError ends the program with a code when all has been said.
type doneError struct{ code int }

func (d *doneError) Error() string { return fmt.Sprintf("exit code %d", d.code) }

// version is set by the linker; otherwise the module's version is shown.
var version string

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "development"
}

// commandTable lists the commands, each with its names, in the order of the
// help. A new command is one file and one line here.
var commandTable = []struct {
	names string
	make  func(*app) *cli.Command
}{
	{"init", (*app).initCommand},
	{"keygen", (*app).keygenCommand},
	{"key", (*app).keyCommand},
	{"encrypt enc", (*app).encryptCommand},
	{"decrypt dec", (*app).decryptCommand},
	{"edit", (*app).editCommand},
	{"get", (*app).getCommand},
	{"set", (*app).setCommand},
	{"unset", (*app).unsetCommand},
	{"status filestatus", (*app).statusCommand},
	{"verify", (*app).verifyCommand},
	{"example", (*app).exampleCommand},
	{"check", (*app).checkCommand},
	{"rotation", (*app).rotationCommand},
	{"rotate", (*app).rotateCommand},
	{"access", (*app).accessCommand},
	{"updatekeys", (*app).updateKeysCommand},
	{"run", (*app).runCommand},
	{"exec-env", (*app).execEnvCommand},
	{"exec-file", (*app).execFileCommand},
	{"export", (*app).exportCommand},
	{"render", (*app).renderCommand},
	{watchName, (*app).watchCommand},
}

// commands makes the commands: only the one that is named, if it is one, since
// the flags of all take a while.
func (a *app) commands(name string) []*cli.Command {
	var all []*cli.Command
	for _, c := range commandTable {
		if slices.Contains(strings.Fields(c.names), name) {
			return []*cli.Command{c.make(a)}
		}
	}
	for _, c := range commandTable {
		all = append(all, c.make(a))
	}
	return all
}

// root makes the command line for the given arguments.
func (a *app) root(args []string) *cli.App {
	first := ""
	if len(args) > 1 {
		first = args[1]
	}
	return &cli.App{
		Name:                   "encfg",
		Usage:                  "keep secrets in configuration files",
		Version:                versionText(),
		Reader:                 a.in,
		Writer:                 a.out,
		ErrWriter:              a.err,
		HideHelpCommand:        true,
		UseShortOptionHandling: false,
		Commands:               a.commands(first),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "say only what went wrong", Destination: &a.quiet},
			&cli.BoolFlag{Name: "json", Usage: "print results as JSON", Destination: &a.json},
			&cli.StringFlag{Name: "config", Usage: "use this configuration `FILE` instead of looking for one"},
		}, keyFlags()...),
		Description: "Encrypts only the values of YAML, JSON and .env files, so that the files can be\n" +
			"committed and reviewed. Every file is a SOPS file, and decrypting gives the\n" +
			"original back byte for byte. Begin with: encfg init",
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return unknownCommand(a.commands(""), c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
		ExitErrHandler: func(*cli.Context, error) {}, // run does it
		OnUsageError:   usageError,
	}
}

func usageError(c *cli.Context, err error, _ bool) error {
	hint := "encfg --help lists the commands"
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "encfg" {
		hint = "encfg " + c.Command.Name + " --help lists the flags"
	}
	return fail(exitGeneric, hint, "%s", err.Error())
}
