#!/usr/bin/env bash
# A private RabbitMQ and PostgreSQL in a folder: on 127.0.0.1 only, on free ports that they keep, with a random password.
# Nothing outside the folder is touched, and any number of folders can be in use at once. Linux only.
#
# A running server is found by a mark in its environment, and so is the command `start`. So there is no file of process ids that
# could be out of date, and a start that broke off half way leaves nothing that `stop` does not find.
# shellcheck disable=SC2030,SC2031,SC2119,SC2120 # Subshells hold what one server sees; commands are called by name.
set -euo pipefail

usage() {
  cat >&2 <<'USAGE'
Usage: servers.sh COMMAND FOLDER [ARGUMENT...]

  start FOLDER                 start both; print their connection strings, which are in FOLDER/env too: . FOLDER/env
  stop FOLDER                  stop both; their data stays
  start-rabbitmq, stop-rabbitmq FOLDER
  kill-rabbitmq FOLDER         end it with SIGKILL
  reset-rabbitmq FOLDER        delete all that it holds and start it afresh, on the same port
  rabbitmqctl FOLDER ARGUMENT...             the virtual host is tasksbus: list_queues -p tasksbus
  start-postgresql FOLDER
  stop-postgresql FOLDER [fast|immediate]    immediate: as if it crashed
  psql FOLDER ARGUMENT...

Logs are in FOLDER/log. To delete a folder, stop its servers first.
USAGE
  exit 2
}

