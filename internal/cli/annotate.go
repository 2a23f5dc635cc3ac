package cli

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// annotate shows a problem beside the line in the pages of GitHub, when encfg
// runs there: a workflow command on stdout.
func (u *ui) annotate(level, file string, line int, msg string) {
	if u.getenv("GITHUB_ACTIONS") != "true" || u.json {
		return
	}
	props := "file=" + workflowProperty(filepath.ToSlash(file))
	if line > 0 {
		props += ",line=" + itoa(line)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	fmt.Fprintf(u.out, "::%s %s::%s\n", level, props, workflowData(msg))
}

// workflowData and workflowProperty escape as GitHub's toolkit does
// (actions/toolkit, packages/core/src/command.ts).
func workflowData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func workflowProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(workflowData(s))
}
