#!/usr/bin/env bash
# Makes .env, with the random passwords and keys that docker-compose.yml asks for, and prints the key for the API: once, for only
# its hash is kept. Usage: env.sh [FILE]
set -euo pipefail
file=${1:-$(dirname "$0")/../../.env}

if [ -e "$file" ]; then
  echo "tasksbus: $file is there already. The volumes of PostgreSQL and RabbitMQ know its passwords:" \
    "delete it together with them (docker compose down -v)." >&2
  exit 1
fi

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

key=tbk_$(random 32)
hash=$(printf %s "$key" | sha256sum | cut -d ' ' -f 1)
umask 077
cat >"$file" <<ENV
POSTGRES_ADMIN_PASSWORD=$(random 24)
POSTGRES_PASSWORD=$(random 24)
RABBITMQ_PASSWORD=$(random 24)
LAMBDA_ACCESS_KEY=local$(random 8)
LAMBDA_SECRET_KEY=$(random 32)
TASKSBUS_API_KEY_HASH=sha256:$hash
ENV

echo "The key for the API, which is shown this once:"
echo "  $key"
echo "Send it with every request:"
echo "  curl -s localhost:8080/tasks/v1/ -H 'Authorization: Bearer $key' -d '{\"functionName\":\"hello\"}'"
