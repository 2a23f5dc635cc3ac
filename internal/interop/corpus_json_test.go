//go:build interop

package interop

import "strings"

// jsonCorpus are JSON files with everything that is odd.
func jsonCorpus() []sample {
	files := []sample{
		{name: "plain", text: `{"a":"canary","b":314159,"c":3.14159,"d":true,"e":false,"f":null,"g":"","h":[],"i":{}}`},
		{name: "pretty", text: "{\n  \"a\": \"canary\",\n  \"b\": {\n    \"c\": [\n      1,\n      \"canary\"\n    ]\n  }\n}\n"},
		{name: "tabs", text: "{\n\t\"a\" : \"canary\" ,\n\t\"b\"\t:\t[ 1 , 2 ]\n}\n"},
		{name: "odd layout", text: "\n\n { \"a\"\n:\n\"canary\"\n,\"b\":[\n\n1,{\"c\":\"canary\"}]\n}  \n\n"},
		{name: "escapes", text: `{"a":"canary \" \\ \/ \b \f \n \r \t \u0041 \u00e9 \ud83d\ude00","b":"canary é 😀","c":"\u0000canary","d":"canary\u2028\u2029","e":"<canary>&amp;"}`},
		{name: "escaped keys", text: `{"a\u0062c":"canary","t\tb":"canary","é":"canary","":"canary","a\"b":"canary","\/":"canary"}`},
		{name: "ints", text: `{"a":0,"b":-0,"c":-314159,"d":9007199254740991,"e":9007199254740992,"f":2147483648}`},
		{name: "floats", text: `{"a":3.1415900,"b":1e3,"c":1E+3,"d":1.5e-7,"e":-0.0,"f":1e21,"g":123456789.125,"h":5e-324,"i":1.7976931348623157e308}`},
		{name: "big ints", text: `{"a":9007199254740993,"b":18446744073709551615,"c":314159265358979323846264338327950288,"d":"canary","e":9223372036854775807,"f":9223372036854775808}`, only: "maybe"},
		{name: "too large", text: `{"a":1e400,"b":"canary"}`, refused: true},
		{name: "long digits", text: `{"a":3.14159265358979323846264338327950288,"b":0.1000000000000000055511151231257827}`},
		{name: "top list", text: `["canary",{"a":"canary"},[1]]`, refused: true},
		{name: "top text", text: `"canary"`, refused: true},
		{name: "top number", text: "314159\n", refused: true},
		{name: "lists", text: `{"a":[["canary",[]],[{"b":["canary"]}],null,true,2]}`},
		{name: "CRLF", text: "{\r\n  \"a\": \"canary\",\r\n  \"b\": 1\r\n}\r\n"},
		{name: "BOM", text: "\ufeff{\"a\": \"canary\"}\n", refused: true},
		{name: "no final newline", text: "{\"a\": \"canary\"}"},
		{name: "unicode", text: `{"schlüssel":"canary ß","鍵":"canary 値","🔑":"canary","\u200b":"canary\u200b"}`},
		{name: "equal values", text: `{"a":"canary","b":["canary","canary"],"c":{"a":"canary"}}`},
		{name: "suffixes", text: `{"open_unencrypted":"free","x":{"y_unencrypted":[1,"free"],"z":"canary","w_secret":"canary"}}`},
		{name: "deep", text: strings.Repeat(`{"k":`, 60) + `"canary"` + strings.Repeat("}", 60)},
		{name: "deep lists", text: `{"k":` + strings.Repeat("[", 60) + `"canary"` + strings.Repeat("]", 60) + "}"},
		{name: "long text", text: `{"a":"` + strings.Repeat("canary ", 3000) + `"}`},
		{name: "tokens as text", text: `{"a":"ENC[canary]","b":"ENC[AES256_GCM,data:x]","c":"canary"}`, only: "ours"},
		{name: "looks like metadata", text: `{"mac":"canary","version":"3","nested":{"sops":"canary"}}`},
		{name: "package", text: "{\n  \"name\": \"canary\",\n  \"dependencies\": {\n    \"@scope/canary\": \"^1.0.0\"\n  },\n  \"private\": true\n}\n"},
		{name: "terraform", text: "{\n  \"resource\": [{\"aws_db\": {\"password\": \"canary ${var.x}\", \"port\": 5432}}]\n}\n"},
	}
	for i := range files {
		files[i].name += ".json"
	}
	return files
}
