// Command vaultserver is the real transit engine of HashiCorp Vault behind a
// small HTTP server, for tests. It is a module of its own: Vault's licence (BUSL)
// must not reach encfg. Its first argument is the address; the token is t0ken
// and the engine is at team/transit.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/hashicorp/vault/builtin/logical/transit"
	"github.com/hashicorp/vault/sdk/logical"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: vaultserver ADDRESS")
	}
	storage := new(logical.InmemStorage)
	engine, err := transit.Factory(context.Background(), &logical.BackendConfig{
		StorageView: storage, System: logical.TestSystemView(),
	})
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/v1/team/transit/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Vault-Token") != "t0ken" {
			say(w, http.StatusForbidden, "permission denied")
			return
		}
		req := &logical.Request{
			Operation: logical.UpdateOperation, Storage: storage,
			Path: strings.TrimPrefix(r.URL.Path, "/v1/team/transit/"),
		}
		if err := json.NewDecoder(r.Body).Decode(&req.Data); err != nil {
			say(w, http.StatusBadRequest, "the body is not JSON")
			return
		}
		if asked, found, err := engine.HandleExistenceCheck(r.Context(), req); err == nil && asked && !found {
			req.Operation = logical.CreateOperation
		}
		resp, err := engine.HandleRequest(r.Context(), req)
		switch {
		case resp != nil && resp.IsError():
			say(w, http.StatusBadRequest, resp.Error().Error())
		case err != nil:
			say(w, http.StatusBadRequest, err.Error())
		default:
			json.NewEncoder(w).Encode(map[string]any{"data": resp.Data})
		}
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}

func say(w http.ResponseWriter, status int, words string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[%q]}`, words)
}
