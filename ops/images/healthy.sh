#!/usr/bin/env bash
# Whether a program in this container is healthy: healthy PORT [PATH]. Without a path any answer over HTTP will do.
# Bash can ask by itself; so the image needs no curl.
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "${2:-/}" >&3
IFS= read -r -t 4 line <&3
case $line in
  'HTTP/1.1 200'*) ;;
  'HTTP/1.1 '*) [ -z "${2:-}" ] ;;
  *) exit 1 ;;
esac
