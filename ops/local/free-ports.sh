#!/usr/bin/env bash
# Prints so many ports, one a line, on which nothing listens now: free-ports.sh [NUMBER].
# They lie below those that the kernel gives to outgoing connections, so that only another listener can take one meanwhile.
set -euo pipefail

number=${1:-1}
declare -A found=([15672]=default [25672]=default)
while [ ${#found[@]} -lt $((number + 2)) ]; do
  port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
  # Who can connect has found a listener.
  [ -n "${found[$port]:-}" ] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue
  found[$port]=free
  echo "$port"
done
