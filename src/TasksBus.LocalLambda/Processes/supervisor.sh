# Runs a function's process once its variables are set, which come over standard input: a line with the number of lines that follow, then those
# lines, as a shell script. So they reach the function and nothing that is run before it, setpriv above all.
#   sh supervisor.sh plain|group|single COMMAND...
# Unless plain, a watcher shares the process's group and output. It reads what follows: a line is the id of an invocation that has been
# answered, and is passed on as the mark that ends its part of the log. The end of input is the end of the server, however that ended; the
# process, or its group, goes with it.
umask 077
read -r lines
variables=
while [ "$lines" -gt 0 ]; do
  IFS= read -r line
  variables="$variables$line
"
  lines=$((lines - 1))
done
mode=$1 victim=$$
shift
[ "$mode" = group ] && victim=-$$
if [ "$mode" != plain ]; then
  exec 2>&1
  exec 3<&0 # a shell gives what it runs in the background no input otherwise
  ( (while read -r id; do printf '\036%s\n' "$id"; done <&3; kill -KILL "$victim") & )
  exec 3<&-
fi
eval "$variables"
unset variables lines line mode victim PWD
exec "$@" </dev/null
