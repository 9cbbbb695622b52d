#!/usr/bin/env bash
# Installs k6 as .tools/k6 with Go. Does nothing when that version is there already.
set -euo pipefail

version=v2.2.0
module=go.k6.io/k6/v2
root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/.tools/k6

if [ -x "$target" ] && "$target" version | grep -qF "$version"; then
  echo "k6 $version is installed as .tools/k6"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "Go 1.25 or newer is needed to build k6: https://go.dev/dl/" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/.tools"

if GOBIN=$work/bin go install "$module@$version"; then
  mv "$work/bin/k6" "$target"
else
  # Where only a module proxy is reachable, `go install` stops at "loading deprecation". A module of our own that
  # requires k6 does not ask for that.
  echo "go install failed: building from a module of our own" >&2
  mkdir "$work/module"
  cd "$work/module"
  printf 'module kinostat-tools\n\ngo 1.25\n\nrequire %s %s\n' "$module" "$version" >go.mod
  printf '//go:build tools\n\npackage tools\n\nimport _ "%s"\n' "$module" >tools.go
  GOFLAGS=-mod=mod go build -o "$work/k6" "$module"
  mv "$work/k6" "$target"
fi
"$target" version
