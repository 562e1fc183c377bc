# The server, in any role. Build it from the top folder: docker build -f ops/images/server.Dockerfile .
FROM mcr.microsoft.com/dotnet/sdk:10.0.401 AS build
# The platform that docker builds for: amd64 or arm64.
ARG TARGETARCH=amd64
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ src/
COPY ops/sql/ ops/sql/
# Compiled ahead of time: it starts in two thirds of the processor time.
RUN dotnet restore src/TasksBus.Server --locked-mode -p:PublishReadyToRun=true
RUN dotnet publish src/TasksBus.Server -c Release --no-restore -r linux-$(echo $TARGETARCH | sed s/amd/x/) --no-self-contained -p:PublishReadyToRun=true -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0.12
COPY --chmod=755 ops/images/healthy.sh /usr/local/bin/healthy
# For a server that runs alone; a cluster keeps nothing here.
RUN install -d -m 700 -o $APP_UID /data
WORKDIR /app
COPY --from=build /app ./
# The base image listens on every address unless told otherwise. Where this server listens is said by ASPNETCORE_URLS alone.
ENV ASPNETCORE_HTTP_PORTS= TasksBus__DataPath=/data
USER $APP_UID
ENTRYPOINT ["dotnet", "TasksBus.Server.dll"]