say() { echo "servers: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# How long a start or a stop may take, in seconds.
patience=120

# ---- Processes

# user_of SERVER: whom a server runs as: whoever calls, but PostgreSQL refuses to be root.
user_of() {
  if [ "$EUID" != 0 ] || [ "$1" != postgresql ]; then
    id -un
  elif id postgres >/dev/null 2>&1; then
    echo postgres
  else
    echo nobody
  fi
}

# A folder may be where only root can reach it, such as below /root. So root's PostgreSQL keeps one right of root's, to pass through
# folders; where root itself has not got it, in a container, one that includes it.
kept=()
if [ "$EUID" = 0 ]; then
  for right in +dac_read_search +dac_override; do
    kept=(--inh-caps "$right" --ambient-caps "$right")
    if setpriv "${kept[@]}" true 2>/dev/null; then break; fi
    kept=()
  done
fi

# as USER COMMAND...: replaces this process by the command, run by that user.
as() {
  local user=$1
  shift
  [ "$user" != "$(id -un)" ] || exec "$@"
  exec setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "${kept[@]}" "$@"
}

# processes SERVER: the ids of its processes.
processes() {
  (as "$(user_of "$1")" grep -lzxsF "TASKSBUS_SERVER=$1 $folder" /proc/[0-9]*/environ) 2>/dev/null | cut -d/ -f3 || true
}

# launch SERVER LOG COMMAND...: in the background, in a session of its own, out of reach of Ctrl-C. Sets $launched to its id.
launch() {
  local server=$1 log=$2
  shift 2
  (
    export TASKSBUS_SERVER="$server $folder"
    # Only the folder itself is certain to stay while the server runs.
    cd "$folder/$server" || exit 1
    as "$(user_of "$server")" setsid "$@" </dev/null >>"$log" 2>&1 9>&-
  ) &
  launched=$!
}

# signal SERVER SIGNAL [NAME]: to each of its processes, or to those of that name.
signal() {
  local pid
  for pid in $(processes "$1"); do
    [ -n "${3:-}" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != "$3" ] && continue
    kill -s "$2" "$pid" 2>/dev/null || true
  done
}

runs() { [ -n "$(processes "$1")" ]; }

# until_ended SERVER SECONDS: fails if it still runs then.
until_ended() {
  local end=$((SECONDS + $2))
  while runs "$1"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

# kill_now SERVER: all of it, also what it started meanwhile.
kill_now() {
  local end=$((SECONDS + patience))
  while runs "$1"; do
    [ "$SECONDS" -lt "$end" ] || fail "$1 does not end: processes $(processes "$1" | tr '\n' ' ')"
    signal "$1" KILL
    sleep 0.05
  done
}

# until_ready SERVER LOG COMMAND...: waits until the command succeeds. Fails at once if the server has ended.
until_ready() {
  local server=$1 log=$2 end=$((SECONDS + patience))
  shift 2
  until "$@"; do
    if ! kill -0 "$launched" 2>/dev/null; then
      say "$server ended while it started; the end of $log:"
      tail -n 20 "$log" >&2
      return 1
    fi
    if [ "$SECONDS" -ge "$end" ]; then
      say "$server is not ready after $patience seconds; see $log"
      return 1
    fi
    sleep 0.1
  done
}

# ---- Folders

# private SERVER PATH...: folders that only the server's user can read.
private() {
  local user
  user=$(user_of "$1")
  shift
  mkdir -p "$@"
  chmod 700 "$@"
  [ "$EUID" != 0 ] || chown "$user:" "$@"
}

# write SERVER PATH: a file from standard input that only the server's user can read.
write() {
  (umask 077 && cat >"$2")
  [ "$EUID" != 0 ] || chown "$(user_of "$1"):" "$2"
}

random_password() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }

# setting SERVER NAME: a port or the password, as chosen when the server was made.
setting() { sed -n "s/^$2=//p" "$folder/$1/settings"; }

# exists SERVER: whether it has ever been ready. Until then its ports are no promise.
exists() { [ -f "$folder/$1/made" ]; }

need() { exists "$1" || fail "there is no $1 in $folder yet; make it with: servers.sh start $folder"; }

# start SERVER: unless it runs already. One that is new tries other ports if a stranger was faster.
start() {
  local server=$1 attempt
  if exists "$server"; then
    "start_$server"
    return
  fi
  for attempt in 1 2 3 4 5; do
    kill_now "$server"
    rm -rf "${folder:?}/$server"
    "make_$server" || return 1
    : >"$folder/log/$server.log"
    if "start_$server"; then
      touch "$folder/$server/made"
      return
    fi
    grep -qiE 'eaddrinuse|address already in use|port_already_used' "$folder/log/$server.log" || break
    say "$server found its port taken; trying another (attempt $attempt)"
  done
  kill_now "$server"
  rm -rf "${folder:?}/$server"
  return 1
}

# ---- RabbitMQ

# rabbitmq_program NAME: the script itself; Debian's wrapper around it takes no user but its own.
rabbitmq_program() {
  if [ -x "/usr/lib/rabbitmq/bin/$1" ]; then
    echo "/usr/lib/rabbitmq/bin/$1"
  else
    command -v "$1" || fail "$1 is missing"
  fi
}

# rabbitmq_environment: what makes RabbitMQ's scripts look at the folder only. The node's name may be the same in every folder,
# for each has an epmd, the directory of names, of its own.
rabbitmq_environment() {
  local home=$folder/rabbitmq
  export HOME=$home ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP_SECONDS=0
  export RABBITMQ_NODENAME=tasksbus@localhost RABBITMQ_CONF_ENV_FILE=$home/rabbitmq-env.conf RABBITMQ_CONFIG_FILE=$home/rabbitmq.conf
  export RABBITMQ_MNESIA_BASE=$home/data RABBITMQ_ENABLED_PLUGINS_FILE=$home/enabled_plugins
  export RABBITMQ_GENERATED_CONFIG_DIR=$home/generated RABBITMQ_SCHEMA_DIR=$home/schema RABBITMQ_LOG_BASE=$home RABBITMQ_LOGS=-
  ERL_EPMD_PORT=$(setting rabbitmq epmd)
  RABBITMQ_DIST_PORT=$(setting rabbitmq distribution)
  export ERL_EPMD_PORT RABBITMQ_DIST_PORT
  # Two schedulers, and none that waits by spinning: a small machine has better uses for its cores.
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}"
  export RABBITMQ_CTL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" RABBITMQ_CTL_DIST_PORT_MIN=0 RABBITMQ_CTL_DIST_PORT_MAX=0
}

make_rabbitmq() {
  local home=$folder/rabbitmq amqp distribution epmd password
  { read -r amqp && read -r distribution && read -r epmd; } < <("$here/free-ports.sh" 3)
  password=$(random_password)
  private rabbitmq "$home" "$home/data" "$home/generated" "$home/schema"
  write rabbitmq "$home/rabbitmq-env.conf" </dev/null
  write rabbitmq "$home/enabled_plugins" <<<'[].'
  write rabbitmq "$home/.erlang.cookie" <<<"$(random_password)"
  chmod 400 "$home/.erlang.cookie"
  write rabbitmq "$home/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$amqp
default_vhost = tasksbus
default_user = tasksbus
default_pass = $password
CONF
  write rabbitmq "$home/settings" <<SETTINGS
amqp=$amqp
distribution=$distribution
epmd=$epmd
password=$password
SETTINGS
}

