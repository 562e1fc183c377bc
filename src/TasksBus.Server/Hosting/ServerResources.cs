using TasksBus.Lambda;
using TasksBus.LocalLambda;
using TasksBus.Server.Logging;
using TasksBus.Service.Hosting;
using TasksBus.Settings;

namespace TasksBus.Server.Hosting;

/// <summary>
/// The resources that the engine needs: the database, and the local functions when no Lambda is configured. They start before the engine
/// and end after it.
/// </summary>
internal sealed class ServerResources : IAsyncDisposable
{
    private readonly ILoggerFactory _logging;
    private EngineDatabase? _database;
    private LocalLambdaServer? _functions;

    private ServerResources(ILoggerFactory logging) => _logging = logging;

    /// <summary>Opens the database and the functions, and adds the engine on top of them.</summary>
    /// <exception cref="StartException">A setting prevents the start.</exception>
    public static async Task<ServerResources> OpenAsync(
        IHostApplicationBuilder builder, ClusterSettings? cluster, TasksBusOptions options, Roles roles)
    {
        builder.Services.AddOptions<TasksBusOptions>().Bind(builder.Configuration.GetSection(TasksBusOptions.Section))
            .ValidateSettings(TasksBusOptions.Section);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + TimeSpan.FromSeconds(15));
        // These start before the application and end after it, so they have their own logging.
        ServerResources resources = new(LoggerFactory.Create(logger => logger.UseServerLog(builder.Configuration)));
        try
        {
            resources._database = await EngineDatabase.OpenWhenThereAsync(
                cluster, options, DataFolder.Prepare, resources._logging.CreateLogger<ServerResources>(), CancellationToken.None);
            resources._database.AddEngine(builder.Services, roles);
            var isLambdaSet = builder.Configuration.IsLambdaSet();
            if (isLambdaSet ? (roles & (Roles.Worker | Roles.Api)) != 0 : roles.HasFlag(Roles.Worker))
            {
                builder.Services.AddLambda(builder.Configuration, options);
            }

            if (!isLambdaSet && roles.HasFlag(Roles.Worker))
            {
                await resources.AddLocalFunctionsAsync(builder.Services, options, isCluster: cluster is not null);
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
        if (_functions is not null)
        {
            await _functions.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        _logging.Dispose();
    }

    private async Task AddLocalFunctionsAsync(IServiceCollection services, TasksBusOptions options, bool isCluster)
    {
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
        var functions = _functions = await LocalLambdaServer.StartAsync(
            new()
            {
                FunctionsPath = path,
                StoragePath = Path.Combine(options.DataPath, "lambda"),
                MaxProcesses = Math.Max(64, options.WorkerSlots),
                Keys = [key],
            },
            _logging, CancellationToken.None);
        services.PostConfigure<LambdaOptions>(settings =>
        {
            (settings.Endpoint, settings.Region) = (functions.Endpoint, "us-east-1");
            (settings.AccessKey, settings.SecretKey, settings.SessionToken) = (key.AccessKey, key.SecretKey, null);
            // Local functions run as this user, whatever the role is.
            settings.ExecutionRole = "arn:aws:iam::000000000000:role/local";
        });
    }
}
