#!/usr/bin/env bash
# Says so where the system is not Linux, and what to do instead: linux.sh WHAT. Servers of our own need it, for they are found by /proc and
# started with setpriv, setsid and flock.
[ "$(uname -s)" = Linux ] || {
  echo "tasksbus: $1 needs Linux, and this is $(uname -s). Use 'make run', which runs on macOS too, or Docker:" \
    "'ops/docker/env.sh', then 'docker compose up --build --wait'." >&2
  exit 1
}
