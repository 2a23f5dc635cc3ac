package keysource

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// httpError is an answer that is not a success.
type httpError struct {
	status int
	body   []byte // at most maxAnswer bytes; may be anything
}

func (e *httpError) Error() string { return fmt.Sprintf("status %d", e.status) }

// restClient keeps connections for a whole command. It follows no redirect,
// which could take a data key elsewhere.
func restClient(env *Env) *http.Client {
	v, _ := env.Cache.Do("http", func() (any, error) {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = maxCalls
		return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}, nil
	})
	return v.(*http.Client)
}

// maxAnswer bounds what is read of a service's answer, in bytes.
const maxAnswer = 1 << 20

// attempts is how often a call is made that is throttled or finds the service
// busy.
const attempts = 4

// postJSON sends in as JSON and reads the answer into out, at least one of them
// a pointer to a struct. Busy services are asked again, with growing pauses.
func postJSON(ctx context.Context, client *http.Client, url string, header http.Header, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	defer wipe(body)
	for n := 1; ; n++ {
		err := postOnce(ctx, client, url, header, body, out)
		pause, again := retryAfter(err, n)
		if !again || n == attempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// busyError is an httpError after which another try makes sense.
type busyError struct {
	httpError
	after time.Duration // what the service asks for; 0 if nothing
}

func (e *busyError) Unwrap() error { return &e.httpError }

func retryAfter(err error, n int) (time.Duration, bool) {
	busy, ok := err.(*busyError)
	if !ok {
		return 0, false
	}
	pause := 200 * time.Millisecond << (n - 1)
	return min(max(pause, busy.after), 5*time.Second), true
}

func postOnce(ctx context.Context, client *http.Client, url string, header http.Header, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	defer func() {
		if resp.StatusCode == http.StatusOK {
			wipe(answer)
		}
	}()
	switch resp.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(answer, out); err != nil {
			return fmt.Errorf("the answer is not the JSON that was expected")
		}
		return nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return &busyError{httpError{resp.StatusCode, answer}, time.Duration(seconds) * time.Second}
	}
	return &httpError{resp.StatusCode, answer}
}
