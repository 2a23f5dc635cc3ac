# make help lists the targets.

GO      ?= go
BIN     ?= bin
PREFIX  ?= /usr/local
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
LDFLAGS  = -s -w -X github.com/encfg/encfg/internal/cli.version=$(VERSION)
# Without the manual pages of the CLI library, which take time at each start.
TAGS     = urfave_cli_no_docs
FUZZTIME ?= 20s
TORTURE ?=

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# What is built on other systems, to see that it builds.
PLATFORMS = darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: help demo build install test interop fuzz bench torture lint cross clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 12

build: ## build bin/encfg
	CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(BIN)/encfg .

demo: build ## encrypt and decrypt the files of example/demo with a throwaway key
	@sh example/demo/demo.sh $(BIN)/encfg

install: build ## install encfg below PREFIX (/usr/local)
	install -d '$(DESTDIR)$(PREFIX)/bin'
	install -m 755 $(BIN)/encfg '$(DESTDIR)$(PREFIX)/bin/encfg'

test: ## run the tests; those whose components are missing say what to install
	$(GO) test ./...

interop: ## compare with the real sops over a corpus of odd files
	$(GO) test -c -tags interop -o '$(abspath $(BIN))/interop.test' ./internal/interop
	cd internal/interop && '$(abspath $(BIN))/interop.test' -test.timeout 30m

fuzz: ## fuzz each target for FUZZTIME (20s)
	@set -e; $(GO) list -f '{{.Dir}}' ./... | while read -r dir; do \
		grep -hos '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -c6- | sort -u | while read -r target; do \
			echo "$$target in $${dir#$(CURDIR)/} for $(FUZZTIME)"; \
			(cd "$$dir" && $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x .) || exit 1; \
		done || exit 1; \
	done

bench: build ## compare speed and memory with sops and age; speed of masking
	$(GO) run ./internal/bench -encfg $(BIN)/encfg
	$(GO) test -run '^$$' -bench Writer -cpu 1 ./internal/mask

torture: build ## kill encfg, fill the disk, write from 32 processes
	$(GO) run ./internal/torture -encfg $(BIN)/encfg $(TORTURE)

lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -d $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags interop ./internal/interop
	$(GO) run $(STATICCHECK) ./...

cross: ## build for other systems
	@set -e; for p in $(PLATFORMS); do \
		echo "building for $$p"; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o /dev/null .; \
	done

clean: ## remove what was built
	rm -rf $(BIN)
