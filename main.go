// Encfg keeps secrets in configuration files; see README.md.
package main

import (
	"os"

	"github.com/encfg/encfg/internal/cli"
)

func main() { os.Exit(cli.Main()) }
