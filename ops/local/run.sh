#!/usr/bin/env bash
# One server with everything in it: make run. Arguments go to the server, such as --urls http://localhost:8081.
set -euo pipefail
cd "$(dirname "$0")/../.."
ops/local/tools.sh
dotnet build src/TasksBus.Server -c Release -v quiet --nologo '-clp:ErrorsOnly;NoSummary'
export TasksBus__FunctionsPath="${TasksBus__FunctionsPath:-src/samples/functions}"
exec dotnet src/TasksBus.Server/bin/Release/net10.0/TasksBus.Server.dll "$@"
