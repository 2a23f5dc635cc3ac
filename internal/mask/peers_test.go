package mask

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/encfg/encfg/internal/testneed"
)

const pythonForms = `
import base64, html, json, shlex, sys, urllib.parse as u
v = json.load(sys.stdin)
b = v.encode()
json.dump([json.dumps(v), json.dumps(v, ensure_ascii=False), json.dumps(json.dumps(v)), u.quote(v), u.quote(v, safe=""),
    u.quote_plus(v), u.urlencode({"k": v}), base64.b64encode(b).decode(), base64.urlsafe_b64encode(b).decode(),
    b.hex(), b.hex().upper(), shlex.quote(v), html.escape(v, quote=False)], sys.stdout)
`

const nodeForms = `
const v = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const b = Buffer.from(v)
process.stdout.write(JSON.stringify([JSON.stringify(v), JSON.stringify(JSON.stringify(v)), encodeURIComponent(v),
    encodeURI(v), new URLSearchParams({k: v}).toString(), b.toString('base64'), b.toString('base64url'), b.toString('hex')]))
`

// TestFormsOfOtherLanguages holds that nothing of a value is left in what
// Python and Node write.
func TestFormsOfOtherLanguages(t *testing.T) {
	for _, value := range []string{password, `C:\dir\"x"/~!*()$@`, "日本語パスワード", "a+b/c=d e&f", "tab\tctl\x01end"} {
		in, _ := json.Marshal(value)
		for _, args := range [][]string{
			{testneed.Python(t), "-c", pythonForms},
			{testneed.Command(t, "node", "install Node.js"), "-e", nodeForms},
		} {
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Stdin = bytes.NewReader(in)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			if err := json.Unmarshal(out, &texts); err != nil {
				t.Fatal(err)
			}
			set := New([]Secret{{"v", value}}, 0)
			for _, text := range texts {
				got := filter(t, set, text)
				switch got {
				case "[MASKED:v]", `"[MASKED:v]"`, "'[MASKED:v]'", "k=[MASKED:v]", `"\"[MASKED:v]\""`:
				default:
					t.Errorf("%q stays %q", text, got)
				}
			}
		}
	}
}
