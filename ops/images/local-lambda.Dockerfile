# The endpoint for local functions. Build it from the top folder: docker build -f ops/images/local-lambda.Dockerfile .
FROM mcr.microsoft.com/dotnet/sdk:10.0.401 AS build
# The platform that docker builds for: amd64 or arm64.
ARG TARGETARCH=amd64
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ src/
# Compiled ahead of time: it starts in two thirds of the processor time.
RUN dotnet restore src/TasksBus.LocalLambda --locked-mode -p:PublishReadyToRun=true
RUN dotnet publish src/TasksBus.LocalLambda -c Release --no-restore -r linux-$(echo $TARGETARCH | sed s/amd/x/) --no-self-contained -p:PublishReadyToRun=true -o /app

FROM node:22.22.2-bookworm-slim AS node

FROM mcr.microsoft.com/dotnet/aspnet:10.0.12
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --chmod=755 ops/images/healthy.sh /usr/local/bin/healthy
RUN apt-get update && apt-get install -y --no-install-recommends perl-base python3 && rm -rf /var/lib/apt/lists/*
# /functions is for folders, /data for what is deployed as zip files.
RUN install -d /functions && install -d -m 700 -o $APP_UID /data
WORKDIR /app
COPY --from=build /app ./
ENV ASPNETCORE_HTTP_PORTS= LocalLambda__FunctionsPath=/functions LocalLambda__StoragePath=/data
USER $APP_UID
# Beyond this container it listens only with keys: LocalLambda__Keys__0__AccessKey and __SecretKey.
ENTRYPOINT ["dotnet", "TasksBus.LocalLambda.dll", "--urls", "http://0.0.0.0:9001"]
