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
/// A Lambda endpoint for functions in a local folder, with a Kestrel of its own. Linux and macOS.
/// Disposing it kills whatever still runs; if the hosting process dies, the kernel and a watcher in every Node.js process
/// see to the same.
/// </summary>
public sealed class LocalLambdaServer : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);
    private readonly WebApplication _app;
    private readonly ProcessPool _pool;
    private readonly EventQueue _events;
    private readonly FunctionDeployments _deployments;
    private readonly Lifeline _lifeline;
    private readonly HostFolder _folder;
    private int _disposed;

    private LocalLambdaServer(WebApplication app, ProcessPool pool, EventQueue events, FunctionDeployments deployments, Lifeline lifeline, HostFolder folder)
    {
        _app = app;
        _pool = pool;
        _events = events;
        _deployments = deployments;
        _lifeline = lifeline;
        _folder = folder;
    }

    /// <summary>The address to give to an AWS SDK as its service URL.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Starts a server; it is ready for invocations when the task completes.</summary>
    /// <param name="options">Checked here.</param>
    /// <param name="loggerFactory">Gets the functions' lines too, as category TasksBus.LocalLambda.Functions; null for none.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="LocalLambdaStartException">An option, Node.js or the port is not what it should be.</exception>
    public static async Task<LocalLambdaServer> StartAsync(
        LocalLambdaOptions options, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var address = ListenAddress.Parse(options.Url, options.Keys.Count > 0);
        var runtime = await NodeRuntime.FindAsync(options.NodePath, cancellationToken).ConfigureAwait(false);
        var loggers = loggerFactory ?? NullLoggerFactory.Instance;
        var logger = loggers.CreateLogger<LocalLambdaServer>();
        var time = TimeProvider.System;

        var folder = HostFolder.Create(logger);
        var lifeline = new Lifeline(folder.SocketPath("lifeline"));
        var pool = new ProcessPool(function => NodeProcess.Start(function, runtime, folder, lifeline, time), options, time);
        var (store, stored) = FunctionStore.Open(options.StoragePath);
        var deployments = new FunctionDeployments(store, stored, folder.CodePath, options, time, logger) { Changed = pool.EndIdle };
        var folders = new FunctionFolders(options.FunctionsPath);
        var catalog = new FunctionCatalog(folders, deployments);
        var invoker = new Invoker(pool, options, time);
        var events = new EventQueue(catalog, invoker, options, time, logger);
        var signatures = new SignatureCheck(options.Keys, time);

        var app = BuildApp(address, loggers);
        var api = new LambdaApi(app, signatures, logger);
        new InvokeEndpoint(catalog, invoker, events, loggers.CreateLogger("TasksBus.LocalLambda.Functions")).Map(api);
        new FunctionsEndpoint(deployments, folders).Map(api);
        new FunctionListEndpoint(deployments, folders, new CodeLink(deployments, store, folders, time), options).Map(api);
        api.MapRest();
        var server = new LocalLambdaServer(app, pool, events, deployments, lifeline, folder);
        try
        {
            await server._app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            if (exception is IOException)
            {
                throw new LocalLambdaStartException($"Cannot listen on {options.Url}: {exception.GetBaseException().Message}.", exception);
            }

            throw;
        }

        server.Endpoint = server.FindEndpoint();
        Log.Started(logger, Path.GetFullPath(options.FunctionsPath), server.Endpoint, runtime.MajorVersion);
        return server;
    }

    /// <summary>Kills the running functions, answers their callers, and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _events.Dispose();
        await _pool.DisposeAsync().ConfigureAwait(false);
        using (var grace = new CancellationTokenSource(StopGrace))
        {
            await _app.StopAsync(grace.Token).ConfigureAwait(false);
        }

        await _app.DisposeAsync().ConfigureAwait(false);
        await _deployments.DisposeAsync().ConfigureAwait(false);
        _lifeline.Dispose();
        _folder.Dispose();
    }

    private static WebApplication BuildApp(ListenAddress address, ILoggerFactory loggers)
    {
        // Empty: no configuration and no environment variable may add an address.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.BeGuest(loggers);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            address.Apply(kestrel);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // RequestBody has the limit, and Lambda's words for it
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromHours(1); // longer than any client's, lest it meets a closing connection
        });
        return builder.Build();
    }

    private Uri FindEndpoint()
    {
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        return new Uri(addresses.Addresses.First());
    }
}
