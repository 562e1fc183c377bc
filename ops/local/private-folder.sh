#!/usr/bin/env bash
# Makes a folder for this user alone, and its missing parents: private-folder.sh FOLDER. An existing folder that is open to others is closed
# if it is empty or holds what TasksBus keeps in such a folder. Otherwise it is refused, because it may be anything.
set -euo pipefail
folder=$1

fail() {
  echo "tasksbus: $folder $1" >&2
  exit 1
}

# ours: whether it holds what servers.sh and cluster.sh keep.
ours() {
  local name
  for name in rabbitmq postgresql env lock log servers.lock; do
    if [ -e "$folder/$name" ]; then return 0; fi
  done
  return 1
}

(umask 077 && mkdir -p "$folder")
[ $((8#$(stat -Lc %a "$folder") & 8#77)) != 0 ] || exit 0
[ -z "$(ls -A "$folder")" ] || ours || fail "is open to others and holds other things: choose another folder, or close it with chmod 700."
chmod go-rwx "$folder" 2>/dev/null || fail "is open to others, and another user's: choose a folder inside it."
