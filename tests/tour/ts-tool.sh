#!/usr/bin/env bash
# Types what the tour says for the template ts-tool, in an empty folder: from nothing to a first green test, without network.
# Usage: tests/tour/ts-tool.sh [WA]; prints what each command says, and how long all of it took.
set -euo pipefail

wa=$(realpath "${1:-$(command -v wa)}")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
export HOME=$place WA_OFFLINE=true
cd "$place"

type_in() {
  echo "\$ wa $*"
  "$wa" "$@"
}

begun=$(date +%s%N)
type_in plugins new order-desk --template ts-tool --set publisher=acme
type_in plugins validate order-desk
type_in plugins test order-desk
echo "from nothing to a green test: $((($(date +%s%N) - begun) / 1000000)) ms"
