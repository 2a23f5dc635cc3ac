package cli

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/encfg/encfg/internal/environ"
	"github.com/encfg/encfg/internal/handover"
	"github.com/encfg/encfg/internal/lazyregexp"
	"github.com/encfg/encfg/internal/secure"
)

func fileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "file", Usage: "hand over `[NAME=]FILE` decrypted, as a file in memory; a .tmpl is filled in as render does (repeatable)"},
		&cli.StringFlag{Name: "file-mode", Usage: "how: `memfd`, tmpfs or fifo"},
		&cli.StringFlag{Name: "file-format", Usage: "convert the file to `FORMAT`: json, yaml, dotenv or docker"},
		&cli.StringFlag{Name: "filename", Usage: "the file's `NAME`, for programs that look at it"},
		&cli.DurationFlag{Name: "ttl", Usage: "remove the file after this `TIME`, such as 30s"},
		&cli.BoolFlag{Name: "allow-disk", Usage: "where no folder in memory is found, use one on a disk"},
	}
}

// handed says which files a program is to get.
type handed struct {
	specs   []string // [NAME=]FILE
	mode    string
	format  string
	replace bool
}

var namedFile = lazyregexp.New(`^([A-Za-z_][A-Za-z0-9_]*)=(.+)$`)

// handOver makes the files; {} in the arguments stands for the one without a
// name, the others get a variable.
func (a *app) handOver(s *secrets, h handed, command []string) (*handover.Keeper, []string, []environ.Var, error) {
	c := s.c
	if len(h.specs) == 0 {
		for _, name := range []string{"file-mode", "file-format", "filename", "ttl", "allow-disk"} {
			if c.IsSet(name) && c.Command.Name == "run" {
				return nil, nil, nil, fail(exitConflict, "add --file FILE", "--%s needs a --file", name)
			}
		}
	}
	if c.IsSet("ttl") && c.Duration("ttl") < time.Millisecond {
		return nil, nil, nil, fail(exitGeneric, "write it as 30s or 5m", "--ttl must be longer than nothing")
	}
	watch, err := watcher()
	if err != nil {
		return nil, nil, nil, err
	}
	k := handover.New(handover.Options{
		Dirs: secure.Candidates(a.getenv("XDG_RUNTIME_DIR")), AllowDisk: c.Bool("allow-disk"),
		Watcher: watch, TTL: c.Duration("ttl"), Replace: h.replace,
	})
	args, named, err := a.handOverAll(s, h, command, k)
	if err != nil {
		_ = k.Close()
		return nil, nil, nil, err
	}
	return k, args, named, nil
}

func (a *app) handOverAll(s *secrets, h handed, command []string, k *handover.Keeper) ([]string, []environ.Var, error) {
	var named []environ.Var
	args := command
	unnamed := ""
	for _, spec := range h.specs {
		name, source := "", spec
		if m := namedFile().FindStringSubmatch(spec); m != nil {
			name, source = m[1], m[2]
		}
		if name == "" && unnamed != "" {
			return nil, nil, fail(exitConflict, "write --file NAME="+source+" and use the variable NAME",
				"{} can stand for one file only, and both %s and %s have no name", unnamed, source)
		}
		if name == "" && !strings.Contains(strings.Join(command[1:], " "), "{}") {
			return nil, nil, fail(exitConflict, "write {} where the program takes the path, or --file NAME="+source,
				"the program is not told where %s is", source)
		}
		content, err := a.fileContent(s, source, h.format)
		if err != nil {
			return nil, nil, err
		}
		path, err := k.Add(s.c.String("filename"), content, handover.Mode(h.mode))
		clear(content)
		if err != nil {
			return nil, nil, err
		}
		if name != "" {
			named = append(named, environ.Var{Name: name, Path: source, Value: path})
			continue
		}
		unnamed = source
		args = substitute(command, path)
	}
	return args, named, nil
}

// substitute puts the path in the place of {}.
func substitute(command []string, path string) []string {
	args := make([]string, len(command))
	for i, arg := range command {
		if args[i] = arg; i > 0 {
			args[i] = strings.ReplaceAll(arg, "{}", path)
		}
	}
	return args
}

// fileContent is what a file handed over holds; the caller wipes it.
func (a *app) fileContent(s *secrets, source, format string) ([]byte, error) {
	if filepath.Ext(source) == ".tmpl" {
		if format != "" {
			return nil, fail(exitConflict, "leave --file-format out", "a template cannot be converted")
		}
		return a.renderFile(s, source)
	}
	f, err := s.open(s.c.Context, source)
	if err != nil {
		return nil, err
	}
	if format == "" {
		return append([]byte(nil), f.Plain...), nil
	}
	content, err := convert(f, format)
	return content, inFile(source, err)
}
