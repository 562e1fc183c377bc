using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Hosting;
using TasksBus.Lifecycle;
using TasksBus.RabbitMq;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using TasksBus.Worker.Functions;

namespace TasksBus.Worker.Hosting;

/// <summary>
/// One worker of the application. The engine has a container of its own, so that it neither replaces services of the application, such as
/// its MassTransit, nor is replaced by them. Functions get their services from the application's container.
/// </summary>
internal sealed class WorkerMember(WorkerBuilder worker, IServiceProvider application) : IAsyncDisposable
{
    private readonly ILogger _logger = application.GetRequiredService<ILogger<WorkerMember>>();
    private readonly IHostApplicationLifetime _lifetime = application.GetRequiredService<IHostApplicationLifetime>();
    private readonly TimeProvider _clock = application.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IHostedService> _started = [];
    private PostgresDatabase? _database;
    private ServiceProvider? _engine;
    private Task _waiting = Task.CompletedTask;

    /// <summary>Why the worker takes no tasks. Null when it does.</summary>
    public string? Trouble =>
        _engine is not { } engine ? "The worker waits for the database."
        : !engine.GetRequiredService<WorkerStatus>().TakesTasks ? "The worker holds no lease: it has not joined yet, is stopping, or its "
            + "heartbeats do not reach the database."
        : BusHealth.Of(engine) is { IsHealthy: false, NotTaken: var queues }
            ? queues.Count > 0 ? $"Nothing is taken from {string.Join(", ", queues)}." : "The broker cannot be reached."
        : null;

    /// <summary>
    /// Joins the cluster. A database that is away delays no other part of the application; then the worker joins later. Whatever forbids
    /// the worker to join ends the start.
    /// </summary>
    /// <exception cref="WorkerStartException">A setting or the database forbids it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = WorkerSettings.Read(worker, application);
        _database = new(settings.Database, settings.Options.HoldAfterRestore, sqlSchema: settings.Options.SqlSchema);
        try
        {
            await JoinAsync(settings, cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            WorkerLog.WaitingForDatabase(_logger, exception);
            _waiting = Task.Run(() => JoinLaterAsync(settings), CancellationToken.None);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var part in Enumerable.Reverse(_started))
        {
            await part.StopAsync(cancellationToken);
        }

        _started.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task JoinLaterAsync(WorkerSettings settings)
    {
        try
        {
            await Backoff.RetryAsync<bool, StoreUnavailableException>(_clock, async () =>
            {
                await JoinAsync(settings, _stopping.Token);
                return true;
            }, exception => WorkerLog.WaitingForDatabase(_logger, exception), _stopping.Token);
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            WorkerLog.CannotStart(_logger, exception);
            _lifetime.StopApplication();
        }
    }

    private async Task JoinAsync(WorkerSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await _database!.RequireSchemaAsync(cancellationToken);
        }
        catch (DatabaseRefusedException exception)
        {
            throw new WorkerStartException(exception.Message, exception);
        }

        var engine = BuildEngine(settings);
        try
        {
            await TakeFunctionsAsync(engine.GetRequiredService<IFunctionPoolStore>(), settings.Options.Pool);
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }

        // Code that blocks its thread must not keep heartbeats from theirs.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, settings.Options.WorkerSlots + Environment.ProcessorCount), ports);
        _engine = engine;
        foreach (var part in engine.GetServices<IHostedService>())
        {
            await part.StartAsync(cancellationToken);
            _started.Add(part);
        }
    }

    /// <summary>Puts the functions into the worker's pool, all or none.</summary>
    /// <exception cref="WorkerStartException">One of them has another pool.</exception>
    private async Task TakeFunctionsAsync(IFunctionPoolStore pools, string pool)
    {
        if (await pools.TakeAsync(pool, worker.Names) is { Count: > 0 } others)
        {
            throw new WorkerStartException(string.Join(" ", others.Select(other =>
                $"The function '{other.FunctionName}' belongs to the pool '{other.Pool}', and this worker to the pool '{pool}'. A function "
                    + $"has one pool: rename it, or move it with PUT /tasks/v1/functions/{other.FunctionName}/pool "
                    + $"{{\"pool\":\"{pool}\"}}. Its tasks that wait stay in '{other.Pool}'.")));
        }
    }

    private ServiceProvider BuildEngine(WorkerSettings settings)
    {
        ServiceCollection parts = [];
        parts.AddSingleton(application.GetRequiredService<ILoggerFactory>());
        parts.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        parts.AddSingleton(_lifetime);
        parts.AddSingleton(_clock);
        parts.AddSingleton(Options.Create(settings.Options));
        parts.AddSingleton<IFunctionInvoker>(provider => new OwnInvoker(
            worker, application.GetRequiredService<IServiceScopeFactory>(), _clock, provider.GetRequiredService<ILogger<OwnInvoker>>()));
        parts.AddPostgresStorage(_database!, static () => new TaskSaga(), isDispatcher: false);
        parts.AddEngine(Roles.Worker, CommitLanes.Separate, engine => engine.AddRabbitMqBus(settings.Broker, Roles.Worker));
        return parts.BuildServiceProvider();
    }
}
