#!/usr/bin/env bash
# Every test: make test. Ends with a line "N passed, N failed"; exits with 1 when one failed, or when none ran.
# Tests that need RabbitMQ and PostgreSQL start and stop servers of their own, with servers.sh.
#   AT_ONCE=2   how many suites run side by side
# Usage: test.sh [SUITE...], such as chaos; default: all
set -euo pipefail
cd "$(dirname "$0")/../.."
ops/local/tools.sh npm servers pgbouncer python awscli chromium
dotnet restore --locked-mode -v quiet
dotnet build -c Release --no-restore -v quiet --nologo -clp:Summary
exec node tests/runner/run.mjs "$@"
