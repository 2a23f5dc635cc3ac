package cli

import (
	"context"
	"testing"

	"github.com/encfg/encfg/crypt"
)

// Ctrl-C while a passphrase is asked for is no failure of the key.
func TestInterruptWhileUnlocking(t *testing.T) {
	f := asFailure(inFile("app.yaml", &crypt.Error{Kind: crypt.KindNoKey, Msg: "context canceled", Err: context.Canceled}))
	if f.code != exitInterrupted || f.Error() != "app.yaml: interrupted" || f.hint != "" {
		t.Errorf("got %d, %q, hint %q", f.code, f.Error(), f.hint)
	}
}
