#!/usr/bin/env bash
# Makes ready what the peers need: their npm packages, among them a Node.js new enough for them, and Redis where it can be installed.
set -euo pipefail
cd "$(dirname "$0")"

# npm writes the second file when it has installed everything.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi

if ! command -v redis-server >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # In run level 1 Debian starts no server of its own.
  (apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server) >&2 \
    || echo "peers: Redis could not be installed; BullMQ is left out." >&2
fi
