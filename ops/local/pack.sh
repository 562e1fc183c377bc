#!/usr/bin/env bash
# The NuGet packages, with their symbols: make pack. Usage: pack.sh [FOLDER]; default: artifacts/packages
# It builds in a folder of its own, so it changes nothing that runs or is tested from bin. PACK_BUILT=1 packs what is there, as a test does.
set -euo pipefail
cd "$(dirname "$0")/../.."
ops/local/tools.sh
folder=$(realpath -m "${1:-artifacts/packages}")
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
how=(-p:ContinuousIntegrationBuild=true --artifacts-path "$build")
if [ -n "${PACK_BUILT:-}" ]; then how=(--no-build); fi
for project in TasksBus.Contracts TasksBus.Client TasksBus.Client.MassTransit TasksBus.Client.PostgreSql TasksBus TasksBus.Storage \
  TasksBus.RabbitMq TasksBus.Worker TasksBus.Testing; do
  dotnet pack "src/$project" -c Release "${how[@]}" -o "$folder" -v quiet --nologo
done
ls "$folder"