# rabbitmq_answers: whether it answers a greeting in AMQP 0-9-1, with a frame whose first byte says 1, method.
rabbitmq_answers() {
  local byte
  (
    exec 3<>"/dev/tcp/127.0.0.1/$(setting rabbitmq amqp)"
    printf 'AMQP\0\0\11\1' >&3
    IFS= read -r -n 1 -t 5 byte <&3
    [ "$byte" = $'\1' ]
  ) 2>/dev/null
}

start_rabbitmq() {
  local log=$folder/log/rabbitmq.log program
  if [ -n "$(beam)" ] && rabbitmq_answers; then return 0; fi
  kill_now rabbitmq # What is left of one that was killed, or hangs.
  program=$(rabbitmq_program rabbitmq-server)
  (
    rabbitmq_environment
    # That of systemd means: no shell between us and the server.
    export RUNNING_UNDER_SYSTEMD=true
    launch rabbitmq "$log" epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1
    if until_ready rabbitmq "$log" epmd_answers; then
      launch rabbitmq "$log" "$program"
      if until_ready rabbitmq "$log" rabbitmq_answers; then exit 0; fi
    else
      echo "epmd gives no reason; there is one: address already in use" >>"$log"
    fi
    kill_now rabbitmq
    exit 1
  )
}

# A stranger on its port may be silent.
epmd_answers() { timeout 2 epmd -port "$ERL_EPMD_PORT" -names >/dev/null 2>&1; }

# beam: the process id of the server proper.
beam() {
  local pid
  for pid in $(processes rabbitmq); do
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != beam.smp ] || echo "$pid"
  done
}

# One that is still starting does not hear SIGTERM.
stop_rabbitmq() {
  local end=$((SECONDS + patience))
  if rabbitmq_answers; then
    signal rabbitmq TERM beam.smp
    while [ -n "$(beam)" ] && [ "$SECONDS" -lt "$end" ]; do sleep 0.1; done
  fi
  kill_now rabbitmq # epmd, and a server that does not listen to reason.
}

reset_rabbitmq() {
  kill_now rabbitmq
  find "$folder/rabbitmq/data" -mindepth 1 -delete
  start_rabbitmq
}

rabbitmqctl() {
  (
    rabbitmq_environment
    as "$(user_of rabbitmq)" "$(rabbitmq_program rabbitmqctl)" "$@"
  )
}

# ---- PostgreSQL

