package keysource

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"

	"github.com/google/shlex"
)

// agePlace is a spot where age identities may lie.
type agePlace struct {
	label string // a variable, a file, or a variable and the file it names
	flag  bool   // named in this very call: its mistakes are fatal
	named bool   // named by the user: it must exist and hold something
	set   bool   // false for an unset variable
	ssh   bool   // holds an SSH key, only of use for SSH recipients
	words bool   // may hold several identities on a line
	key   string // tells it apart in the cache
	read  func(ctx context.Context) ([]byte, error)
}

// ageFiles lists the variables and files in the order in which they are read.
func ageFiles(env *Env, ssh bool) []agePlace {
	var out []agePlace
	for _, name := range env.IdentityFiles {
		p := filePlace("--identity "+name, name)
		p.flag, p.named = true, true
		out = append(out, p)
	}
	out = append(out, keyVariable(env), fileVariable(env, "AGE_KEY_FILE"))
	for _, name := range []string{env.config("encfg", "keys.txt"), env.config("sops", "age", "keys.txt")} {
		out = append(out, filePlace(name, name))
	}
	if ssh {
		p := fileVariable(env, "AGE_SSH_PRIVATE_KEY_FILE")
		p.ssh = true
		out = append(out, p)
		for _, name := range []string{env.home(".ssh", "id_ed25519"), env.home(".ssh", "id_rsa")} {
			p := filePlace(name, name)
			p.ssh = true
			out = append(out, p)
		}
	}
	return out
}

// ageCommands lists the keyring and the programs that print identities. They
// are told for which recipient.
func ageCommands(env *Env, lock ageLock) []agePlace {
	out := []agePlace{keyringPlace(env, lock), commandPlace(env, "AGE_KEY_CMD", lock.recipient)}
	if lock.ssh() {
		p := commandPlace(env, "AGE_SSH_PRIVATE_KEY_CMD", lock.recipient)
		p.ssh = true
		out = append(out, p)
	}
	return out
}

func keyVariable(env *Env) agePlace {
	variable, value := env.variable("AGE_KEY")
	return agePlace{
		label: variable, key: variable, set: value != "", named: true, words: true,
		read: func(context.Context) ([]byte, error) { return []byte(value), nil },
	}
}

func fileVariable(env *Env, name string) agePlace {
	variable, file := env.variable(name)
	if file == "" {
		return agePlace{label: variable, named: true}
	}
	p := filePlace(variable+": "+file, file)
	p.named = true
	return p
}

func filePlace(label, name string) agePlace {
	return agePlace{
		label: label, key: label, set: name != "",
		read: func(context.Context) ([]byte, error) { return readKeyFile(name) },
	}
}

func commandPlace(env *Env, name, recipient string) agePlace {
	variable, command := env.variable(name)
	return agePlace{
		label: variable, key: variable + "\x00" + recipient, set: command != "", named: true,
		read: func(ctx context.Context) ([]byte, error) { return runKeyCommand(ctx, command, recipient) },
	}
}

// maxKeyFile is more than a file of identities can need, in bytes.
const maxKeyFile = 1 << 20

func readKeyFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, plainFileError(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, plainFileError(err)
	}
	if len(data) > maxKeyFile {
		return nil, errors.New("too large for a file of keys")
	}
	return data, nil
}

// plainFileError leaves the name out, which the caller puts in front.
func plainFileError(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// runKeyCommand runs a command line as sops does: split into words by the rules
// of a shell, but without a shell.
func runKeyCommand(ctx context.Context, command, recipient string) ([]byte, error) {
	words, err := shlex.Split(command)
	if err != nil || len(words) == 0 {
		return nil, errors.New("not a command line: check its quotes")
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append(cmd.Environ(), "SOPS_AGE_RECIPIENT="+recipient)
	var out bytes.Buffer
	cmd.Stdout = &out
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return nil, fmt.Errorf("the command failed (%v)", exit.ProcessState)
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("program %q not found", words[0])
	case err != nil:
		return nil, errors.New("the command could not be started")
	}
	return out.Bytes(), nil
}
