#!/usr/bin/env bash
# Every test: make test. Ends with a line "N passed, N failed"; exits with 1 when one failed, or when none ran.
# Tests that need RabbitMQ and PostgreSQL start and stop servers of their own, with servers.sh.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
ops/local/tools.sh npm servers pgbouncer python awscli chromium || exit 1

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

dotnet restore --locked-mode -v quiet && dotnet build -c Release --no-restore -v quiet --nologo -clp:Summary || exit 1

passed=0 failed=0
# count FILE PATTERN: the sum of the numbers behind a word.
count() { grep -oE "$2" "$1" | grep -oE '[0-9]+' | awk '{ sum += $1 } END { print sum + 0 }'; }

# run NAME PASSED FAILED COMMAND...: runs tests, and counts by the patterns of the lines that say how many passed and failed.
run() {
  local log=$results/$1.log passes=$2 fails=$3 status failures
  shift 3
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  passed=$((passed + $(count "$log" "$passes")))
  failures=$(count "$log" "$fails")
  # A run that broke off without counting is a failure too.
  [ "$status" != 0 ] && [ "$failures" = 0 ] && failures=1
  failed=$((failed + failures))
}

npm_test() { (cd "$1" && npm ci --no-audit --no-fund --silent && npm test --silent); }

for project in tests/*/*.csproj; do
  case $project in *Benchmarks*) continue ;; esac
  run "$(basename "$project")" 'Passed: +[0-9]+' 'Failed: +[0-9]+' \
    dotnet test "$project" -c Release --no-build --nologo --logger "console;verbosity=minimal" --blame-hang-timeout 5min
done

# The chaos tests in their short form; make chaos has the long one.
for suite in tests/end-to-end tests/chaos; do
  run "$(basename "$suite")" '^(#|ℹ) pass [0-9]+' '^(#|ℹ) fail [0-9]+' npm_test "$suite"
done

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