# postgresql_program NAME: the newest version that Debian has installed, or what is on the path.
postgresql_program() {
  local found
  found=$(find /usr/lib/postgresql/*/bin -name "$1" 2>/dev/null | sort -V | tail -n 1)
  [ -n "$found" ] || found=$(command -v "$1") || fail "$1 is missing"
  echo "$found"
}

make_postgresql() {
  local home=$folder/postgresql port password
  port=$("$here/free-ports.sh")
  password=$(random_password)
  private postgresql "$home" "$home/data"
  write postgresql "$home/password" <<<"$password"
  (
    export TASKSBUS_SERVER="postgresql $folder"
    cd "$home" || exit 1
    as "$(user_of postgresql)" "$(postgresql_program initdb)" -D "$home/data" -U tasksbus -E UTF8 --locale=C \
      -A scram-sha-256 --pwfile="$home/password"
  ) </dev/null >>"$folder/log/postgresql.log" 2>&1 || {
    say "initdb failed; the end of $folder/log/postgresql.log:"
    tail -n 20 "$folder/log/postgresql.log" >&2
    return 1
  }
  # Said once more where they are the defaults: durability is measured here.
  cat >>"$home/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
log_line_prefix = '%m [%p] '
timezone = 'UTC'
log_timezone = 'UTC'
CONF
  write postgresql "$home/settings" <<SETTINGS
port=$port
password=$password
SETTINGS
}

# postgresql_client: what makes psql find the server.
postgresql_client() {
  PGPORT=$(setting postgresql port)
  PGPASSWORD=$(setting postgresql password)
  export PGHOST=127.0.0.1 PGUSER=tasksbus PGDATABASE="${1:-tasksbus}" PGPORT PGPASSWORD PGCONNECT_TIMEOUT=5
}

psql() { (postgresql_client && exec "$(postgresql_program psql)" -X "$@"); }

postgresql_answers() {
  (postgresql_client postgres && "$(postgresql_program psql)" -X -qc 'select 1') >/dev/null 2>&1
}

start_postgresql() {
  local log=$folder/log/postgresql.log
  if runs postgresql && postgresql_answers; then return 0; fi
  kill_now postgresql
  launch postgresql "$log" "$(postgresql_program postgres)" -D "$folder/postgresql/data"
  if ! until_ready postgresql "$log" postgresql_answers; then
    kill_now postgresql
    return 1
  fi
  (
    postgresql_client postgres
    program=$(postgresql_program psql)
    [ "$("$program" -XAtc "select count(*) from pg_database where datname = 'tasksbus'")" = 1 ] ||
      "$program" -Xqc 'create database tasksbus'
  )
}

stop_postgresql() {
  case ${1:-fast} in
    fast) signal postgresql INT postgres ;;
    immediate) signal postgresql QUIT postgres ;;
    *) usage ;;
  esac
  until_ended postgresql "$patience" || kill_now postgresql
}

# ---- Both

environment() {
  printf '%s' "ConnectionStrings__tasksbus=Host=127.0.0.1;Port=$(setting postgresql port);Database=tasksbus;"
  echo "Username=tasksbus;Password=$(setting postgresql password)"
  echo "ConnectionStrings__rabbitmq=amqp://tasksbus:$(setting rabbitmq password)@127.0.0.1:$(setting rabbitmq amqp)/tasksbus"
}

stop_both() {
  kill_now start
  stop_rabbitmq &
  stop_postgresql
  wait $!
}

start_both() {
  local result=0
  # A second start beside the first waits for it, and then finds both running. Servers do not get the lock.
  exec 9>"$folder/servers.lock"
  flock 9
  # Whatever ends this script before both are ready takes them along.
  trap abandon EXIT
  trap 'exit 1' INT TERM HUP
  set -m # A process group of its own, by which to end it.
  start rabbitmq &
  starting=$!
  set +m
  start postgresql || result=1
  wait "$starting" || result=1
  [ "$result" = 0 ] || exit 1
  # For a shell: in quotes, for a connection string has semicolons.
  (umask 077 && environment | sed "s/^\([^=]*\)=\(.*\)$/export \1='\2'/" >"$folder/env")
  trap - EXIT INT TERM HUP
  environment
}

abandon() {
  trap - EXIT INT TERM HUP
  kill -s KILL -- "-$starting" 2>/dev/null || true
  wait "$starting" 2>/dev/null || true
  kill_now rabbitmq
  stop_postgresql
  exit 1
}

[ $# -ge 2 ] || usage
"$here/linux.sh" servers.sh
command=$1
case $command in
  start | stop | start-rabbitmq | stop-rabbitmq | kill-rabbitmq | reset-rabbitmq | rabbitmqctl) ;;
  start-postgresql | stop-postgresql | psql) ;;
  *) usage ;;
esac
if [ "$command" = start ]; then
  "$here/tools.sh" servers
  "$here/private-folder.sh" "$2"
  (umask 077 && mkdir -p "$2/log")
  # Without that right of root's, its PostgreSQL passes through the folder only if others may.
  [ "$EUID" != 0 ] || [ ${#kept[@]} -gt 0 ] || chmod go+x "$2"
fi
# A folder that is gone may still have servers, and they are to be stopped.
folder=$(realpath -m "$2")
shift 2
if [ "$command" = start ] && [ "${TASKSBUS_SERVER:-}" != "start $folder" ]; then
  TASKSBUS_SERVER="start $folder" exec "$0" start "$folder"
fi

case $command in
  start-* | reset-* | rabbitmqctl | psql)
    case $command in *postgresql | psql) need postgresql ;; *) need rabbitmq ;; esac
    ;;
esac
case $command in
  start) start_both ;;
  stop) stop_both ;;
  kill-rabbitmq) kill_now rabbitmq ;;
  *) "${command//-/_}" "$@" ;;
esac
