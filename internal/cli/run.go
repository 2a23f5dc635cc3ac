package cli

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/mask"
	"github.com/encfg/encfg/internal/runner"
)

func (a *app) runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a program with secrets in its environment or in files",
		ArgsUsage: "[FILE…] -- COMMAND [ARG…]",
		Description: "Decrypts the files into the environment of the program. Values of .env files are\n" +
			"read as python-dotenv does; the paths of other files are joined with _, so that\n" +
			"password below db becomes db_password. Later files win over earlier ones, and all\n" +
			"of them over the inherited environment. The program gets the terminal and all\n" +
			"signals, and its exit code is that of encfg.\n\n" +
			"--file hands a decrypted file over that is only in memory and only there while\n" +
			"the program runs: {} in the arguments stands for its path, or the variable NAME.\n\n" +
			"Where the output is no terminal, secrets in it are replaced by [MASKED:path]:\n" +
			"values of at least 6 characters that are no common word, their lines, and their\n" +
			"base64, hexadecimal, URL, JSON and shell forms.\n\n" +
			"With one FILE the -- may be left out.",
		Flags:        slices.Concat(variableFlags(), runFlags(), fileFlags(), inputTypeFlags()),
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			files, command, err := splitCommand(c)
			if err != nil {
				return err
			}
			if c.Bool("shell") {
				command = shellCommand(strings.Join(command, " "))
			}
			return a.runProgram(c, files, command, handed{specs: c.StringSlice("file"), mode: c.String("file-mode"),
				format: c.String("file-format"), replace: c.Bool("replace")})
		},
	}
}

func runFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "keep-env", Usage: "the inherited environment wins over the files"},
		&cli.BoolFlag{Name: "pristine", Usage: "inherit no environment"},
		&cli.BoolFlag{Name: "check", Usage: "run nothing unless each file has what its template demands (see encfg check)"},
		&cli.BoolFlag{Name: "shell", Usage: "give the command to a shell, as one text"},
		&cli.BoolFlag{Name: "replace", Usage: "become the program instead of waiting for it; nothing is masked"},
		&cli.BoolFlag{Name: "mask", Usage: "mask secrets on a terminal, too; the program then sees none"},
		&cli.BoolFlag{Name: "no-mask", Usage: "mask no secrets in the output"},
		&cli.IntFlag{Name: "mask-min", Value: mask.DefaultMin, Usage: "mask values of at least this `NUMBER` of characters"},
	}
}

// splitCommand tells files and command apart: by the first "--", or the first
// operand is the file.
func splitCommand(c *cli.Context) (files, command []string, err error) {
	args := c.Args().Slice()
	i := slices.Index(args, "--")
	switch {
	case i >= 0:
		files, command = args[:i], args[i+1:]
	case len(args) > 0:
		files, command = args[:1], args[1:]
	}
	usage := "encfg run FILE -- COMMAND, such as encfg run secrets.env -- python app.py"
	switch {
	case len(command) == 0 && i < 0 && len(args) > 0:
		return nil, nil, fail(exitGeneric, usage, "there is no command to run: put -- between the files and the command")
	case len(command) == 0:
		return nil, nil, fail(exitGeneric, usage, "there is no command to run")
	case len(files) == 0 && len(c.StringSlice("file")) == 0:
		return nil, nil, fail(exitNoFile, usage, "no file is named")
	}
	return files, command, nil
}

func checkRun(c *cli.Context) error {
	for _, pair := range [][2]string{{"mask", "no-mask"}, {"mask", "replace"}, {"keep-env", "pristine"}} {
		if c.Bool(pair[0]) && c.Bool(pair[1]) {
			return fail(exitConflict, "use one of them", "--%s and --%s contradict each other", pair[0], pair[1])
		}
	}
	if c.IsSet("mask-min") && c.Int("mask-min") < 1 {
		return fail(exitGeneric, "--no-mask masks nothing", "--mask-min must be at least 1")
	}
	return nil
}

// runProgram is the common part of run, exec-env and exec-file.
func (a *app) runProgram(c *cli.Context, files, command []string, h handed) error {
	if err := checkRun(c); err != nil {
		return err
	}
	path, err := runner.Find(command[0])
	if err != nil {
		return runFailure(err)
	}
	s, restore := a.secrets(c)
	defer s.Close()
	inherited := os.Environ()
	if c.Bool("pristine") {
		inherited = nil
	}
	vars, err := s.vars(c.Context, files, lookup(inherited))
	if err != nil {
		return err
	}
	keeper, args, named, err := a.handOver(s, h, command)
	if err != nil {
		return err
	}
	defer keeper.Close()
	if err := s.checkContracts(); err != nil {
		return err
	}
	for _, v := range named {
		if slices.ContainsFunc(vars, func(o environ.Var) bool { return o.Name == v.Name }) {
			return fail(exitConflict, "give the --file another name", "the variable %s is a value and a file", v.Name)
		}
	}
	vars = slices.Concat(vars, named)
	if err := environ.Check(vars); err != nil {
		return err
	}
	cmd := &runner.Command{Path: path, Args: args, Env: environ.Merge(inherited, vars, c.Bool("keep-env")),
		In: file(a.in, os.Stdin), Out: file(a.out, os.Stdout), Err: file(a.err, os.Stderr)}
	restore()
	if h.replace {
		if err := keeper.Release(); err != nil {
			return err
		}
		return runFailure(cmd.Replace())
	}
	cmd.MaskOut = c.Bool("mask") || !c.Bool("no-mask") && !terminal(cmd.Out)
	cmd.MaskErr = c.Bool("mask") || !c.Bool("no-mask") && !terminal(cmd.Err)
	if cmd.MaskOut || cmd.MaskErr {
		for _, name := range []string{"ENCFG_AGE_KEY", "SOPS_AGE_KEY"} { // inherited, maybe
			s.masks = append(s.masks, mask.Secret{Path: name, Value: a.getenv(name)})
		}
		cmd.Mask = mask.New(s.masks, c.Int("mask-min"))
	}
	code, err := cmd.Run(c.Context)
	if err != nil {
		return runFailure(err)
	}
	if err := keeper.Close(); err != nil {
		a.warnf("the files that were handed over are not all removed: %v", err)
	}
	if code != 0 {
		return &doneError{code}
	}
	return nil
}

// runFailure gives the exit codes that a shell gives.
func runFailure(err error) error {
	var e *runner.Error
	if !errors.As(err, &e) {
		return err
	}
	return &failure{code: e.Code, msg: e.Msg, hint: e.Hint(), err: err}
}

// lookup reads variables of an environment.
func lookup(env []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, e := range slices.Backward(env) {
			if n, v, _ := strings.Cut(e, "="); n == name {
				return v, true
			}
		}
		return "", false
	}
}

// file is the stream itself; the program writes to it without us.
func file(stream any, usual *os.File) *os.File {
	if f, ok := stream.(*os.File); ok {
		return f
	}
	return usual
}
