package cli

import (
	"strings"
	"testing"
)

func TestGuardHidesThePanic(t *testing.T) {
	n, err := guard(func() (int, error) { return boom("canary") })
	if err == nil || n != 0 {
		t.Fatal("the panic was lost")
	}
	f := asFailure(err)
	if strings.Contains(f.Error()+f.hint, "canary") {
		t.Errorf("the panic's text is shown: %s", f)
	}
	if !strings.Contains(f.Error(), "boom (defect_test.go, line ") || f.code != exitGeneric {
		t.Errorf("%d %s", f.code, f)
	}
}

func boom(text string) (int, error) { panic("about " + text) }
