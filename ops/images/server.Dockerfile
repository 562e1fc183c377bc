# The server, in any role. Build it from the top folder: docker build -f ops/images/server.Dockerfile .
FROM mcr.microsoft.com/dotnet/sdk:10.0.401 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ src/
RUN dotnet restore src/TasksBus.Server --locked-mode
RUN dotnet publish src/TasksBus.Server -c Release --no-restore -o /app -p:UseAppHost=false

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
