using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging.Abstractions;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Http;
using TasksBus.LocalLambda.Http.Signatures;
using TasksBus.LocalLambda.Invocations;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda;

/// <summary>
/// A Lambda endpoint for functions in a local folder and for functions deployed to it, with its own Kestrel. It runs on Linux and macOS.
/// Disposing it kills whatever still runs. If the hosting process dies, the supervisor of each function's process kills it.
/// </summary>
public sealed class LocalLambdaServer : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);
    private readonly Stack<object> _parts = [];
    private int _disposed;

    private LocalLambdaServer()
    {
    }

    /// <summary>The address to give to an AWS SDK as its service URL.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>The keys that requests must be signed with. Empty when <see cref="LocalLambdaOptions.WithoutKeys"/> is set.</summary>
    public IReadOnlyList<LocalLambdaKey> Keys { get; private set; } = [];

    /// <summary>Starts a server; it is ready for invocations when the task completes.</summary>
    /// <param name="options">The options, which are checked here.</param>
    /// <param name="loggerFactory">Also gets the functions' lines, in the category TasksBus.LocalLambda.Functions. Null for no log.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="LocalLambdaStartException">An option is not valid, Node.js or Perl is missing or unsuitable, or a folder or the
    /// port cannot be used.</exception>
    public static async Task<LocalLambdaServer> StartAsync(
        LocalLambdaOptions options, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var address = ListenAddress.Parse(options.Url, options.Keys.Count > 0);
        var node = await NodeRuntime.FindAsync(options.NodePath, cancellationToken).ConfigureAwait(false);
        var perl = await Supervisor.FindAsync(cancellationToken).ConfigureAwait(false);
        var loggers = loggerFactory ?? NullLoggerFactory.Instance;
        var logger = loggers.CreateLogger<LocalLambdaServer>();
        var time = TimeProvider.System;

        var server = new LocalLambdaServer();
        try
        {
            var (store, stored) = DeploymentStore.Open(options.StoragePath);
            server.Keep(store);
            server.Keys = options.Keys.Count > 0 || options.WithoutKeys ? options.Keys : [store.OwnKey()];
            var folder = server.Keep(HostFolder.Create());
            var isolation = server.Keep(
                await Isolation.FindAsync(folder.Homes, options.FunctionsPath, logger, cancellationToken).ConfigureAwait(false));
            await folder.RemoveAbandonedAsync(isolation, logger).ConfigureAwait(false);
            var runtimes = new InstalledRuntimes(node, options, isolation);
            var deployments = server.Keep(new FunctionDeployments(store, stored, folder, isolation, options, time, logger));
            var app = server.Keep(BuildApp(address, loggers));
            var launcher = new ProcessLauncher(perl, runtimes, isolation, folder, time);
            var pool = server.Keep(new ProcessPool(launcher.StartAsync, options, time));
            deployments.Changed = pool.EndIdle;
            var folders = new FunctionFolders(options.FunctionsPath);
            var catalog = new FunctionCatalog(folders, deployments);
            var invoker = new Invoker(pool, options, time);
            var events = server.Keep(new EventQueue(catalog, invoker, options, time, logger));

            var api = new LambdaApi(app, new SignatureCheck(server.Keys, time), time, logger);
            new InvokeEndpoint(catalog, invoker, events, loggers.CreateLogger("TasksBus.LocalLambda.Functions")).Map(api);
            new FunctionsEndpoint(deployments, folders, runtimes).Map(api);
            new FunctionListEndpoint(deployments, folders, new CodeLink(deployments, store, folders, time), options).Map(api);
            api.MapRest();
            await ListenAsync(app, options.Url, cancellationToken).ConfigureAwait(false);
            server.Endpoint = EndpointOf(app);
            if (Isolation.IsRoot && !isolation.HasUsers)
            {
                LocalLambdaLog.NotIsolated(logger);
            }
        }
        catch (Exception exception)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            if (exception is IOException or UnauthorizedAccessException)
            {
                throw new LocalLambdaStartException($"Local functions cannot start: {exception.Message}", exception);
            }

            throw;
        }

        LocalLambdaLog.Started(logger, Path.GetFullPath(options.FunctionsPath), server.Endpoint, node.MajorVersion);
        TellKeys(options, logger);
        return server;
    }

    /// <summary>Kills the running functions, answers their callers, and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        while (_parts.TryPop(out var part))
        {
            if (part is WebApplication app)
            {
                using var grace = new CancellationTokenSource(StopGrace);
                await app.StopAsync(grace.Token).ConfigureAwait(false);
            }

            switch (part)
            {
                case IAsyncDisposable disposable:
                    await disposable.DisposeAsync().ConfigureAwait(false);
                    break;
                case IDisposable disposable:
                    disposable.Dispose();
                    break;
                default:
                    break;
            }
        }
    }

    private static void TellKeys(LocalLambdaOptions options, ILogger logger)
    {
        if (options.WithoutKeys)
        {
            LocalLambdaLog.WithoutKeys(logger);
        }
        else if (options.Keys.Count == 0)
        {
            LocalLambdaLog.OwnKey(logger, DeploymentStore.KeyFile(options.StoragePath));
        }
    }

    /// <summary>Keeps a part. Parts end in the reverse order of their start.</summary>
    private T Keep<T>(T part)
        where T : class
    {
        _parts.Push(part);
        return part;
    }

    private static WebApplication BuildApp(ListenAddress address, ILoggerFactory loggers)
    {
        // The builder is empty, so that no configuration and no environment variable can add an address.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.BeGuest(loggers);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            address.Apply(kestrel);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // BoundedBody has the limit, and Lambda's words for it
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1); // longer than any client's, lest it meets a closing connection
        });
        return builder.Build();
    }

    private static async Task ListenAsync(WebApplication app, string url, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new LocalLambdaStartException($"Cannot listen on {url}: {exception.GetBaseException().Message}.", exception);
        }
    }

    private static Uri EndpointOf(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        return new Uri(addresses.Addresses.First());
    }
}
