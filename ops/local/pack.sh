#!/usr/bin/env bash
# The NuGet packages of ops/packages.slnf, with their symbols: make pack. Usage: pack.sh [--as-built] [FOLDER]
#   --as-built   what was built for Release is packed as it is, also when the sources have changed since
#   FOLDER       default: artifacts/packages
set -euo pipefail
cd "$(dirname "$0")/../.."
as_built=
if [ "${1:-}" = --as-built ]; then
  as_built=yes
  shift
fi
folder=$(realpath -m "${1:-artifacts/packages}")
if [ -z "$as_built" ]; then
  ops/local/tools.sh
  dotnet build ops/packages.slnf -c Release -v quiet --nologo '-clp:ErrorsOnly;NoSummary'
fi
dotnet pack ops/packages.slnf -c Release --no-build -o "$folder" -v quiet --nologo
ls "$folder"
