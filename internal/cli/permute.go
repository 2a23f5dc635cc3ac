package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/suggest"
)

// permute moves flags before the operands of a command, since the flag parser
// stops at the first operand and people write "encfg encrypt FILE -o OUT". A
// flag of the root may stand anywhere. What follows "--" is left alone, and so
// is everything after the first operand of a command that runs another one
// (see passesArgs).
func permute(root *cli.App, args []string) []string {
	if len(args) == 0 {
		return args
	}
	var globals, path []string
	rest := args[1:]
	commands := root.Commands
	var global, local map[string]bool // made when they are needed
	var command *cli.Command
	var flags, operands, tail []string
	for len(rest) > 0 {
		arg := rest[0]
		rest = rest[1:]
		if arg == "--" {
			tail = append([]string{"--"}, rest...)
			break
		}
		if isFlag(arg) {
			if global == nil {
				global = flagTable(root.Flags)
			}
			if local == nil && command != nil {
				local = flagTable(command.Flags)
			}
			name, _, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			takes, isLocal := local[name]
			if !isLocal {
				var isGlobal bool
				if takes, isGlobal = global[name]; isGlobal {
					globals, rest = move(globals, arg, takes && !joined, rest)
					continue
				}
			}
			flags, rest = move(flags, arg, takes && !joined, rest)
			continue
		}
		if len(operands) == 0 {
			if sub := find(commands, arg); sub != nil {
				path = append(append(path, flags...), sub.Name)
				flags, command, commands, local = nil, sub, sub.Subcommands, nil
				continue
			}
		}
		operands = append(operands, arg)
		if command != nil && passesArgs(command) && len(tail) == 0 && !slices.Contains(rest, "--") {
			operands = append(operands, rest...)
			break
		}
	}
	out := append([]string{args[0]}, globals...)
	out = append(append(out, path...), flags...)
	passes := command != nil && passesArgs(command)
	if command != nil && (len(operands) > 0 || len(tail) > 0) {
		out = append(out, "--")
	}
	out = append(out, operands...)
	if len(tail) > 0 && !passes && command != nil {
		tail = tail[1:]
	}
	return append(out, tail...)
}

// passesArgs names the commands whose operands are a command line of the
// user's, flags included.
func passesArgs(c *cli.Command) bool {
	return c.Name == "run" || c.Name == "exec-env" || c.Name == "exec-file"
}

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

func move(to []string, arg string, takes bool, rest []string) ([]string, []string) {
	to = append(to, arg)
	if takes && len(rest) > 0 {
		to = append(to, rest[0])
		rest = rest[1:]
	}
	return to, rest
}

// flagTable says for each name of the flags whether it takes a value.
func flagTable(flags []cli.Flag) map[string]bool {
	t := map[string]bool{"help": false, "h": false, "version": false, "v": false}
	for _, f := range flags {
		_, isBool := f.(*cli.BoolFlag)
		for _, n := range f.Names() {
			t[n] = !isBool
		}
	}
	return t
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func unknownCommand(commands []*cli.Command, name string) error {
	var names []string
	for _, c := range commands {
		if !c.Hidden {
			names = append(names, c.Names()...)
		}
	}
	hint := "encfg --help lists the commands"
	if near := suggest.Nearest(name, names); near != "" {
		hint = "did you mean: encfg " + near
	}
	return fail(exitGeneric, hint, "there is no command %q", name)
}
