using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TasksBus.Execution;
using TasksBus.Hosting;
using TasksBus.Lifecycle;
using TasksBus.RabbitMq;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;

namespace TasksBus.Worker.Hosting;

/// <summary>One worker of the application. Functions get their services from the application's container.</summary>
internal sealed class WorkerMember(WorkerBuilder worker, IServiceProvider application) : IAsyncDisposable
{
    private readonly ILogger _logger = application.GetRequiredService<ILogger<WorkerMember>>();
    private readonly LateStart _start = new(application);

    /// <summary>Why the worker takes no tasks. Null when it does.</summary>
    public string? Trouble => _start.Services is { } engine ? TroubleOf(engine) : "The worker waits for the database.";

    /// <summary>Why a process with the role of a worker takes no tasks. Null when it does.</summary>
    public static string? TroubleOf(IServiceProvider engine) =>
        !engine.GetRequiredService<WorkerStatus>().TakesTasks ? "The worker holds no lease: it has not joined yet, is stopping, or its "
            + "heartbeats do not reach the database."
        : BusHealth.Of(engine) is { IsHealthy: false, NotTaken: var queues }
            ? queues.Count > 0 ? $"Nothing is taken from {string.Join(", ", queues)}." : "The broker cannot be reached."
        : null;

    /// <summary>
    /// Joins the cluster. A database that is away delays no other part of the application; then the worker joins later. Whatever forbids
    /// the worker to join ends the start.
    /// </summary>
    /// <exception cref="WorkerStartException">A setting or the database forbids it.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = WorkerSettings.Read(worker, application);
        return _start.RunAsync(
            token => JoinAsync(settings, token), exception => WorkerLog.WaitingForDatabase(_logger, exception), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _start.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _start.DisposeAsync();

    private async Task<OwnEngine> JoinAsync(WorkerSettings settings, CancellationToken cancellationToken)
    {
        var database = await OpenAsync(settings, cancellationToken);
        var parts = OwnEngine.PartsOf(application, settings.Options);
        OwnEngine.AddFunctions(parts, worker, application);
        parts.AddPostgresStorage(database, static () => new TaskSaga(), isDispatcher: false);
        parts.AddEngine(Roles.Worker, CommitLanes.Separate, engine => engine.AddRabbitMqBus(settings.Broker, Roles.Worker));
        return await OwnEngine.StartAsync(parts, database, worker, settings.Options, cancellationToken);
    }

    private static async Task<PostgresDatabase> OpenAsync(WorkerSettings settings, CancellationToken cancellationToken)
    {
        PostgresDatabase database = new(settings.Database, settings.Options.HoldAfterRestore, sqlSchema: settings.Options.SqlSchema);
        try
        {
            await database.RequireSchemaAsync(cancellationToken);
            return database;
        }
        catch (Exception exception)
        {
            await database.DisposeAsync();
            if (exception is DatabaseRefusedException)
            {
                throw new WorkerStartException(exception.Message, exception);
            }

            throw;
        }
    }
}
