package standin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

// AzureProgram gives the variables with which a program, whatever SDK it uses,
// takes the double of Azure for the real one: a proxy that leads every
// connection to it, an authority for its certificate, and a managed identity.
func AzureProgram(t testing.TB) (variables []string) {
	t.Helper()
	cert, authority := certificate(t, "*.vault.azure.net")
	double := httptest.NewUnstartedServer(azureHandler(t))
	double.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	double.StartTLS()
	t.Cleanup(double.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			reply(w, map[string]any{"access_token": "t0ken", "expires_on": "4102444800", "resource": "https://vault.azure.net", "token_type": "Bearer"})
			return
		}
		tunnel(w, double.Listener.Addr().String())
	}))
	t.Cleanup(proxy.Close)
	ca := t.TempDir() + "/ca.pem"
	if err := os.WriteFile(ca, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"HTTPS_PROXY=" + proxy.URL, "SSL_CERT_FILE=" + ca, "IDENTITY_ENDPOINT=" + proxy.URL + "/msi/token", "IDENTITY_HEADER=x"}
}

// tunnel joins a CONNECT request with a connection to the address.
func tunnel(w http.ResponseWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, "no connection", http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(there, here)
	io.Copy(here, there)
}

// certificate makes a certificate for a host, and gives it as PEM, too.
func certificate(t testing.TB, host string) (tls.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
