package keysource

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
)

// vaultClient makes the HTTP client that Vault's variables describe, once per
// command.
func vaultClient(env *Env) (*http.Client, error) {
	v, err := env.Cache.Do("vault", func() (any, error) {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = maxCalls
		var err error
		if transport.TLSClientConfig, err = vaultTLS(env); err != nil {
			return nil, err
		}
		for _, name := range []string{"PROXY_ADDR", "HTTP_PROXY"} {
			if text := baoVariable(env, name); text != "" {
				proxy, err := url.Parse(text)
				if err != nil || proxy.Host == "" {
					return nil, fmt.Errorf("VAULT_%s is not a URL", name)
				}
				transport.Proxy = http.ProxyURL(proxy)
				break
			}
		}
		return &http.Client{Transport: transport, CheckRedirect: vaultRedirect(env)}, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*http.Client), nil
}

// vaultRedirect follows a standby server to the active one, but takes the token
// neither to plain HTTP nor to a server that is not allowed.
func vaultRedirect(env *Env) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if len(via) > 2 {
			return errors.New("Vault redirects too often")
		}
		if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
			return errors.New("Vault redirects from https to http")
		}
		return vaultAllowed(env, req.URL.Scheme+"://"+req.URL.Host)
	}
}

func vaultTLS(env *Env) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: baoVariable(env, "TLS_SERVER_NAME")}
	if text := baoVariable(env, "SKIP_VERIFY"); text != "" {
		skip, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("VAULT_SKIP_VERIFY is neither true nor false")
		}
		cfg.InsecureSkipVerify = skip
	}
	var err error
	if cfg.RootCAs, err = vaultRoots(env); err != nil {
		return nil, err
	}
	cert, key := baoVariable(env, "CLIENT_CERT"), baoVariable(env, "CLIENT_KEY")
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("VAULT_CLIENT_CERT and VAULT_CLIENT_KEY: the key pair %s, %s cannot be loaded", cert, key)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// vaultRoots are the authorities to be trusted; nil means those of the system.
func vaultRoots(env *Env) (*x509.CertPool, error) {
	var pem [][]byte
	files := []string{}
	switch {
	case baoVariable(env, "CACERT_BYTES") != "":
		pem = append(pem, []byte(baoVariable(env, "CACERT_BYTES")))
	case baoVariable(env, "CACERT") != "":
		files = append(files, baoVariable(env, "CACERT"))
	case baoVariable(env, "CAPATH") != "":
		files, _ = filepath.Glob(filepath.Join(baoVariable(env, "CAPATH"), "*"))
	default:
		return nil, nil
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("the CA certificate %s: %w", name, plainFileError(err))
		}
		pem = append(pem, data)
	}
	pool := x509.NewCertPool()
	ok := false
	for _, data := range pem {
		ok = pool.AppendCertsFromPEM(data) || ok
	}
	if !ok {
		return nil, errors.New("VAULT_CACERT or VAULT_CAPATH holds no certificate")
	}
	return pool, nil
}
