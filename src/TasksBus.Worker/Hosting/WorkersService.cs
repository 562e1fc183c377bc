using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TasksBus.Worker.Hosting;

/// <summary>Says that <see cref="WorkersService"/> is hosted already.</summary>
internal sealed class WorkersMark;

/// <summary>Says that no worker starts, because the harness of a test runs the functions.</summary>
internal sealed class NoWorkers;

/// <summary>Starts and stops the workers of the application.</summary>
internal sealed class WorkersService(IEnumerable<WorkerBuilder> workers, IServiceProvider application) : IHostedService, IAsyncDisposable
{
    private readonly WorkerMember[] _members =
        application.GetService<NoWorkers>() is null ? [.. workers.Select(worker => new WorkerMember(worker, application))] : [];

    /// <summary>Why workers take no tasks. Empty when all do.</summary>
    public IEnumerable<string> Troubles => _members.Select(static member => member.Trouble).OfType<string>();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await AnyThread.GoOn();
        if (_members.Length > 1)
        {
            RequirePools([.. workers.Select(worker => (WorkerSettings.Read(worker, application), worker.Names))]);
        }

        foreach (var member in _members)
        {
            await member.StartAsync(cancellationToken);
        }
    }

    /// <summary>In a pool, tasks wait until each worker has their function. So none would ever run of workers with others.</summary>
    /// <exception cref="WorkerStartException">Two workers have different functions in one pool.</exception>
    internal static void RequirePools(IReadOnlyList<(WorkerSettings Settings, IReadOnlyList<string> Functions)> workers)
    {
        foreach (var pool in workers.GroupBy(
            static one => (one.Settings.Database, one.Settings.Options.SqlSchema, one.Settings.Options.Pool)))
        {
            var first = pool.First().Functions;
            if (pool.FirstOrDefault(one => !one.Functions.SequenceEqual(first)).Functions is { } others)
            {
                throw new WorkerStartException(
                    $"Two workers of this application have different functions in the pool '{pool.Key.Pool}': {Listed(first)}; "
                        + $"and {Listed(others)}. Their tasks would wait for ever. Add all functions in one call of "
                        + "AddTasksBusWorker or AddTasksBus, or give each a Pool of its own.");
            }
        }

        static string Listed(IReadOnlyList<string> functions) => functions.Count == 0 ? "those in Lambda" : string.Join(", ", functions);
    }

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_members.Select(member => member.StopAsync(cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        await AnyThread.GoOn();
        foreach (var member in _members)
        {
            await member.DisposeAsync();
        }
    }
}
