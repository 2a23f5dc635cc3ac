//go:build interop

package interop

// dotenvCorpus are .env files with everything that is odd.
func dotenvCorpus() []sample {
	files := []sample{
		{name: "plain", text: "A=canary\nB=canary two\nC=314159\nD=\n"},
		{name: "quotes", text: "A=\"canary\"\nB='canary'\nC=\"canary \\\"q\\\" \\n\"\nD='it canary'\nE=\"canary # no comment\"\nF='canary'x\nG=\"\"\nH=''\n"},
		{name: "comments", text: "# canary head\nA=canary\n\n# canary mid\n#canary tight\n\nB=canary # canary inline\nC=canary#tight\n# canary end\n"},
		{name: "export", text: "export A=canary\nexport  B=\"canary\"\nC=canary\n"},
		{name: "spaces", text: "A = canary\nB= canary\nC =canary\n  D=canary\nE=canary  \n"},
		{name: "multi-line", text: "A=\"canary\nsecond canary\nthird\"\nB=canary\n", refused: true},
		{name: "multi-line key", text: "KEY=\"-----BEGIN PRIVATE KEY-----\ncanaryMIIEvQIBADAN\n-----END PRIVATE KEY-----\"\nB=canary\n", refused: true},
		{name: "line without value", text: "A=canary\nJUSTCANARYNAME\nB=canary\n", refused: true},
		{name: "CRLF", text: "A=canary\r\n# canary\r\nB=\"canary\"\r\n", only: "maybe"},
		{name: "BOM", text: "\ufeffA=canary\nB=canary\n", only: "ours"}, // to sops, the mark is part of the name,
		{name: "no final newline", text: "A=canary\nB=canary"},
		{name: "blank lines", text: "\n\nA=canary\n\n\n\nB=canary\n\n"},
		{name: "equals", text: "A=canary=x==\nB==canary\nURL=postgres://canary:canary@host/db?x=y&z=1#frag\n"},
		{name: "escapes", text: "A=canary\\nline\nB=\"canary\\tx\"\nC=canary\\\\x\nD=$canary ${X:-canary}\n"},
		{name: "unicode", text: "A=canary ü 値 🙂\nÜ=canary\n"},
		{name: "suffixes", text: "OPEN_unencrypted=free\nCLOSED=canary\nX_secret=canary\n"},
		{name: "equal values", text: "A=canary\nB=canary\nC=canary\n"},
		{name: "duplicates", text: "A=canary\nA=canary2\n", only: "maybe"},
		{name: "lower case", text: "a.b=canary\nc-d=canary\n_e=canary\n"},
		{name: "real", text: "# Database\nDATABASE_URL=\"postgres://app:canary@db:5432/app\"\nREDIS_URL=redis://:canary@cache:6379/0 # canary\n\n# Mail\nexport SMTP_PASSWORD='canary$tr0ng'\nDEBUG=false\nPORT=8080\n"},
	}
	for i := range files {
		files[i].name += ".env"
	}
	return files
}

// iniCorpus are INI files.
func iniCorpus() []sample {
	files := []sample{
		{name: "plain", text: "[db]\nuser = canary\npassword = canary word\nport = 314159\n\n[mail]\npassword=canary\n"},
		{name: "comments", text: "; canary top\n[a]\n# canary hash\nx = canary\n; canary semicolon\ny = canary\n"},
		{name: "default section", text: "top = canary\n\n[a]\nx = canary\n"},
	}
	for i := range files {
		files[i].name += ".ini"
	}
	return files
}

// binaryCorpus are files that no format knows.
func binaryCorpus() []sample {
	files := []sample{
		{name: "text", text: "canary\ncanary\n"},
		{name: "bytes", text: "canary\x00\x01\xff\xfe canary"},
		{name: "crlf", text: "canary\r\ncanary"},
		{name: "empty lines", text: "\n\n"},
	}
	for i := range files {
		files[i].name += ".bin"
	}
	return files
}
