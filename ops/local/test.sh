#!/usr/bin/env bash
# Every test: make test. Ends with a line "N passed, N failed"; exits with 1 when one failed, or when none ran.
# Tests that need RabbitMQ and PostgreSQL start and stop servers of their own, with servers.sh.
#   AT_ONCE=2   how many suites run side by side
# Usage: test.sh [SUITE...], such as chaos; default: all
set -euo pipefail
cd "$(dirname "$0")/../.."
ops/local/tools.sh npm servers pgbouncer python pika awscli chromium promtool kubectl systemd shells
rid="linux-$([ "$(uname -m)" = aarch64 ] && echo arm64 || echo x64)"
dotnet restore --locked-mode -v quiet
dotnet restore src/TasksBus.Server --locked-mode -p:PublishReadyToRun=true -v quiet
dotnet build -c Release --no-restore -v quiet --nologo -clp:Summary
# The tests of processes start two hundred servers; compiled ahead of time, each starts in two thirds of the processor time.
export TASKSBUS_PROGRAMS="$PWD/src/TasksBus.Server/bin/Release/compiled"
dotnet publish src/TasksBus.Server -c Release --no-restore -r "$rid" --no-self-contained -p:PublishReadyToRun=true -p:RunAnalyzers=false \
  -o "$TASKSBUS_PROGRAMS" -v quiet --nologo
exec node tests/runner/run.mjs "$@"
