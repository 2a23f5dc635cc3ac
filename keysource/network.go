package keysource

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// advice is what failed, and what to do about it.
type advice struct{ reason, hint string }

// networkReason tells what failed on the way to a remote service.
func networkReason(err error) (reason, hint string) {
	a, known := networkCause(err)
	if !known {
		a = advice{oneLine(plainURLError(err)), "check the network and the address of the service"}
	}
	return a.reason, a.hint
}

// networkCause recognises the usual failures of networks and TLS.
func networkCause(err error) (a advice, known bool) {
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var net net.Error
	switch {
	case errors.As(err, &dns):
		return advice{"the host " + dns.Name + " cannot be found", "check the network and the name"}, true
	case errors.As(err, &unknown):
		return advice{"the server's TLS certificate is from an unknown authority", "check the address, or add the authority to this machine"}, true
	case errors.As(err, &host):
		return advice{"the server's TLS certificate is for another name", "check the address"}, true
	case errors.As(err, &invalid), errors.As(err, &verify):
		return advice{"the server's TLS certificate is not valid", "check its dates and the clock of this machine"}, true
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return advice{"the server does not speak TLS", "check the address: https or http, and the port"}, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return advice{"the connection was refused", "check the address, and that the service runs"}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &net) && net.Timeout():
		return advice{"no answer in time", "check the network and the address of the service"}, true
	}
	return advice{}, false
}

// plainURLError leaves out the URL, which may hold a token.
func plainURLError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
