package main

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// What services keep in their files: five values each, of all types.
type service struct {
	name, user, password string
	port                 int
	ratio                float64
	enabled              bool
}

// perService is the number of values of a service.
const perService = 5

// services makes n values' worth of them; the same for each run.
func services(n int) []service {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([]service, (n+perService-1)/perService)
	for i := range list {
		secret := make([]byte, 24)
		for j := range secret {
			secret[j] = byte(r.Uint32())
		}
		list[i] = service{
			name: fmt.Sprintf("service-%05d", i), user: fmt.Sprintf("app_%d", r.IntN(1000)),
			password: base64.StdEncoding.EncodeToString(secret),
			port:     1024 + r.IntN(60000), ratio: float64(r.IntN(10000)) / 64, enabled: r.IntN(2) == 0,
		}
	}
	return list
}

// groupSize is the number of services that stand below one key.
const groupSize = 20

// jsonText is a JSON file with about n values.
func jsonText(n int) string {
	var b strings.Builder
	b.WriteString("{\n")
	list := services(n)
	for i, s := range list {
		if i%groupSize == 0 {
			fmt.Fprintf(&b, "  \"group-%04d\": {\n", i/groupSize)
		}
		fmt.Fprintf(&b, "    %q: {\n      \"user\": %q,\n      \"password\": %q,\n      \"port\": %d,\n      \"ratio\": %g,\n      \"enabled\": %t\n    }",
			s.name, s.user, s.password, s.port, s.ratio, s.enabled)
		last := i == len(list)-1
		switch {
		case last:
			b.WriteString("\n  }\n")
		case i%groupSize == groupSize-1:
			b.WriteString("\n  },\n")
		default:
			b.WriteString(",\n")
		}
	}
	b.WriteString("}\n")
	return b.String()
}

// yamlText is a YAML file with about n values, and a comment for each service.
func yamlText(n int) string {
	var b strings.Builder
	for i, s := range services(n) {
		if i%groupSize == 0 {
			fmt.Fprintf(&b, "group-%04d:\n", i/groupSize)
		}
		fmt.Fprintf(&b, "  # owner of %s: team %d\n  %s:\n    user: %s\n    password: \"%s\"\n    port: %d\n    ratio: %g\n    enabled: %t\n",
			s.name, i%7, s.name, s.user, s.password, s.port, s.ratio, s.enabled)
	}
	return b.String()
}

// envText is a .env file with about n values, and a comment for each service.
func envText(n int) string {
	var b strings.Builder
	for i, s := range services(n) {
		name := strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
		fmt.Fprintf(&b, "# owner of %s: team %d\n%s_USER=%s\n%s_PASSWORD=\"%s\"\n%s_PORT=%d\nexport %s_RATIO=%g\n%s_ENABLED=%t\n\n",
			s.name, i%7, name, s.user, name, s.password, name, s.port, name, s.ratio, name, s.enabled)
	}
	return b.String()
}
