using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using TasksBus.Contracts;
using TasksBus.RabbitMq;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http;
using TasksBus.Storage.PostgreSql;
using TasksBus.Worker;
using TasksBus.Worker.Hosting;

namespace TasksBus.AspNetCore.Hosting;

/// <summary>The service inside an application. It starts before the application's own services and stops after them.</summary>
internal sealed partial class EmbeddedService : IHostedLifecycleService, IAsyncDisposable
{
    private readonly TasksBusBuilder _tasks;
    private readonly IServiceProvider _application;
    private readonly ILogger _logger;
    private readonly LateStart _start;
    private HttpApi? _api;
    private Running? _running;

    public EmbeddedService(TasksBusBuilder tasks, IServiceProvider application, ILogger<EmbeddedService> logger)
    {
        (_tasks, _application, _logger, _start) = (tasks, application, logger, new(application));
        IsReplaced = application.GetService<NoWorkers>() is not null;
        // The clock of a harness stands still until the test moves it, so waits use the real one.
        Client = new(() => EngineNow, IsReplaced ? TimeProvider.System : OwnEngine.ClockOf(application));
    }

    /// <summary>The running service. Null when it has not started, or a test's harness takes its place.</summary>
    public Running? Now => Volatile.Read(ref _running);

    /// <summary>True when a test's harness takes the place of the service. It is in the application's container.</summary>
    public bool IsReplaced { get; }

    /// <summary>The calls of the application. They fail as unavailable until the service has started.</summary>
    public EngineTaskClient Client { get; }

    private IServiceProvider EngineNow => IsReplaced ? _application : Now?.Services ?? throw new TasksBusUnavailableException(
        ErrorCode.ServiceUnreachable, "TasksBus has not started in this application, or its database cannot be reached yet.");

    /// <summary>Why the service does not do all its work. Null when it does.</summary>
    public string? Trouble =>
        IsReplaced ? null
        : Now is not { } now ? "TasksBus has not started, or waits for its database."
        : now.Roles.HasFlag(Roles.Worker) ? WorkerMember.TroubleOf(now.Services)
        : BusHealth.Of(now.Services).IsHealthy ? null : "The broker cannot be reached.";

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!IsReplaced)
        {
            await AnyThread.GoOn();
            var settings = EmbeddedSettings.Read(_tasks, _application);
            RequirePools(settings);
            var api = _api = HttpApi.Read(_application.GetRequiredService<IConfiguration>(), settings.Options, allowedHosts: null);
            await _start.RunAsync(
                token => JoinAsync(settings, api, token), exception => LogWaitingForDatabase(_logger, exception), cancellationToken);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The application listens now.</summary>
    /// <exception cref="StartException">Anyone could call, from other machines too.</exception>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var open = _application.GetServices<EndpointDataSource>().SelectMany(static source => source.Endpoints)
            .FirstOrDefault(static endpoint => endpoint.Metadata.GetMetadata<TasksBusEndpoint>() is not null
                && !TasksBusEndpoint.IsGuarded(endpoint));
        var addresses = _application.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return _api is not { IsClosed: false } || open is null
            || addresses.FirstOrDefault(static address => !IsLoopback(address)) is not { } address
            ? Task.CompletedTask
            : throw new StartException(
                $"The application listens on {address}, which reaches beyond this machine, and anyone could call TasksBus. Let the "
                    + "application decide who may, with MapTasksBus(...).RequireAuthorization(), or configure TasksBus:ApiKeys or "
                    + "TasksBus:Jwt, or listen on http://localhost only.");
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => _start.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _start.DisposeAsync();

    private static bool IsLoopback(string address) =>
        BindingAddress.Parse(address) is var parsed
        && (parsed.IsUnixPipe || parsed.IsNamedPipe || Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback);

    /// <summary>The application may have workers of its own beside this one, in the same cluster.</summary>
    /// <exception cref="WorkerStartException">One of them has other functions in the same pool.</exception>
    private void RequirePools(EmbeddedSettings settings)
    {
        if (settings.Cluster is { } cluster && settings.Roles.HasFlag(Roles.Worker))
        {
            WorkersService.RequirePools(
            [
                (new WorkerSettings(cluster.Database, cluster.Broker, settings.Options), _tasks.Names),
                .. _application.GetServices<WorkerBuilder>()
                    .Select(worker => (WorkerSettings.Read(worker, _application), worker.Names)),
            ]);
        }
    }

    private async Task<OwnEngine> JoinAsync(EmbeddedSettings settings, HttpApi api, CancellationToken cancellationToken)
    {
        var database = await OpenAsync(settings, cancellationToken);
        var engine = await OwnEngine.StartAsync(PartsOf(settings, api, database), database, _tasks, settings.Options, cancellationToken);
        Volatile.Write(ref _running, new(engine.Services, settings.Roles, api.Build(engine.Services, settings.Roles)));
        return engine;
    }

    private async Task<EngineDatabase> OpenAsync(EmbeddedSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await EngineDatabase.OpenAsync(
                settings.Cluster, settings.Options, EmbeddedSettings.PrepareFolder, _logger, cancellationToken);
        }
        catch (DatabaseRefusedException exception)
        {
            throw new StartException(exception.Message, exception);
        }
    }

    private ServiceCollection PartsOf(EmbeddedSettings settings, HttpApi api, EngineDatabase database)
    {
        var configuration = _application.GetRequiredService<IConfiguration>();
        var parts = OwnEngine.PartsOf(_application, settings.Options);
        parts.AddSingleton(configuration);
        parts.AddSingleton(_application.GetRequiredService<IHostEnvironment>());
        DiagnosticListener listener = new("TasksBus.AspNetCore");
        parts.AddSingleton(listener);
        parts.AddSingleton<DiagnosticSource>(listener);
        parts.AddMetrics();
        parts.AddRouting();
        if (_tasks.Names.Count > 0)
        {
            OwnEngine.AddFunctions(parts, _tasks, _application);
        }
        else if (configuration.IsLambdaSet())
        {
            parts.AddLambda(configuration, settings.Options);
        }

        database.AddEngine(parts, settings.Roles);
        api.AddTo(parts);
        return parts;
    }

    [LoggerMessage(705, LogLevel.Warning, "TasksBus takes tasks when the database is there")]
    private static partial void LogWaitingForDatabase(ILogger logger, Exception exception);

    /// <summary>The service while it runs.</summary>
    /// <param name="Services">The container of the engine.</param>
    /// <param name="Answer">Handles a request whose path begins below the prefix.</param>
    public sealed record Running(IServiceProvider Services, Roles Roles, RequestDelegate Answer);
}
