using Microsoft.AspNetCore.DataProtection;
using TasksBus.Hosting;
using TasksBus.Lambda;
using TasksBus.LocalLambda;
using TasksBus.Server.Logging;
using TasksBus.Settings;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Server.Hosting;

/// <summary>
/// The resources that the engine needs: the database, and the local functions when no Lambda is configured. They start before the engine
/// and end after it.
/// </summary>
internal sealed class ServerResources : IAsyncDisposable
{
    private readonly Stack<object> _parts = [];

    /// <summary>Opens the database and the functions, and adds the engine on top of them.</summary>
    /// <exception cref="StartException">A setting prevents the start.</exception>
    public static async Task<ServerResources> OpenAsync(
        IHostApplicationBuilder builder, ClusterSettings? cluster, TasksBusOptions options, Roles roles)
    {
        builder.Services.AddOptions<TasksBusOptions>().Bind(builder.Configuration.GetSection(TasksBusOptions.Section))
            .ValidateSettings(TasksBusOptions.Section);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + TimeSpan.FromSeconds(15));
        var resources = new ServerResources();
        try
        {
            // These start before the application and end after it, so they have their own logging.
            var logging = resources.Keep(LoggerFactory.Create(logger => logger.UseServerLog(builder.Configuration)));
            if (cluster is null)
            {
                var database = resources.Keep(SqliteDatabase.Open(DataFolder.Prepare(options.DataPath)));
                builder.Services.AddTasksBus(database).AddManagedFunctions().AddSchedules().AddTriggers();
                builder.Services.AddDataProtection().SetApplicationName(nameof(TasksBus))
                    .PersistKeysToFileSystem(DataFolder.Keys(options.DataPath));
            }
            else
            {
                var database = resources.Keep(await OpenAsync(cluster, options, logging.CreateLogger<ServerResources>()));
                builder.Services.AddTasksBusCluster(database, cluster.Broker, roles);
                if (roles.HasFlag(Roles.Api))
                {
                    builder.Services.AddManagedFunctions().AddSchedules().AddTriggers();
                    builder.Services.AddDataProtection().SetApplicationName(nameof(TasksBus))
                        .PersistKeysToDatabase(database);
                }
            }

            if (roles.HasFlag(Roles.Worker) || (roles.HasFlag(Roles.Api) && IsLambdaSet(builder.Configuration)))
            {
                await resources.AddFunctionsAsync(builder, options, isCluster: cluster is not null, logging);
            }

            return resources;
        }
        catch
        {
            await resources.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            switch (part)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync();
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
                default:
                    break;
            }
        }
    }

    private T Keep<T>(T part)
        where T : class
    {
        _parts.Push(part);
        return part;
    }

    /// <summary>Connects and migrates. It waits for a database that is not there yet. A database that refuses ends the start.</summary>
    private static async Task<PostgresDatabase> OpenAsync(ClusterSettings cluster, TasksBusOptions options, ILogger logger)
    {
        PostgresDatabase database = new(cluster.Database, options.HoldAfterRestore, sqlSchema: options.SqlSchema);
        while (true)
        {
            try
            {
                await database.MigrateAsync(CancellationToken.None);
                if (database.InboxFault is { } fault)
                {
                    ServerLog.NoSchedulingBySql(logger, fault);
                }

                return database;
            }
            catch (StoreUnavailableException exception)
            {
                ServerLog.WaitingForDatabase(logger, exception);
                await Task.Delay(TimeSpan.FromSeconds(2));
            }
            catch
            {
                await database.DisposeAsync();
                throw;
            }
        }
    }

    private static IConfigurationSection LambdaSection(IConfiguration configuration) =>
        configuration.GetSection(TasksBusOptions.Section).GetSection("Lambda");

    private static bool IsLambdaSet(IConfiguration configuration) =>
        LambdaSection(configuration) is var lambda && (lambda["Endpoint"] ?? lambda["Region"]) is not null;

    private async Task AddFunctionsAsync(IHostApplicationBuilder builder, TasksBusOptions options, bool isCluster, ILoggerFactory logging)
    {
        builder.Services.AddLambdaInvoker().Bind(LambdaSection(builder.Configuration))
            .PostConfigure(invoker =>
            {
                // An invalid number is refused, not replaced by a valid one.
                if (invoker.MaxConnections > 0)
                {
                    var atOnce = options.WorkerSlots + options.MaxDirectExecutions + options.MaxApiRequests;
                    invoker.MaxConnections = Math.Max(invoker.MaxConnections, atOnce + 100);
                }
            });
        if (IsLambdaSet(builder.Configuration))
        {
            return;
        }

        if (isCluster)
        {
            // Each worker has its own folder, so in a cluster functions are reached over the network.
            throw new StartException(
                "Where do the functions run? Set TasksBus__Lambda__Region for AWS Lambda, or TasksBus__Lambda__Endpoint for an endpoint "
                    + "that is compatible with it, such as TasksBus.LocalLambda.");
        }

        var path = Path.GetFullPath(options.FunctionsPath);
        if (!Directory.Exists(path))
        {
            throw new StartException(
                $"The folder of functions '{path}' does not exist. Make it, choose another with TasksBus__FunctionsPath, or set "
                    + "TasksBus__Lambda__Region to run functions in AWS.");
        }

        // Only this server knows the key, so nobody else on this machine can invoke functions.
        var key = LocalLambdaKey.New();
        var functions = Keep(await LocalLambdaServer.StartAsync(
            new()
            {
                FunctionsPath = path,
                StoragePath = Path.Combine(options.DataPath, "lambda"),
                MaxProcesses = Math.Max(64, options.WorkerSlots),
                Keys = [key],
            },
            logging, CancellationToken.None));
        builder.Services.PostConfigure<LambdaOptions>(settings =>
        {
            (settings.Endpoint, settings.Region) = (functions.Endpoint, "us-east-1");
            (settings.AccessKey, settings.SecretKey, settings.SessionToken) = (key.AccessKey, key.SecretKey, null);
            // Local functions run as this user, whatever the role is.
            settings.ExecutionRole = "arn:aws:iam::000000000000:role/local";
        });
    }
}

internal static partial class ServerLog
{
    [LoggerMessage(503, LogLevel.Warning, "The server starts when the database is there")]
    public static partial void WaitingForDatabase(ILogger logger, Exception exception);

    [LoggerMessage(507, LogLevel.Warning, "Services cannot schedule tasks by SQL; everything else works. {Fault}")]
    public static partial void NoSchedulingBySql(ILogger logger, string fault);
}
