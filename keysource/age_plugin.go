package keysource

import (
	"context"
	"errors"

	"filippo.io/age/plugin"
)

// pluginUI passes the questions of an age plugin on to the user.
func pluginUI(ctx context.Context, env *Env) *plugin.ClientUI {
	ask := func(name, message string) (string, error) {
		return env.ask(ctx, "age-plugin-"+name+": "+message)
	}
	return &plugin.ClientUI{
		DisplayMessage: func(name, message string) error {
			env.notify("age-plugin-" + name + ": " + message)
			return nil
		},
		RequestValue: func(name, message string, _ bool) (string, error) { return ask(name, message) },
		Confirm: func(name, message, yes, no string) (bool, error) {
			choices := "enter 1 for " + yes
			if no != "" {
				choices += ", 2 for " + no
			}
			answer, err := ask(name, message+" ("+choices+")")
			if err != nil {
				return false, err
			}
			switch answer {
			case "1", yes:
				return true, nil
			case "2", no:
				return false, nil
			}
			return false, errors.New("no such choice")
		},
		WaitTimer: func(name string) { env.notify("waiting for age-plugin-" + name) },
	}
}
