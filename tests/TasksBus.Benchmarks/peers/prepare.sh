#!/usr/bin/env bash
# Prepares what the peers need: their npm packages, among them a Node.js that is new enough for them, and Redis and Celery where they can
# be installed.
set -euo pipefail
cd "$(dirname "$0")"

# npm writes the second file when it has installed everything.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi

# install SYSTEM PACKAGE...: from Debian, where this may be done. In run level 1 it starts no server of its own.
install() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    (apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${@:2}") >&2 \
      || echo "peers: ${*:2} could not be installed; $1 is left out." >&2
  fi
}

command -v redis-server >/dev/null || install BullMQ redis-server
/usr/bin/python3 -c 'import celery, sqlalchemy, psycopg2' 2>/dev/null || install Celery python3-celery python3-sqlalchemy python3-psycopg2
