#!/usr/bin/env bash
# A cluster on this machine, without Docker: make cluster. RabbitMQ and PostgreSQL of its own, local functions, the API with a
# dispatcher, a second dispatcher that stands by, and workers. Ctrl-C ends it all, and lets running functions finish; once more
# ends it at once. Stored data stays in .data/cluster, which one cluster at a time may use. Delete the folder to start afresh.
# Linux only.
#
#   WORKERS=5         how many workers (3)
#   ASPNETCORE_URLS   where the API listens (http://localhost:8080)
#   TasksBus__...     settings of every process, such as TasksBus__WorkerSlots
# shellcheck disable=SC2317 # Much is called by a trap, or given to until_up.
set -euo pipefail
cd "$(dirname "$0")/../.."
ops/local/linux.sh "make cluster"

workers=${WORKERS:-3}
url=${ASPNETCORE_URLS:-http://localhost:8080}
functions=${TasksBus__FunctionsPath:-src/samples/functions}
folder=.data/cluster
server=src/TasksBus.Server/bin/Release/net10.0/TasksBus.Server.dll
local_lambda=src/TasksBus.LocalLambda/bin/Release/net10.0/TasksBus.LocalLambda.dll
# What these processes do not get from the caller.
unset ASPNETCORE_URLS WORKERS

say() { echo "cluster | $*"; }

fail() {
  say "$*" >&2
  exit 1
}

# ---- Processes

declare -A names=() # of those that run, by process id

# launch NAME COMMAND...: in the background, each line of its output after its name. In a session of its own, for a Ctrl-C is ours
# to pass on, in order; but it hears SIGTERM if this script is killed.
launch() {
  local name=$1
  shift
  setpriv --pdeathsig TERM setsid "$@" </dev/null > >(prefix "$name" 8>&-) 2>&1 8>&- &
  names[$!]=$name
}

# prefix NAME: until the last process that writes to it has ended.
prefix() {
  trap '' INT TERM
  exec sed -u "s/^/$(printf '%-12s' "$1")| /"
}

# running PATTERN: the ids of the processes whose names match.
running() {
  local pid
  for pid in "${!names[@]}"; do
    # shellcheck disable=SC2053 # It is a pattern.
    if [[ ${names[$pid]} == $1 ]]; then echo "$pid"; fi
  done
}

# end PATTERN: with SIGTERM, and waits for them all.
end() {
  local pid pids
  pids=$(running "$1")
  for pid in $pids; do kill -s TERM "$pid" 2>/dev/null || true; done
  for pid in $pids; do
    # A signal to this script breaks off `wait`, not the process.
    while kill -0 "$pid" 2>/dev/null; do wait "$pid" 2>/dev/null || true; done
    unset "names[$pid]"
  done
}

end_all() {
  trap - EXIT
  trap end_at_once INT TERM HUP
  if [ -n "$(running '*')" ]; then
    say "ending: workers finish what they run (Ctrl-C once more ends it at once)"
    # The others last as long as the workers need them.
    end 'worker-*'
    end '[ad]*'
    end 'functions'
  fi
  trap '' INT TERM HUP
  ops/local/servers.sh stop "$folder" 8>&-
  say "ended; what is stored is in $folder"
}

end_at_once() {
  local pid
  trap '' INT TERM HUP
  say "ending at once"
  for pid in "${!names[@]}"; do
    kill -s KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true # Else bash says what we know.
  done
  ops/local/servers.sh stop "$folder" 8>&-
  exit 1
}

# report PID STATUS: says that a process has ended by itself.
report() {
  say "${names[$1]} (process $1) ended by itself with $2; the others go on"
  unset "names[$1]"
}

# ---- Start

# take_folder: locks the folder until this script ends, however it ends. File descriptor 8 holds the lock. Processes that may outlive
# this script do not get it.
take_folder() {
  ops/local/private-folder.sh "$folder" || exit 1
  exec 8>"$folder/lock"
  flock -n 8 || fail "$folder is in use by another cluster: end that one with Ctrl-C where it was started;" \
    "two need two copies of this repository"
}

random() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# answers URL: whether it says 200.
answers() { node -e 'fetch(process.argv[1]).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))' "$1"; }

# until_up WHAT COMMAND...: waits until the command succeeds; gives up when a process has ended meanwhile.
until_up() {
  local what=$1 end=$((SECONDS + 60)) pid
  shift
  until "$@"; do
    for pid in "${!names[@]}"; do
      kill -0 "$pid" 2>/dev/null || fail "${names[$pid]} ended while it started; see its lines above"
    done
    [ "$SECONDS" -lt "$end" ] || fail "$what is not ready after 60 seconds"
    sleep 0.2
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_servers() {
  local lines line
  say "starting RabbitMQ and PostgreSQL in $folder"
  lines=$(exec 8>&- && ops/local/servers.sh start "$folder") || fail "RabbitMQ or PostgreSQL did not start; see above"
  while IFS= read -r line; do export "${line?}"; done <<<"$lines"
}

start_functions() {
  local port access secret
  port=$(ops/local/free-ports.sh)
  # Only this cluster's processes know the key: whoever has it may run code.
  access=LOCAL$(random 8)
  secret=$(random 32)
  LocalLambda__Keys__0__AccessKey=$access LocalLambda__Keys__0__SecretKey=$secret launch functions \
    env "LocalLambda__FunctionsPath=$functions" "LocalLambda__StoragePath=$folder/lambda" \
    dotnet "$local_lambda" --urls "http://127.0.0.1:$port"
  until_up "the endpoint of local functions" listens "$port"
  export TasksBus__Lambda__Endpoint=http://127.0.0.1:$port TasksBus__Lambda__Region=local
  export TasksBus__Lambda__AccessKey=$access TasksBus__Lambda__SecretKey=$secret
  export TasksBus__Lambda__ExecutionRole=arn:aws:iam::000000000000:role/local
}

# A wildcard is where to listen, not where to ask.
address() { sed -E 's#//(\*|\+|0\.0\.0\.0|\[::\])#//localhost#; s#/*(;.*)?$##' <<<"$url"; }

start_members() {
  local ports number api
  api=$(address)
  launch api env TasksBus__Roles=api,dispatcher "ASPNETCORE_URLS=$url" dotnet "$server"
  until_up "the API" answers "$api/health/ready" # It has brought the database up to date, for all of them.
  # The others listen for the one question whether they are ready.
  mapfile -t ports < <(ops/local/free-ports.sh $((workers + 1)))
  launch dispatcher env TasksBus__Roles=dispatcher "ASPNETCORE_URLS=http://127.0.0.1:${ports[0]}" dotnet "$server"
  for number in $(seq "$workers"); do
    launch "worker-$number" env TasksBus__Roles=worker "ASPNETCORE_URLS=http://127.0.0.1:${ports[$number]}" dotnet "$server"
  done
  for number in "${!ports[@]}"; do
    until_up "a dispatcher or worker" answers "http://127.0.0.1:${ports[$number]}/health/ready"
  done
  say "ready on $api, with $workers workers. Schedule a task:"
  say "  curl -s $api/tasks/v1/ -d '{\"functionName\":\"hello\",\"data\":{\"name\":\"world\"}}'"
  say "Its database: ops/local/servers.sh psql $folder"
}

# Waits for processes that end by themselves, and goes on without them: to watch what the others do then is a use of a cluster.
watch() {
  local pid status
  while [ -n "$(running '*')" ]; do
    status=0
    wait -n -p pid "${!names[@]}" 2>/dev/null || status=$?
    if [ -n "${pid:-}" ]; then report "$pid" "$status"; fi
  done
  fail "no process is left"
}

[[ $workers =~ ^[0-9]+$ ]] || fail "WORKERS is $workers; it must be a number, such as 3"
take_folder
ops/local/tools.sh servers
for project in TasksBus.Server TasksBus.LocalLambda; do
  output=$(exec 8>&- && dotnet build "src/$project" -c Release -v quiet --nologo '-clp:ErrorsOnly;NoSummary' 2>&1) || fail "$output"
done

trap end_all EXIT
trap 'exit 0' INT TERM HUP
start_servers
start_functions
start_members
watch
