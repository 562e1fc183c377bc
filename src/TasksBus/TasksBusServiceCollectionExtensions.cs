using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using TasksBus.Dispatch;
using TasksBus.Execution;
using TasksBus.Lifecycle;
using TasksBus.Scheduling;
using TasksBus.Storage;
using TasksBus.Storage.Sqlite;

namespace TasksBus;

public static class TasksBusServiceCollectionExtensions
{
    /// <summary>
    /// Adds the whole engine in one process: SQLite in <paramref name="database"/>, MassTransit in memory. An
    /// <see cref="Functions.IFunctionInvoker"/> must be added beside it.
    /// </summary>
    public static IServiceCollection AddTasksBus(this IServiceCollection services, SqliteDatabase database)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<TaskLifecycle>();
        services.AddSingleton(static provider => new KeptEvents(
            provider.GetRequiredService<IOptions<TasksBusOptions>>().Value.Events is { } names
                ? KeptEvents.All.Where(type => names.Contains(type.Name)) : KeptEvents.Final));
        services.AddSingleton<Signals>();
        services.AddSingleton<ITaskStore>(provider =>
        {
            var store = new SqliteTaskStore(database, provider.GetRequiredService<TimeProvider>(), static () => new TaskState());
            store.ForgetEarlierProcesses();
            return store;
        });
        services.AddSingleton(static provider =>
            CommitLanes.Shared(provider.GetRequiredService<ITaskStore>(), provider.GetRequiredService<Signals>().Committed));
        services.AddSingleton<TaskTransitions>();
        services.AddSingleton<Intake>();
        services.AddSingleton<Leadership>();
        services.AddSingleton<Worker>();

        // Stopped in the reverse order: the worker drains while all else still runs.
        services.AddHostedService<Sweeper>();
        services.AddInMemoryBus();
        services.AddHostedService<EventPublisher>();
        services.AddHostedService<Dispatcher>();
        services.AddHostedService(static provider => provider.GetRequiredService<Worker>());
        return services;
    }
}
