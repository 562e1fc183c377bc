#!/usr/bin/env bash
# The NuGet packages of ops/packages.slnf, with their symbols: make pack. Usage: pack.sh [FOLDER]; default: artifacts/packages
# It builds in a folder of its own, so it changes nothing that runs or is tested from bin.
set -euo pipefail
cd "$(dirname "$0")/../.."
ops/local/tools.sh
folder=$(realpath -m "${1:-artifacts/packages}")
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
# The build has checked what analyzers check.
dotnet pack ops/packages.slnf -c Release -p:ContinuousIntegrationBuild=true -p:RunAnalyzers=false --artifacts-path "$build" -o "$folder" \
  -v quiet --nologo
ls "$folder"
