#!/usr/bin/env bash
# Makes sure that the programs that TasksBus needs are there. It installs what Debian offers if it may, else it says what to do.
# The script itself needs nothing. Usage: tools.sh [npm] [servers] [pgbouncer] [python] [pika] [awscli] [chromium]
# [promtool] [kubectl] [systemd] [shells]
# servers: RabbitMQ and PostgreSQL, which servers.sh starts. pgbouncer: a test checks that the server refuses it. python and awscli: tests
# of local functions run Python functions and use the command line of AWS. pika: a test runs the programs in Python of the docs. chromium:
# tests of pages open them in it. promtool, kubectl and systemd: tests check the alert rules,
# the manifests and the units. shells: a test completes words in zsh and fish.
set -euo pipefail

fail() {
  echo "tasksbus: $*" >&2
  exit 1
}

# install NAME PACKAGE...: by apt-get, as root on Debian and its kin.
install() {
  local name=$1
  shift
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "$name is missing. Install it (on Debian: sudo apt-get install $*), then try again."
  fi
  echo "tasksbus: installing $name ($*)" >&2
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@") >&2 \
    || fail "$name could not be installed; see above."
}

# has_python: one that every user may run, as the users of deployed functions do where tests run as root.
has_python() { [ -x /usr/bin/python3 ] || { [ "$(id -u)" != 0 ] && command -v python3 >/dev/null; }; }

# has_postgresql: Debian keeps the servers off the path.
has_postgresql() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

has_rabbitmq() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null; }

has_pgbouncer() { [ -x /usr/sbin/pgbouncer ] || command -v pgbouncer >/dev/null; }

# install_quietly PACKAGE...: without Debian's services on the default ports, which nobody has asked for. A policy that is there stays.
install_quietly() {
  local policy=/usr/sbin/policy-rc.d
  [ $# -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && [ -d /usr/sbin ] && [ ! -e "$policy" ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  install "$*" "$@"
}

install_servers() {
  local missing=()
  has_rabbitmq || missing+=(rabbitmq-server)
  has_postgresql || missing+=(postgresql)
  install_quietly "${missing[@]}"
}

command -v dotnet >/dev/null || fail "the .NET SDK 10 is missing. Get it from https://dotnet.microsoft.com/download/dotnet/10.0"
dotnet --list-sdks | grep -q '^10\.' ||
  fail "the .NET SDK 10 is needed; found: $(dotnet --list-sdks | tr '\n' ' ')." \
    "Get it from https://dotnet.microsoft.com/download/dotnet/10.0"
command -v node >/dev/null || install "Node.js" nodejs
major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
[ "$major" -ge 18 ] || fail "Node.js 18 or newer is needed; found $(node --version). Get it from https://nodejs.org"
command -v perl >/dev/null || install "Perl" perl
for tool in "$@"; do
  case $tool in
    npm) command -v npm >/dev/null || install "npm" npm ;;
    servers)
      "$(dirname "$0")/linux.sh" "what starts RabbitMQ and PostgreSQL of its own (make cluster, test, chaos and bench)"
      install_servers
      ;;
    pgbouncer) has_pgbouncer || install_quietly pgbouncer ;;
    python) has_python || install "Python" python3 ;;
    pika) /usr/bin/python3 -c 'import pika' 2>/dev/null || install "Python's client of RabbitMQ" python3-pika ;;
    chromium) has_chromium || install "Chromium" chromium ;;
    systemd) command -v systemd-analyze >/dev/null || install_quietly systemd ;;
    kubectl) command -v kubectl >/dev/null || install "kubectl" kubernetes-client ;;
    promtool) command -v promtool >/dev/null || install_quietly prometheus ;;
    shells) for shell in zsh fish; do command -v $shell >/dev/null || install "$shell" $shell; done ;;
    awscli) command -v aws >/dev/null || install "the AWS command line" awscli ;;
    *) fail "tools.sh knows npm, servers, pgbouncer, python, pika, awscli, chromium, promtool, kubectl, systemd and shells, not $tool." ;;
  esac
done
