#!/usr/bin/env bash
# The chaos tests in their long form: make chaos. Each scenario breaks something many times under load, and judges every task.
#   TASKS=5000   how many tasks a scenario has at least
set -euo pipefail
cd "$(dirname "$0")/../.."

ops/local/tools.sh npm servers
for project in src/TasksBus.Server tests/TasksBus.BusPublisher; do
  dotnet build "$project" -c Release -v quiet --nologo '-clp:ErrorsOnly;NoSummary'
done
cd tests/chaos
npm ci --no-audit --no-fund --silent
CHAOS=long exec npm test --silent
