namespace TasksBus.Server.Commands;

/// <summary>What <c>--help</c> says.</summary>
internal static class Help
{
    public const string Purpose = "TasksBus runs tasks: functions of AWS Lambda or of this machine, at their start time, most urgent first, at most once each.";

    public const string Text =
        $"""
        {Purpose}

        Usage: TasksBus.Server [--SETTING=VALUE ...]
               TasksBus.Server --new-api-key [NAME] [--permissions A,B] [--expires TIME|90d] [--store]
                                                      makes an API key, and shows it with its settings; or stores its hash in the database
               TasksBus.Server --list-api-keys        the keys in the database
               TasksBus.Server --revoke-api-key NAME  ends one, within seconds
               TasksBus.Server --release-hold         in a cluster: after a restore, lets tasks run again
               TasksBus.Server --version              the program's version

          --urls=URL                         where to listen; beyond this machine with API keys or tokens only (http://localhost:8080)
          --TasksBus:DataPath=FOLDER         the database (./.data)
          --TasksBus:FunctionsPath=FOLDER    local functions, a folder each (./functions)
          --TasksBus:WorkerSlots=N           functions that run at once, 1 to 10000 (20 a core)
          --TasksBus:TaskTimeLimit=TIME      longest run of a function, at most 00:05:00 (00:05:00)
          --TasksBus:MaxDirectExecutions=N   functions that are executed directly at once, 1 to 10000 (100)
          --TasksBus:MaxApiRequests=N        requests that API functions answer at once, 1 to 10000 (100)
          --TasksBus:FunctionShare=N         per cent of these two that one function may take, 1 to 100, rounded up (50)
          --TasksBus:FunctionsHost=NAME      a host name for API functions alone, where they may set cookies (none)
          --TasksBus:KeepQueryStrings=true   keep the query strings of API requests with their values, which may be secrets (false)
          --TasksBus:DrainTimeout=TIME       how long stopping waits for running functions (00:00:30)
          --TasksBus:WorkerLease=TIME        silence after which a worker counts as dead (00:00:20)
          --TasksBus:Events:0=NAME ...       events to publish (those of final states)
          --TasksBus:OnlyRegisteredFunctions=true
                                             schedule functions only that were created at /tasks/v1/functions (false)
          --TasksBus:UnknownFields=ignore    take fields that nobody knows in bodies that make tasks and schedules (refuse)
          --TasksBus:Retention:Tasks=TIME    how long final tasks are kept, 1.00:00:00 (a day) or more (for ever)
          --TasksBus:Retention:Logs=TIME     how long logs are kept, 01:00:00 or more (30.00:00:00)
          --TasksBus:Retention:ApiRequests=TIME
                                             how long API requests are kept, 01:00:00 or more (30.00:00:00)
          --TasksBus:Pool=NAME               the pool whose tasks this server runs (default)
          --TasksBus:Pools:NAME:0=FUNCTION ...
                                             the functions of a pool, where the database has none for them (default)
          --ConnectionStrings:tasksbus=TEXT  a cluster's PostgreSQL: Host=...;Port=5432;Database=...;Username=...;Password=...
          --ConnectionStrings:rabbitmq=URL   a cluster's RabbitMQ: amqp://USER:PASSWORD@HOST:5672/VHOST; both, or neither to run alone
          --TasksBus:Roles=NAMES             in a cluster: some of api,dispatcher,worker (all)
          --TasksBus:QuorumQueues=true       in a cluster: replicated queues, without the broker's priorities (false)
          --TasksBus:HoldAfterRestore=false  in a cluster: do not hold tasks on a restored or promoted database (true)
          --TasksBus:Lambda:Region=REGION    run functions in AWS Lambda instead
          --TasksBus:Lambda:Endpoint=URL     run functions at a Lambda-compatible endpoint instead
          --TasksBus:Lambda:ExecutionRole=ARN
                                             the role that functions created at /tasks/v1/functions run as
          --TasksBus:Lambda:AssumeRoleArn=ARN
                                             a role that the credentials assume; also :AssumeRoleExternalId, :AssumeRoleSessionName
          --TasksBus:Lambda:UseFips=true     AWS's endpoint with FIPS cryptography (what AWS_USE_FIPS_ENDPOINT says)
          --TasksBus:Lambda:UseDualStack=true
                                             AWS's endpoint for IPv6 too (what AWS_USE_DUALSTACK_ENDPOINT says)
          --TasksBus:Lambda:Proxy=URL        http://USER:PASSWORD@HOST:PORT (what HTTPS_PROXY says)
          --TasksBus:Lambda:MaxConcurrencyPerFunction=N
                                             invocations of one function that a worker has in flight (as many as slots)
          --TasksBus:ApiKeys:0:Name=NAME     a key that lets clients in; with one or more, every client needs one (none)
          --TasksBus:ApiKeys:0:Hash=HASH     sha256: and the hex digits of the key's SHA-256
          --TasksBus:ApiKeys:0:Permissions=NAMES
                                             joined by ',', or * for all
          --TasksBus:ApiKeys:0:ExpiresAt=TIME
                                             when the key ends (never)
          --TasksBus:Jwt:Issuer=URL          an OpenID Connect issuer whose tokens let clients in (none)
          --TasksBus:Jwt:Audience=TEXT       what its tokens for this server have as aud; needed with an issuer
          --TasksBus:Jwt:PermissionsClaim=NAME
                                             the claim with the permissions, or a path with dots (permissions)
          --TasksBus:Jwt:UserIdClaim=NAME    the claim with the user's id (sub)
          --TasksBus:Jwt:ApplicationIdClaim=NAMES
                                             the first of these that a token has is the application's id (azp,client_id)
          --TasksBus:Jwt:ClockSkew=TIME      how far the issuer's clock may be off, at most 00:10:00 (00:01:00)
          --TasksBus:RequireAuthentication=true
                                             every client needs a key or token, also where all keys are in the database (true with a key or issuer)
          --TasksBus:TrustedProxies=NETWORKS addresses and networks, joined by ',', whose X-Forwarded-For and -Proto count (none)
          --TasksBus:Cors:Origins=ORIGINS    pages of other origins that may call, joined by ',', such as https://app.example.org (none)
          --TasksBus:Cors:AllowCredentials=true
                                             browsers may send cookies along, never with * (false)
          --Logging:Console:FormatterName=json
                                             the log as JSON, an object a line (simple)
          --AllowedHosts=NAMES               host names to answer to, joined by ';' (this machine's own; where clients need keys any)

        Each setting may also stand in appsettings.json in the working folder, or in the environment, where passwords are safer:
        TasksBus__WorkerSlots=8.
        """;
}
