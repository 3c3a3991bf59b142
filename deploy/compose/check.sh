#!/bin/sh
# The compose file is one that Compose takes. Compose 1, which Debian has, does not know `name`.
set -eu
cd "$(dirname "$0")"
if docker compose version >/dev/null 2>&1; then exec docker compose -f compose.yaml config --quiet; fi
copy=$(mktemp ./.check-XXXXXX.yaml)
trap 'rm -f "$copy"' EXIT
sed '/^name:/d' compose.yaml > "$copy"
docker-compose -f "$copy" config --quiet
