package keysource

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// keyService is a client of sops's key service (keyservice/keyservice.proto in
// sops), which wraps and unwraps with the keys of another machine. Both of its
// calls are small, so they are made with net/http: the gRPC library would cost
// 5 MB and a millisecond of every start, and even protobuf's wire package
// opens the program's file at start-up.
type keyService struct {
	url    string
	client *http.Client
}

// keyServices connects to the services that the user named.
func keyServices(env *Env) ([]keyService, error) {
	var out []keyService
	for _, text := range env.KeyServices {
		u, err := url.Parse(text)
		switch {
		case err != nil, u.Scheme == "tcp" && u.Host == "", u.Scheme == "unix" && u.Path == "", u.Scheme != "tcp" && u.Scheme != "unix":
			return nil, &Error{Reason: fmt.Sprintf("malformed key service %q", text), Hint: "it looks like tcp://HOST:PORT or unix:///PATH"}
		}
		v, _ := env.Cache.Do("keyservice\x00"+text, func() (any, error) {
			address := u.Host
			if u.Scheme == "unix" {
				address = u.Path
			}
			t := &http.Transport{Protocols: new(http.Protocols), DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, u.Scheme, address)
			}}
			t.Protocols.SetUnencryptedHTTP2(true)
			return keyService{text, &http.Client{Transport: t}}, nil
		})
		out = append(out, v.(keyService))
	}
	return out, nil
}

// serviceKeys are the numbers of the keys in the service's message Key, and the
// fields in the order of their numbers.
var serviceKeys = map[string]struct {
	number byte
	fields []string
}{
	"kms":      {1, []string{"arn", "role", "context", "aws_profile"}},
	"pgp":      {2, []string{"fp"}},
	"gcp_kms":  {3, []string{"resource_id"}},
	"azure_kv": {4, []string{"vault_url", "name", "version"}},
	"hc_vault": {5, []string{"vault_address", "engine_path", "key_name"}},
	"age":      {6, []string{"recipient"}},
	"hckms":    {7, []string{"key_id"}},
}

// serviceKey encodes the key of a recipient or stanza.
func serviceKey(source string, fields []Field) ([]byte, error) {
	kind, ok := serviceKeys[source]
	if !ok {
		return nil, fmt.Errorf("key services know no %q keys", source)
	}
	var key []byte
	for _, f := range fields {
		n := byte(slices.Index(kind.fields, f.Name) + 1)
		if n == 0 {
			continue
		}
		switch v := f.Value.(type) {
		case string:
			key = appendBytes(key, n, []byte(v))
		case []Field:
			for _, pair := range v {
				value, _ := pair.Value.(string)
				key = appendBytes(key, n, appendBytes(appendBytes(nil, 1, []byte(pair.Name)), 2, []byte(value)))
			}
		}
	}
	return appendBytes(nil, kind.number, key), nil
}

// lengthDelimited is protobuf's wire type of texts, bytes and messages, the only
// one that key services use.
const lengthDelimited = 2

// appendBytes appends field n, which must be below 16.
func appendBytes(b []byte, n byte, v []byte) []byte {
	b = binary.AppendUvarint(append(b, n<<3|lengthDelimited), uint64(len(v)))
	return append(b, v...)
}

// firstBytes gives field 1 of a message that has no other.
func firstBytes(b []byte) ([]byte, bool) {
	if len(b) == 0 || b[0] != 1<<3|lengthDelimited {
		return nil, false
	}
	size, n := binary.Uvarint(b[1:])
	if n <= 0 || size == 0 || size != uint64(len(b)-1-n) {
		return nil, false
	}
	return b[1+n:], true
}

// Recipient names the key of a stanza, also of a source that encfg does not
// have.
func (keyService) Recipient(s Stanza) Recipient {
	if src := ByName(s.Source); src != nil {
		return src.Recipient(s)
	}
	r := Recipient{Source: s.Source}
	if kind, ok := serviceKeys[s.Source]; ok {
		r.ID = s.Get(kind.fields[0])
	}
	return r
}

// Unwrap lets the service open a stanza.
func (k keyService) Unwrap(ctx context.Context, _ *Env, s Stanza) ([]byte, error) {
	return k.call(ctx, "Decrypt", k.Recipient(s).ID, s.Source, s.Fields, []byte(s.Get("enc")))
}

// Wrap lets the service lock a data key.
func (k keyService) Wrap(ctx context.Context, r Recipient, dataKey []byte) (Stanza, error) {
	if r.Source == "azure_kv" && r.Get("version") == "" {
		return Stanza{}, &Error{Recipient: r.ID, Reason: "a key service needs the version of the key", Hint: "add /VERSION"}
	}
	enc, err := k.call(ctx, "Encrypt", r.ID, r.Source, r.Fields, dataKey)
	if err != nil {
		return Stanza{}, err
	}
	fields := slices.Clone(r.Fields)
	if r.Source != "age" {
		fields = append(fields, created(time.Now()))
	}
	return Stanza{Source: r.Source, Fields: append(fields, Field{"enc", string(enc)})}, nil
}

// call sends a message of a key and a text, and gives the text of the answer.
func (k keyService) call(ctx context.Context, method, id, source string, fields []Field, data []byte) ([]byte, error) {
	fail := func(reason, hint string, err error) ([]byte, error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &Error{Recipient: id, Reason: "key service " + k.url + ": " + reason, Hint: hint, Err: err}
	}
	key, err := serviceKey(source, fields)
	if err != nil {
		return fail(err.Error(), "", err)
	}
	message := appendBytes(appendBytes(nil, 1, key), 2, data)
	defer wipe(message)
	answer, err := k.post(ctx, method, message)
	var status *serviceStatus
	switch {
	case errors.As(err, &status):
		return fail(status.Error(), "the key service has no key for this recipient, or may not use it: see its log", err)
	case err != nil:
		reason, hint := networkReason(err)
		return fail(reason, hint, err)
	}
	defer wipe(answer)
	if v, ok := firstBytes(answer); ok {
		return bytes.Clone(v), nil
	}
	return fail("the answer is not one of a key service", "check the address", nil)
}

// serviceStatus is a gRPC status other than OK.
type serviceStatus struct{ code, message string }

func (s *serviceStatus) Error() string {
	words, err := url.PathUnescape(s.message)
	if err != nil || words == "" {
		return "status " + s.code
	}
	words = strings.Join(strings.Fields(words), " ")
	if r := []rune(words); len(r) > 200 {
		words = string(r[:200]) + "…"
	}
	return words
}

// post makes a unary gRPC call: a message with a head of 5 bytes each way, and
// the status after the answer.
func (k keyService) post(ctx context.Context, method string, message []byte) ([]byte, error) {
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	body = append(body, message...)
	defer wipe(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://keyservice/KeyService/"+method, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	code, words := resp.Trailer.Get("Grpc-Status"), resp.Trailer.Get("Grpc-Message")
	if code == "" {
		code, words = resp.Header.Get("Grpc-Status"), resp.Header.Get("Grpc-Message")
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, &serviceStatus{"HTTP " + resp.Status, ""}
	case code != "0":
		return nil, &serviceStatus{code, words}
	case len(answer) < 5 || answer[0] != 0 || int(binary.BigEndian.Uint32(answer[1:])) != len(answer)-5:
		return nil, errors.New("the answer is damaged")
	}
	return answer[5:], nil
}
