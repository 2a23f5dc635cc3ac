package cli

import (
	"strings"
	"testing"
)

// TestCommandTable sees that each command is found by all its names.
func TestCommandTable(t *testing.T) {
	a := &app{}
	all := a.commands("")
	if len(all) != len(commandTable) {
		t.Fatalf("%d commands of %d", len(all), len(commandTable))
	}
	for i, c := range all {
		if got := strings.Join(c.Names(), " "); got != commandTable[i].names {
			t.Errorf("the table calls %q %q", got, commandTable[i].names)
		}
		for _, name := range c.Names() {
			if alone := a.commands(name); len(alone) != 1 || alone[0].Name != c.Name {
				t.Errorf("%s does not give the command alone", name)
			}
		}
	}
}
